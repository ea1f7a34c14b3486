# Guest job: this guest as a target by the kernel's nvmet-tcp on port 4420, one 64 MiB RAM disk. Set before: NQN UUID, and
# TLS_KEY and TLS_HOST (its NQN) for a port with TLS, and
# HOSTS when only certain hosts may come: words of the form NQN,SECRET,CONTROLLER_SECRET,HASH,GROUP.
set -u
fail() { echo "FAILED: $*"; dmesg | tail -20; exit 1; }
modprobe nvmet && modprobe nvmet-tcp && modprobe brd rd_nr=1 rd_size=65536 || fail "no module nvmet-tcp or brd"
mount -t configfs c /sys/kernel/config || fail configfs
N=/sys/kernel/config/nvmet
mkdir $N/subsystems/$NQN
[ -n "${HOSTS-}" ] || echo 1 > $N/subsystems/$NQN/attr_allow_any_host
for h in ${HOSTS-}; do
  IFS=, read -r HOST HOST_SECRET CONTROLLER_SECRET HASH GROUP <<X
$h
X
  H=$N/hosts/$HOST
  mkdir $H && echo $HOST_SECRET > $H/dhchap_key && echo $CONTROLLER_SECRET > $H/dhchap_ctrl_key || fail "the secrets of $HOST"
  echo "hmac($HASH)" > $H/dhchap_hash && echo $GROUP > $H/dhchap_dhgroup || fail "$HASH or $GROUP"
  ln -s $H $N/subsystems/$NQN/allowed_hosts/$HOST || fail "allowing $HOST"
done
S=$N/subsystems/$NQN/namespaces/1
mkdir $S; echo -n /dev/ram0 > $S/device_path; echo $UUID > $S/device_uuid; echo 1 > $S/enable || fail "enabling the namespace"
mkdir $N/ports/1; cd $N/ports/1
echo ipv4 > addr_adrfam; echo tcp > addr_trtype; echo 0.0.0.0 > addr_traddr; echo 4420 > addr_trsvcid
if [ -n "${TLS_KEY-}" ]; then
  modprobe tls || fail "no module tls"
  mount -t proc p /tls/proc; mount -t sysfs s /tls/sys; mount -t devtmpfs d /tls/dev
  chroot /tls tlshd -s &
  chroot /tls nvme check-tls-key -d $TLS_KEY -n $TLS_HOST -c $NQN -I 1 --insert || fail "the key for TLS"
  echo tls1.3 > addr_tsas && echo required > addr_treq || fail "a port with TLS"
fi
ln -s $N/subsystems/$NQN subsystems/$NQN || fail "opening the port"
dmesg -c > /dev/null
echo "TARGET-READY"
# Its complaints are what a failed test needs to see.
i=0; while [ $i -lt 600 ]; do dmesg -c; sleep 1; i=$((i+1)); done
