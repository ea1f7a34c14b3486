# Guest job: two hosts in one kernel share namespaces by nvme-cli's commands. The line before this file is put in sets PORT NQN UUID
# (blocks of 512 bytes) and BIG (of 4096).
set -u
fail() { echo "FAILED: $*"; dmesg | tail -20; exit 1; }
modprobe nvme_core multipath=N || fail "no module nvme_core" # one block device per controller, so that each host has its own
modprobe nvme-tcp || fail "no module nvme-tcp"
dmesg -c > /dev/null

# The node by the controller's instance and the namespace's UUID.
node() {
  n=0
  while [ $n -lt 300 ]; do
    for u in /sys/class/nvme/nvme$1/nvme$1n*/uuid; do [ -e "$u" ] && [ "$(cat $u)" = "$2" ] && { echo /dev/$(basename $(dirname $u)); return 0; }; done
    sleep 0.1; n=$((n+1))
  done
  return 1
}
# Not by nvme-cli, which refuses a second connection to the same address whoever the host is.
connect() { echo "transport=tcp,traddr=10.0.2.2,trsvcid=$PORT,nqn=$NQN,hostnqn=nqn.2014-08.org.nvmexpress:uuid:$1,hostid=$1,ctrl_loss_tmo=-1,reconnect_delay=1" > /dev/nvme-fabrics || fail "connect as $1"; }
does() { "$@" > /tmp/said 2>&1 || { cat /tmp/said; fail "$*"; }; }
refused() { words=$1; shift; "$@" > /tmp/said 2>&1 && fail "not refused: $*"; grep -qi "$words" /tmp/said || { cat /tmp/said; fail "refused for another reason: $*"; }; }

FIRST=11111111-0000-4000-8000-000000000001
SECOND=22222222-0000-4000-8000-000000000002
connect $FIRST
connect $SECOND

echo "STEP data commands"
for size in 512 4096; do
  [ $size = 512 ] && U=$UUID || U=$BIG
  D=$(node 0 $U) || fail "no namespace $U"
  E=$(node 1 $U) || fail "no second node of $U"
  z=$((8 * size))
  dd if=/dev/urandom of=/tmp/data bs=$z count=1 2>/dev/null
  dd if=/dev/zero of=/tmp/zeroes bs=$z count=1 2>/dev/null
  does nvme write $D -s 16 -c 7 -z $z -d /tmp/data
  does nvme compare $E -s 16 -c 7 -z $z -d /tmp/data
  refused "compare" nvme compare $E -s 16 -c 7 -z $z -d /tmp/zeroes
  does nvme verify $D -s 0 -c 63
  refused "lba" nvme verify $D -s 99999999 -c 7
  does nvme copy $D --sdlba=1000 --slbs=16,20 --blocks=3,3 --format=0
  does nvme compare $E -s 1000 -c 7 -z $z -d /tmp/data
  refused "" nvme copy $D --sdlba=17 --slbs=16 --blocks=7 --format=0
  does nvme write-zeroes $D -s 1000 -c 7
  does nvme compare $E -s 1000 -c 7 -z $z -d /tmp/zeroes
  does nvme write $D -s 1000 -c 7 -z $z -d /tmp/data
  does nvme dsm $D -d -b 8 -s 1000
  does nvme compare $E -s 1000 -c 7 -z $z -d /tmp/zeroes
done

echo "STEP reservations"
A=$(node 0 $UUID); B=$(node 1 $UUID)
z=4096
dd if=/dev/urandom of=/tmp/data bs=$z count=1 2>/dev/null
write() { nvme write $1 -s 0 -c 7 -z $z -d /tmp/data; }
read_back() { nvme read $1 -s 0 -c 7 -z $z -d /tmp/back; }
does nvme resv-register $A --nrkey=0xA1 --rrega=0 --cptpl=3
does nvme resv-register $B --nrkey=0xB2 --rrega=0
refused "reservation conflict" nvme resv-register $B --nrkey=0xB3 --rrega=0
does nvme resv-acquire $A --crkey=0xA1 --rtype=1 --racqa=0
refused "reservation conflict" nvme resv-acquire $B --crkey=0xB2 --rtype=1 --racqa=0
does write $A; refused "reservation conflict" write $B; does read_back $B; cmp -s /tmp/data /tmp/back || fail "other data"
refused "" dd if=/tmp/data of=$B bs=4096 count=1 oflag=direct
does nvme resv-release $A --crkey=0xA1 --rtype=1 --rrela=0
does nvme resv-acquire $A --crkey=0xA1 --rtype=2 --racqa=0
refused "reservation conflict" read_back $B; does read_back $A
does nvme resv-release $A --crkey=0xA1 --rtype=2 --rrela=0
does nvme resv-acquire $A --crkey=0xA1 --rtype=4 --racqa=0
does write $B
nvme resv-report $A -e > /tmp/report || fail "nvme resv-report"
cat /tmp/report
grep -Eqi 'rtype *: *4' /tmp/report || fail "another type in the report"
grep -Eqi 'ptpls *: *1' /tmp/report || fail "it does not persist"
grep -Eqi 'regctl *: *2' /tmp/report || fail "not two hosts in the report"
# The second host throws the first one out.
does nvme resv-acquire $B --crkey=0xB2 --prkey=0xA1 --rtype=2 --racqa=2
refused "reservation conflict" write $A; does write $B
nvme resv-notif-log /dev/nvme0 > /tmp/notice 2>&1 && cat /tmp/notice

echo "MARK restart"
n=0; while ! nvme id-ns $B > /dev/null 2>&1 || ! grep -q live /sys/class/nvme/nvme0/state || [ ! -e /tmp/was-away ]; do
  grep -q live /sys/class/nvme/nvme1/state || touch /tmp/was-away
  n=$((n+1)); [ $n -lt 1200 ] || fail "the target did not come back"; sleep 0.1
done
refused "reservation conflict" write $A; does write $B
does nvme resv-release $B --crkey=0xB2 --rrela=1
does write $A
does nvme get-feature $A -f 0x83 -n 1
echo "ALL-GOOD"
