# Guest job: fio writes and verifies while the target is killed and restarted. Sets before: PORT NQN UUID.
set -u
fail() { echo "FAILED: $*"; dmesg | tail -30; exit 1; }
modprobe nvme-tcp || fail "no module nvme-tcp"
nvme connect -t tcp -a 10.0.2.2 -s $PORT -n $NQN --reconnect-delay=1 --ctrl-loss-tmo=-1 --keep-alive-tmo=5 || fail connect
n=0; while [ ! -b /dev/nvme0n1 ]; do n=$((n+1)); [ $n -lt 100 ] || fail "no /dev/nvme0n1"; sleep 0.2; done
[ "$(cat /sys/block/nvme0n1/uuid)" = $UUID ] || fail "another UUID"
fio --name=s --filename=/dev/nvme0n1 --direct=1 --rw=randwrite --bs=4k --iodepth=8 --ioengine=libaio --size=32M --rate_iops=400 --io_size=32M \
  --verify=crc32c --do_verify=1 --verify_fatal=1 > /tmp/fio 2>&1 &
F=$!
sleep 4
echo "MARK kill"
wait $F || { cat /tmp/fio; fail fio; }
grep -E 'err=' /tmp/fio
dmesg > /tmp/log; cat /tmp/log
grep -q 'I/O error' /tmp/log && fail "I/O errors reached the block layer's users"
nvme disconnect -n $NQN || fail disconnect
echo "ALL-GOOD"
