# Guest job: what Linux makes of a target whose storage fails. The line before this file is put in sets
# PORT NQN FULL DEVICE DELETED READONLY (UUIDs). A MARK asks the test to break something; it answers by the data or the error.
set -u
fail() { echo "FAILED: $*"; dmesg | tail -20; exit 1; }
# A machine that is busy stalls an emulated guest for longer than Linux waits for an answer: what is looked for below is what the storage does.
modprobe nvme_core io_timeout=600 admin_timeout=600 && modprobe nvme-tcp || fail "no module nvme-tcp"
nvme connect -t tcp -a 10.0.2.2 -s $PORT -n $NQN || fail connect
disk() { for u in /sys/block/nvme[0-9]n*/uuid; do [ "$(cat $u)" = "$1" ] && echo /dev/$(basename $(dirname $u)); done; }
await() { i=0; while [ -z "$(disk $1)" ]; do i=$((i+1)); [ $i -lt 300 ] || fail "no namespace $1"; sleep 0.2; done; }
for u in $FULL $DEVICE $DELETED $READONLY; do await $u; done
# until COMMAND fails with the message: breaking takes the test a moment; "do not retry" makes the failure itself quick
fails() { message=$1; shift; i=0; while "$@" > /tmp/out 2>&1; do i=$((i+1)); [ $i -lt 300 ] || fail "no failure: $*"; sleep 0.2; done
  cat /tmp/out; grep -q "$message" /tmp/out || fail "$*: not \"$message\""; }

D=$(disk $DEVICE)
fio --name=device --filename=$D --direct=1 --ioengine=libaio --rw=randwrite --bs=16k --size=8m --iodepth=16 --fsync=32 \
  --verify=crc32c --verify_fatal=1 --output-format=terse > /tmp/fio || { cat /tmp/fio; fail "fio on a block device"; }
echo "MARK cut"
fails "No data available" dd if=$D of=/dev/null bs=4k skip=3000 count=1 iflag=direct

fails "No space left on device" dd if=/dev/urandom of=$(disk $FULL) bs=64k count=256 oflag=direct

D=$(disk $DELETED)
dd if=/dev/zero of=$D bs=4k count=1 conv=fsync 2>/dev/null || fail "write before the deletion"
echo "MARK delete"
fails "Remote I/O error" dd if=/dev/zero of=$D bs=4k count=1 conv=fsync
dd if=$D of=/dev/null bs=4k count=1 iflag=direct 2>/dev/null || fail "read of a deleted file"

D=$(disk $READONLY)
dd if=/dev/zero of=$D bs=4k count=1 oflag=direct 2>/dev/null || fail "write before it is read-only"
echo "MARK protect"
fails "Input/output error" dd if=/dev/zero of=$D bs=4k count=1 oflag=direct
dd if=$D of=/dev/null bs=4k count=1 iflag=direct 2>/dev/null || fail "read of what is read-only"

nvme smart-log /dev/nvme0 > /dev/null || fail "the controller is gone"
[ "$(cat /sys/class/nvme/nvme0/state)" = live ] || fail "the controller is $(cat /sys/class/nvme/nvme0/state)"
dmesg | grep -i 'reset\|timeout' && fail "an error of the storage broke the connection"
nvme disconnect -n $NQN || fail disconnect
echo "ALL-GOOD"
