# Guest job: namespaces appear and go while the host is connected, on two controllers at once.
# The line before this file is put in sets PORT NQN FIRST SECOND (UUIDs). A MARK asks the test for a change.
set -u
fail() { echo "FAILED: $*"; dmesg | tail -20; exit 1; }
dmesg -c > /dev/null
modprobe nvme-tcp || fail "no module nvme-tcp"
# Number of paths (namespaces per controller) with this UUID.
paths() { n=0; for u in /sys/class/nvme/nvme*/nvme*c*n*/uuid; do [ -e "$u" ] && [ "$(cat $u)" = "$1" ] && n=$((n+1)); done; echo $n; }
await() { i=0; while [ "$(paths $1)" != $2 ]; do i=$((i+1)); [ $i -lt 300 ] || fail "$(paths $1) paths of $1, not $2"; sleep 0.2; done; }

nvme connect -t tcp -a 10.0.2.2 -s $PORT -n $NQN || fail connect
# nvme-cli 2.4 refuses its own --duplicate-connect; the kernel's interface takes it.
echo "transport=tcp,traddr=10.0.2.2,trsvcid=$PORT,nqn=$NQN,hostnqn=$(cat /etc/nvme/hostnqn),hostid=$(cat /etc/nvme/hostid),duplicate_connect" \
  > /dev/nvme-fabrics || fail "second connect"
await $FIRST 2
echo "MARK create"; await $SECOND 2
echo "MARK offline"; await $FIRST 0
echo "MARK online"; await $FIRST 2
echo "MARK delete"; await $SECOND 0
nvme list-subsys
dd if=/dev/zero of=/dev/nvme0n1 bs=64k count=16 oflag=direct 2>/dev/null || fail "write after the changes"
nvme disconnect -n $NQN || fail disconnect
dmesg > /tmp/log; cat /tmp/log
grep -iE 'nvme|i/o error' /tmp/log | grep -vE 'creating [0-9]+ I/O queues|mapped [0-9]+/[0-9]+/[0-9]+|new ctrl|Removing ctrl|rescanning namespaces' && fail "the kernel complains"
echo "ALL-GOOD"
