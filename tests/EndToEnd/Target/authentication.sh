# Guest job: the Linux kernel's initiator authenticates at targets on the host, each with one hash and one group allowed. Set before:
# NQN UUID HOST_SECRET CONTROLLER_SECRET WRONG_SECRET and TARGETS (words of the form PORT/HASH/GROUP).
set -u
fail() { echo "FAILED: $*"; dmesg | tail -20; exit 1; }
modprobe nvme-tcp || fail "no module nvme-tcp"
connect() { p=$1; shift; nvme connect -t tcp -a 10.0.2.2 -s $p -n $NQN --nr-io-queues=1 "$@"; }
node() {
  n=0
  while [ $n -lt 100 ]; do
    [ -b /dev/nvme0n1 ] && [ "$(cat /sys/block/nvme0n1/uuid)" = $UUID ] && return 0
    sleep 0.2; n=$((n+1))
  done
  fail "no namespace $UUID"
}
leave() { nvme disconnect -n $NQN > /dev/null || fail "nvme disconnect"; while [ -e /dev/nvme0 ]; do sleep 0.1; done; }

for target in $TARGETS; do
  port=${target%%/*} group=${target##*/} hash=${target#*/}; hash=${hash%/*}
  dmesg -c > /dev/null
  connect $port --dhchap-secret=$HOST_SECRET --dhchap-ctrl-secret=$CONTROLLER_SECRET || fail "nvme connect by $hash and $group"
  node
  dmesg -c > /tmp/log
  grep -q "qid 0: authenticated with hash hmac($hash) dhgroup $group" /tmp/log || { cat /tmp/log; fail "no authentication by $hash and $group"; }
  grep -q "qid 0: controller authenticated" /tmp/log || { cat /tmp/log; fail "the controller was not authenticated by $hash and $group"; }
  dd if=/dev/urandom of=/tmp/data bs=64k count=16 2>/dev/null
  dd if=/tmp/data of=/dev/nvme0n1 bs=64k oflag=direct 2>/dev/null || fail "writing after $hash and $group"
  dd if=/dev/nvme0n1 bs=64k count=16 iflag=direct 2>/dev/null | cmp - /tmp/data || fail "reading after $hash and $group"
  echo "AUTHENTICATED $hash $group"
  leave
done

port=${TARGETS%%/*}
connect $port --dhchap-secret=$HOST_SECRET || fail "nvme connect without a secret for the controller"
node; leave
connect $port && fail "connected without a secret"
connect $port --dhchap-secret=$WRONG_SECRET && fail "connected with a wrong secret"
connect $port --dhchap-secret=$HOST_SECRET --dhchap-ctrl-secret=$WRONG_SECRET && fail "took a target for the one it is not"

# A host may authenticate again on a living controller; with a wrong secret that ends it.
connect $port --dhchap-secret=$HOST_SECRET || fail "nvme connect"
node
fio --name=v --filename=/dev/nvme0n1 --direct=1 --rw=randwrite --bs=4k --iodepth=8 --ioengine=libaio --size=4M --verify=crc32c --do_verify=1 \
  --verify_fatal=1 --minimal > /tmp/fio 2>&1 &
dmesg -c > /dev/null
echo $HOST_SECRET > /sys/class/nvme/nvme0/dhchap_secret
wait $! || { cat /tmp/fio; fail "fio while the host authenticated again"; }
n=0; while ! dmesg | grep -q "qid 0: authenticated with hash"; do sleep 0.5; n=$((n+1)); [ $n -lt 60 ] || fail "the host did not authenticate again"; done
[ $(cat /sys/class/nvme/nvme0/state) = live ] || fail "authenticating again ended the controller"
echo $WRONG_SECRET > /sys/class/nvme/nvme0/dhchap_secret
n=0; while [ "$(cat /sys/class/nvme/nvme0/state)" = live ] && [ $n -lt 60 ]; do sleep 0.5; n=$((n+1)); done
[ "$(cat /sys/class/nvme/nvme0/state)" = live ] && fail "the controller lives on after a wrong secret"
leave
echo ALL-GOOD
