# Put before every guest job against the target; the host's loopback is 10.0.2.2 here. The lines before this set PORT and NQN.
set -u
fail() { echo "FAILED: $*"; dmesg | tail -30; exit 1; }
for m in nvme-tcp ext4 xfs; do modprobe $m || fail "no module $m"; done
dmesg -c > /dev/null

# Further arguments are options of nvme connect. A namespace may take a moment to appear: see node.
connect() { nvme connect -t tcp -a 10.0.2.2 -s $PORT -n $NQN "$@" || fail "nvme connect $*"; }
disconnect() { nvme disconnect -n $NQN || fail "nvme disconnect"; }

# The node of a namespace by its UUID, as udev would name it (there is no udev here).
node() {
  n=0
  while [ $n -lt 300 ]; do
    for u in /sys/block/nvme*n*/uuid; do
      case ${u#/sys/block/} in *c*n*) continue;; esac # a path of a namespace (nvme0c0n1), not the namespace
      [ -e "$u" ] && [ "$(cat $u)" = "$1" ] && { b=$(dirname $u); b=/dev/$(basename $b); [ -b $b ] && { echo $b; return 0; }; }
    done
    sleep 0.1; n=$((n+1))
  done
  return 1
}
# Number of paths (namespaces per controller) with this UUID; and waiting for it.
paths() { n=0; for u in /sys/class/nvme/nvme*/nvme*c*n*/uuid; do [ -e "$u" ] && [ "$(cat $u)" = "$1" ] && n=$((n+1)); done; echo $n; }
await_paths() { i=0; while [ "$(paths $1)" != $2 ]; do i=$((i+1)); [ $i -lt 300 ] || fail "$(paths $1) paths of $1, not $2"; sleep 0.1; done; }

# A command that must fail, with these words on its standard error.
fails_with() { words=$1; shift; "$@" 2> /tmp/errors && fail "no error of: $*"; grep -q "$words" /tmp/errors || { cat /tmp/errors; fail "another error of: $*"; }; }

# fio with its verdict; /tmp/fio is what it said.
fio_passes() { fio "$@" > /tmp/fio 2>&1 || { cat /tmp/fio; fail "fio $*"; }; grep -q 'verify:' /tmp/fio && { cat /tmp/fio; fail "fio verify"; }; true; }

# The kernel's log may say what it says of a healthy connect, mapping of queues, mount and removal; anything else about nvme, block
# devices or file systems is a complaint, unless the job provoked it and says so by extended regular expressions.
complaints() {
  allowed='creating [0-9]+ I/O queues|mapped [0-9]+/[0-9]+/[0-9]+|new ctrl|Removing ctrl|rescanning namespaces|[mM]ount|Ending clean|Deprecated|SGI XFS'
  for one in "$@"; do allowed="$allowed|$one"; done
  dmesg > /tmp/log
  grep -iE 'nvme|i/o error|blk_|critical|ext4|xfs|buffer|warning|bug:|hung|call trace' /tmp/log | grep -vE "$allowed" && fail "the kernel complains"
  true
}
