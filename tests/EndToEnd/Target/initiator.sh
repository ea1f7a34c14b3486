# Guest job: the Linux kernel's NVMe/TCP initiator keeps its data on the target: file systems, verified I/O, deallocation, reconnecting.
# Sets before: UUID (file system), DATA_UUID (raw), FS (ext4 or xfs), BLOCK (bytes per block), CONNECT (further options of nvme connect).
echo "STEP connect"
connect $CONNECT
A=$(node $UUID) || fail "no namespace $UUID"
B=$(node $DATA_UUID) || fail "no namespace $DATA_UUID"
C=/sys/class/nvme/$(ls /sys/class/nvme | head -1)
echo "ATTR $(cat $C/transport) $(cat $C/state) queues=$(cat $C/queue_count) sqsize=$(cat $C/sqsize)"
echo "WWID $(cat /sys/block/$(basename $A)/wwid)"
echo "NGUID $(cat /sys/block/$(basename $A)/nguid)"
q=/sys/block/$(basename $A)/queue
echo "QUEUE block=$(cat $q/logical_block_size) discard=$(cat $q/discard_max_bytes) granularity=$(cat $q/discard_granularity) zeroes=$(cat $q/write_zeroes_max_bytes) cache=$(cat $q/write_cache) fua=$(cat $q/fua) transfer=$(cat $q/max_hw_sectors_kb)"
[ $(cat $q/logical_block_size) = $BLOCK ] || fail "blocks of $(cat $q/logical_block_size) bytes"

echo "STEP $FS"
# by path: busybox's shell prefers its own applets
case $FS in ext4) /bin/mke2fs -q -F -t ext4 $A;; xfs) /bin/mkfs.xfs -q -f $A;; esac
[ $? = 0 ] || fail "making $FS"
mount -t $FS -o discard $A /mnt || fail mount
for i in 1 2 3 4; do dd if=/dev/urandom of=/mnt/f$i bs=64k count=$((i*16)) 2>/dev/null || fail "dd $i"; done
cp /bin/busybox /mnt/
( cd /mnt; sha256sum f1 f2 f3 f4 busybox ) > /tmp/sums
rm /mnt/f1; sed -i "/ f1\$/d" /tmp/sums
sync; fstrim /mnt || fail fstrim
umount /mnt || fail umount
echo 3 > /proc/sys/vm/drop_caches

echo "STEP verify"
V="--filename=$B --direct=1 --ioengine=libaio --rw=randwrite --verify=crc32c --do_verify=1 --verify_fatal=1 --minimal"
fio_passes --name=q1 $V --bs=4k --iodepth=1 --size=2M
fio_passes --name=q32 $V --bsrange=$BLOCK-256k --blockalign=$BLOCK --bs_unaligned=0 --iodepth=32 --size=16M
fio_passes --name=q128 $V --bs=8k --iodepth=128 --numjobs=4 --offset_increment=16M --size=4M
fio_passes --name=sync $V --bs=4k --iodepth=4 --size=1M --sync=1
fio_passes --name=mixed --filename=$B --direct=1 --rw=randrw --bs=4k --iodepth=32 --numjobs=2 --ioengine=libaio --size=4M --fsync=64 --minimal

echo "STEP deallocate"
dd if=/dev/urandom of=$B bs=1M count=32 oflag=direct 2>/dev/null || fail "fill"
nvme flush $B || fail "nvme flush"
echo "MARK filled"; sleep 1
M=$((1048576 / BLOCK)) # blocks per MiB
blkdiscard -o 0 -l 8388608 $B || fail blkdiscard
nvme write-zeroes $B -s $((8 * M)) -c $((8 * M - 1)) || fail "nvme write-zeroes"
nvme dsm $B -d -b $((4 * M)) -s $((16 * M)) || fail "nvme dsm"
nvme write-zeroes $B -s $((32 * M - 8)) -c 7 -f || fail "nvme write-zeroes with FUA"
for at in 0 7 8 15 16 19; do
  dd if=$B bs=1M skip=$at count=1 iflag=direct 2>/dev/null | tr -d '\0' | head -c 1 | grep -q . && fail "MiB $at is not zero"
done
dd if=$B bs=1M skip=20 count=1 iflag=direct 2>/dev/null | tr -d '\0' | head -c 1 | wc -c | grep -q 1 || fail "MiB 20 lost its data"
echo "MARK punched"; sleep 1

echo "STEP reconnect"
disconnect
connect $CONNECT
A=$(node $UUID) || fail "no namespace $UUID after reconnect"
mount -t $FS $A /mnt || fail "mount after reconnect"
( cd /mnt; sha256sum -c /tmp/sums ) || fail "hashes after reconnect"
umount /mnt
disconnect
complaints
echo "ALL-GOOD"
