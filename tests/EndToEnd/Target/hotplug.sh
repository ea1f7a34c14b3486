# Guest job: namespaces appear and go while the host is connected, on two controllers at once. Sets before: FIRST SECOND (UUIDs).
# A MARK asks the test for a change.
connect
# nvme-cli 2.4 refuses its own --duplicate-connect; the kernel's interface takes it.
echo "transport=tcp,traddr=10.0.2.2,trsvcid=$PORT,nqn=$NQN,hostnqn=$(cat /etc/nvme/hostnqn),hostid=$(cat /etc/nvme/hostid),duplicate_connect" \
  > /dev/nvme-fabrics || fail "second connect"
await_paths $FIRST 2
echo "MARK create"; await_paths $SECOND 2
echo "MARK offline"; await_paths $FIRST 0
echo "MARK online"; await_paths $FIRST 2
D=$(node $FIRST) || fail "no namespace $FIRST"
echo "MARK delete"; await_paths $SECOND 0
nvme list-subsys
dd if=/dev/zero of=$D bs=64k count=16 oflag=direct 2>/dev/null || fail "write after the changes"
disconnect
complaints
echo "ALL-GOOD"
