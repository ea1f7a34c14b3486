# Guest job: the Linux kernel's NVMe/TCP initiator against the target on the host (10.0.2.2 is the host's loopback).
# The line before this file is put in sets PORT NQN UUID DATA_UUID and CONNECT (further options of nvme connect).
set -u
fail() { echo "FAILED: $*"; dmesg | tail -20; exit 1; }
modprobe nvme-tcp || fail "no module nvme-tcp"
modprobe ext4 || fail "no module ext4"
dmesg -c > /dev/null

# The node of a namespace by its UUID, as udev would name it (there is no udev here).
node() {
  n=0
  while [ $n -lt 100 ]; do
    for u in /sys/block/nvme*n*/uuid; do
      case ${u#/sys/block/} in *c*n*) continue;; esac # a path of a namespace (nvme0c0n1), not the namespace
      [ -e "$u" ] && [ "$(cat $u)" = "$1" ] && { b=$(dirname $u); echo /dev/$(basename $b); return 0; }
    done
    sleep 0.2; n=$((n+1))
  done
  return 1
}
connect() { nvme connect -t tcp -a 10.0.2.2 -s $PORT -n $NQN $CONNECT "$@" || fail "nvme connect"; }

echo "STEP discover"
nvme discover -t tcp -a 10.0.2.2 -s $PORT > /tmp/discovered || fail "nvme discover"
cat /tmp/discovered
grep -q "subnqn: *$NQN" /tmp/discovered || fail "the discovery log does not name $NQN"

echo "STEP connect"
connect
A=$(node $UUID) || fail "no namespace $UUID"
B=$(node $DATA_UUID) || fail "no namespace $DATA_UUID"
C=/dev/$(ls /sys/class/nvme | head -1)
echo "ATTR $(cat /sys/class/nvme/*/transport) $(cat /sys/class/nvme/*/state) queues=$(cat /sys/class/nvme/*/queue_count) sqsize=$(cat /sys/class/nvme/*/sqsize)"
echo "WWID $(cat /sys/block/$(basename $A)/wwid)"
echo "NGUID $(cat /sys/block/$(basename $A)/nguid)"
q=/sys/block/$(basename $A)/queue
echo "QUEUE block=$(cat $q/logical_block_size) discard=$(cat $q/discard_max_bytes) granularity=$(cat $q/discard_granularity) zeroes=$(cat $q/write_zeroes_max_bytes) cache=$(cat $q/write_cache) fua=$(cat $q/fua) transfer=$(cat $q/max_hw_sectors_kb)"
nvme list || fail "nvme list"
nvme id-ctrl $C > /tmp/id || fail "nvme id-ctrl"
nvme id-ns $A > /tmp/idns || fail "nvme id-ns"
nvme ns-descs $A || fail "nvme ns-descs"
nvme list-ns $C || fail "nvme list-ns"
nvme smart-log $C > /tmp/smart || fail "nvme smart-log"
nvme error-log $C > /tmp/errors || fail "nvme error-log"
nvme fw-log $C || fail "nvme fw-log"
nvme effects-log $C > /tmp/effects || fail "nvme effects-log"
nvme changed-ns-list-log $C || fail "nvme changed-ns-list-log"
nvme get-feature $C -f 7 || fail "nvme get-feature"
nvme set-feature $C -f 6 -v 0 || fail "nvme set-feature: write cache off"
nvme set-feature $C -f 6 -v 1 || fail "nvme set-feature: write cache on"

echo "STEP file system"
/bin/mke2fs -q -t ext4 $A # by path: busybox's shell prefers its own applet
[ $? = 0 ] || fail mke2fs
mount -t ext4 -o discard $A /mnt || fail mount
for i in 1 2 3 4; do dd if=/dev/urandom of=/mnt/f$i bs=64k count=$((i*16)) 2>/dev/null || fail "dd $i"; done
cp /bin/busybox /mnt/
( cd /mnt; sha256sum f1 f2 f3 f4 busybox ) > /tmp/sums
sync; umount /mnt || fail umount
echo 3 > /proc/sys/vm/drop_caches

echo "STEP fio"
fio --name=v --filename=$B --direct=1 --rw=randwrite --bsrange=512-256k --blockalign=512 --bs_unaligned=0 --iodepth=16 --ioengine=libaio --size=24M \
  --verify=crc32c --do_verify=1 --verify_fatal=1 --minimal > /tmp/fio 2>&1 || { cat /tmp/fio; fail fio; }
grep -q 'verify:' /tmp/fio && { cat /tmp/fio; fail "fio verify"; }
fio --name=w --filename=$B --direct=1 --rw=randrw --bs=4k --iodepth=32 --numjobs=2 --ioengine=libaio --size=8M --fsync=64 --minimal > /tmp/fio 2>&1 || { cat /tmp/fio; fail "fio randrw"; }

echo "STEP deallocate"
dd if=/dev/urandom of=$B bs=1M count=32 oflag=direct 2>/dev/null || fail "fill"
nvme flush $B || fail "nvme flush"
echo "MARK filled"; sleep 2
blkdiscard -o 0 -l 8388608 $B || fail blkdiscard
nvme write-zeroes $B -s 16384 -c 16383 || fail "nvme write-zeroes"
nvme dsm $B -d -b 8192 -s 32768 || fail "nvme dsm"
nvme write-zeroes $B -s 65528 -c 7 -f || fail "nvme write-zeroes with FUA"
for at in 0 7 8 15 16 19; do
  dd if=$B bs=1M skip=$at count=1 iflag=direct 2>/dev/null | tr -d '\0' | head -c 1 | grep -q . && fail "MiB $at is not zero"
done
dd if=$B bs=1M skip=20 count=1 iflag=direct 2>/dev/null | tr -d '\0' | head -c 1 | wc -c | grep -q 1 || fail "MiB 20 lost its data"
echo "MARK punched"; sleep 2

echo "STEP reconnect"
nvme disconnect -n $NQN || fail "nvme disconnect"
connect
A=$(node $UUID) || fail "no namespace $UUID after reconnect"
mount -t ext4 $A /mnt || fail "mount after reconnect"
( cd /mnt; sha256sum -c /tmp/sums ) || fail "hashes after reconnect"
umount /mnt
nvme disconnect -n $NQN || fail "second nvme disconnect"

echo "STEP kernel log"
dmesg > /tmp/log; cat /tmp/log
# What the kernel says of a healthy connect, mapping of queues, mount and removal; anything else about nvme or I/O is a complaint.
grep -iE 'nvme|i/o error|blk_update|ext4|buffer i/o' /tmp/log | grep -vE 'creating [0-9]+ I/O queues|mapped [0-9]+/[0-9]+/[0-9]+|new ctrl|Removing ctrl|mounted filesystem|unmounting filesystem' && fail "the kernel complains"
echo "ALL-GOOD"
