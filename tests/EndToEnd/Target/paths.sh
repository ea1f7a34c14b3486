# Guest job: two paths to one namespace; access states, size and drains change while fio writes and verifies.
# The line before this file is put in sets PORT SECOND_PORT NQN UUID. A MARK asks the test for a change.
set -u
fail() { echo "FAILED: $*"; cat /tmp/fio 2>/dev/null; dmesg | tail -30; exit 1; }
dmesg -c > /dev/null
modprobe nvme-tcp || fail "no module nvme-tcp"
for p in $PORT $SECOND_PORT; do
  nvme connect -t tcp -a 10.0.2.2 -s $p -n $NQN --reconnect-delay=1 --ctrl-loss-tmo=-1 --nr-io-queues=1 || fail "connect to port $p"
done
B=nvme0n1
i=0; while [ ! -b /dev/$B ]; do i=$((i+1)); [ $i -lt 300 ] || fail "no namespace"; sleep 0.1; done

# The state of the path by a TCP port; and waiting until it is as it should be.
state() { for c in /sys/class/nvme/nvme*; do grep -q "trsvcid=$1" $c/address && cat $c/nvme*c*n1/ana_state 2>/dev/null; done; }
await_state() { i=0; while [ "$(state $1)" != "$2" ]; do i=$((i+1)); [ $i -lt 600 ] || fail "port $1 is $(state $1), not $2"; sleep 0.1; done; }
await_size() { i=0; while [ "$(cat /sys/block/$B/size)" != $1 ]; do i=$((i+1)); [ $i -lt 300 ] || fail "size $(cat /sys/block/$B/size), not $1"; sleep 0.1; done; }
live() { n=0; for s in /sys/class/nvme/nvme*/state; do [ "$(cat $s)" = live ] && n=$((n+1)); done; echo $n; }
await_live() { i=0; while [ "$(live)" != $1 ]; do i=$((i+1)); [ $i -lt 900 ] || fail "$(live) live controllers, not $1"; sleep 0.1; done; }

await_state $PORT optimized; await_state $SECOND_PORT optimized
C=$(basename $(dirname $(grep -l "trsvcid=$PORT" /sys/class/nvme/nvme*/address)))
nvme ana-log /dev/$C > /tmp/ana || fail "nvme ana-log"
grep -qi optimized /tmp/ana || { cat /tmp/ana; fail "ana-log says nothing of optimized"; }
fio --name=v --filename=/dev/$B --direct=1 --rw=randwrite --bs=4k --iodepth=8 --ioengine=libaio --size=8M --time_based --runtime=60 \
  --rate_iops=400 --verify=crc32c --verify_backlog=64 --verify_fatal=1 --minimal > /tmp/fio 2>&1 &
FIO=$!
echo "MARK first away";   await_state $PORT inaccessible
sleep 2
echo "MARK second alone"; await_state $SECOND_PORT non-optimized
echo "MARK swap";         await_state $PORT optimized; await_state $SECOND_PORT inaccessible
sleep 2
echo "MARK both away";    await_state $PORT inaccessible
sleep 2
echo "MARK both back";    await_state $PORT optimized; await_state $SECOND_PORT optimized
echo "MARK grow";         await_size 65536
echo "MARK drain";        await_live 0
sleep 2
echo "MARK resume";       await_live 2
wait $FIO || fail "fio"
grep -q 'verify:' /tmp/fio && fail "fio verify"
dd if=/dev/zero of=/dev/$B bs=1M seek=31 count=1 oflag=direct 2>/dev/null || fail "write behind the former end"
nvme disconnect -n $NQN || fail disconnect
dmesg > /tmp/log; cat /tmp/log
grep -iE 'i/o error|buffer|critical|Call Trace|blk_' /tmp/log && fail "the kernel complains"
echo "ALL-GOOD"
