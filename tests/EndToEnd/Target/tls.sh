# Guest job: the Linux kernel's initiator with TLS 1.3; tlshd does the handshake, the kernel the records. Set before: NQN UUID HOST_SECRET
# PLAIN_PORT, TARGETS (words of the form PORT,KEY,VERSION, the version being that of the identity) and WRONG_KEY.
set -u
fail() { echo "FAILED: $*"; dmesg | tail -20; tail -20 /tmp/tlshd.log; exit 1; }
modprobe nvme-tcp && modprobe tls || fail "no module nvme-tcp or tls"
HOST=$(cat /etc/nvme/hostnqn) ID=$(cat /etc/nvme/hostid)
mount -t proc p /tls/proc; mount -t sysfs s /tls/sys; mount -t devtmpfs d /tls/dev
chroot /tls tlshd -s > /tmp/tlshd.log 2>&1 &
sleep 1
key() { chroot /tls nvme check-tls-key -d $1 -n $HOST -c $NQN -I $2 --insert > /dev/null || fail "the kernel does not take the key"; }
connect() { p=$1; shift; chroot /tls nvme connect -t tcp -a 10.0.2.2 -s $p -n $NQN -q $HOST -I $ID --nr-io-queues=2 "$@"; }
leave() { chroot /tls nvme disconnect -n $NQN > /dev/null || fail "nvme disconnect"; while [ -e /dev/nvme0 ]; do sleep 0.1; done; }

for target in $TARGETS; do
  IFS=, read -r port secret version <<X
$target
X
  chroot /tls keyctl clear %:.nvme > /dev/null || fail "keyctl clear"
  key $secret $version
  connect $port --tls --dhchap-secret=$HOST_SECRET || fail "nvme connect --tls"
  n=0; while ! [ -b /dev/nvme0n1 ]; do sleep 0.2; n=$((n+1)); [ $n -lt 100 ] || fail "no namespace"; done
  [ "$(cat /sys/block/nvme0n1/uuid)" = $UUID ] || fail "another namespace"
  echo "TLS-KEY $(cat /sys/class/nvme/nvme0/tls_key) of $(grep -c ' psk ' /proc/keys)"
  fio --name=v --filename=/dev/nvme0n1 --direct=1 --rw=randwrite --bsrange=512-128k --blockalign=512 --bs_unaligned=0 --iodepth=8 --ioengine=libaio \
    --size=8M --verify=crc32c --do_verify=1 --verify_fatal=1 --minimal > /tmp/fio 2>&1 || { cat /tmp/fio; fail fio; }
  grep -q 'verify:' /tmp/fio && { cat /tmp/fio; fail "fio verify"; }
  echo "SECURED $port by an identity of version $version"
  leave
done

connect $PLAIN_PORT --dhchap-secret=$HOST_SECRET && fail "connected without TLS at a plain port"
connect $port --dhchap-secret=$HOST_SECRET && fail "connected without TLS at a port that wants it"
chroot /tls keyctl clear %:.nvme > /dev/null || fail "keyctl clear"
key $WRONG_KEY 1
connect $port --tls --dhchap-secret=$HOST_SECRET && fail "connected with a wrong key"
echo ALL-GOOD
