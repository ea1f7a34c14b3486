#!/bin/bash
# boot.sh [options] KERNELDIR INITRAMFS JOB.sh  [-- extra qemu args]
# Boots Debian's kernel under QEMU TCG, runs JOB.sh in the guest as root, prints the guest console to
# stdout, exits with the job's own exit status (124 on timeout, 125 if the guest never reported one).
#   -m MB (384)  -s VCPUS (2)  -t SECONDS (120)  -f "hostfwd=tcp:127.0.0.1:4421-:4420" (slirp option)
#   -a "kernel cmdline words"   -n "netdev spec" (default user,...; e.g. socket,listen=127.0.0.1:5555)
#   -p FILE  put FILE as /payload/NAME in the guest (may be repeated)
#   -P PIDFILE  qemu writes its pid there (to end a long-running guest: kill $(cat PIDFILE))
# Host loopback is 10.0.2.2 in the guest (slirp).  Interactive shell: JOB.sh = "-".
set -euo pipefail
MB=384 CPUS=2 T=120 FWD= APP= NET= PAY=() PIDF=()
while getopts m:s:t:f:a:n:p:P: o; do case $o in m) MB=$OPTARG;; s) CPUS=$OPTARG;; t) T=$OPTARG;; f) FWD=,$OPTARG;; a) APP=$OPTARG;; n) NET=$OPTARG;; p) PAY+=("$OPTARG");; P) PIDF=(-pidfile "$OPTARG");; *) exit 2;; esac; done
shift $((OPTIND-1)); KD=$1 IRD=$(readlink -f "$2") JOB=$3; shift 3; [ "${1-}" = -- ] && shift
W=$(mktemp -d); trap 'rm -rf "$W"' EXIT
mkdir -p "$W/r/payload"
if [ "$JOB" = - ]; then cp "$IRD" "$W/ird"
else   # the kernel takes cpio archives one after the other; the uncompressed one goes first (4-byte alignment)
  cp "$JOB" "$W/r/job.sh"; for p in "${PAY[@]}"; do cp "$p" "$W/r/payload/"; done
  ( cd "$W/r"; find . -mindepth 1 | cpio -o -H newc --quiet; cat "$IRD" ) > "$W/ird"
fi
KERNELS=("$KD"/boot/vmlinux-* "$KD"/boot/vmlinuz-*)   # a pattern that nothing matches stands for itself
KRN=${KERNELS[0]}; [ -e "$KRN" ] || KRN=${KERNELS[1]}
NETDEV=${NET:-user$FWD}
ACC=${ACCEL:-tcg,thread=multi}
timeout -k 5 "$T" qemu-system-x86_64 -accel "$ACC" -cpu max -machine q35 -m "$MB" -smp "$CPUS" -nodefaults \
  -display none -serial stdio -no-reboot -kernel "$KRN" -initrd "$W/ird" \
  -append "console=ttyS0 quiet panic=-1 nokaslr mitigations=off nopti tsc=reliable no_timer_check $APP" \
  -netdev "$NETDEV,id=n0" -device virtio-net-pci,netdev=n0,romfile= "${PIDF[@]}" "$@" < "$([ "$JOB" = - ] && echo /dev/stdin || echo /dev/null)" \
  2>&1 | sed -u 's/\r//g' | tee "$W/log" || { [ "${PIPESTATUS[0]}" = 124 ] && { echo TIMEOUT; exit 124; }; true; }
rc=$(grep -ao 'GUEST-RC=[0-9]*' "$W/log" | tail -1 | cut -d= -f2 || true)
exit "${rc:-125}"
