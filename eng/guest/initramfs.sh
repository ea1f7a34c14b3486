#!/bin/bash
# initramfs.sh KERNELDIR OUT.cpio[.gz] [--fio] [--bin PATH]...
# Builds a small initramfs for Debian's own kernel:
#   busybox-static + nvme-cli + (with --fio) fio, each with its shared libraries,
#   + modules: nvme-tcp (with authentication and TLS where the kernel has them), nvmet, nvmet-tcp, virtio
#     (pci/net/scsi/blk/rng), e1000, pvscsi, vmxnet3, sd_mod, ext4, xfs, brd, null_blk, loop.
# KERNELDIR is what kernel.sh made.  Needs: busybox-static nvme-cli fio kmod cpio xz-utils.
# The guest's /init (below) sets up net, runs /job.sh (added by boot.sh) and powers off.
set -euo pipefail
KD=$(readlink -f "${1:?kerneldir}"); OUT=$(realpath -m "${2:?out}"); shift 2
BINS=(/usr/sbin/nvme)
while [ $# -gt 0 ]; do case $1 in
  --fio) BINS+=(/usr/bin/fio);; --bin) BINS+=("$2"); shift;; *) echo "bad option $1" >&2; exit 2;; esac; shift; done
VER=$(basename "$KD"/lib/modules/*)
R=$(mktemp -d); trap 'rm -rf "$R"' EXIT
mkdir -p "$R"/{bin,sbin,usr/bin,usr/sbin,proc,sys,dev,run,tmp,etc,root,mnt,config,lib64}
cp /bin/busybox "$R/bin/busybox"
for a in $(/bin/busybox --list | grep -vx busybox); do ln -sf busybox "$R/bin/$a"; done
# the kernel itself calls /sbin/modprobe (crc32c for the NVMe/TCP digests; without it nvmet-tcp 6.1 oopses)
ln -sf ../bin/busybox "$R/sbin/modprobe"
# binaries and every shared library ldd names (the loader included)
for b in "${BINS[@]}"; do
  cp -L --remove-destination "$b" "$R/bin/"   # busybox may have an applet of that name: replace the link, not busybox
  ldd "$b" | grep -o '/[^ ]*' | sort -u | while read -r l; do mkdir -p "$R$(dirname "$l")"; cp -Ln "$l" "$R$l"; done
done
echo 'root:x:0:0:root:/root:/bin/sh' > "$R/etc/passwd"; echo 'root:x:0:' > "$R/etc/group"
mkdir -p "$R/etc/nvme"; echo "nqn.2014-08.org.nvmexpress:uuid:11111111-2222-3333-4444-555555555555" > "$R/etc/nvme/hostnqn"
echo "11111111-2222-3333-4444-555555555555" > "$R/etc/nvme/hostid"
# modules with all they depend on, unpacked: under TCG that is slow
M=(virtio_pci virtio_net virtio_scsi virtio_blk virtio_rng e1000 vmxnet3 vmw_pvscsi sd_mod
   nvme nvme-tcp nvmet nvmet-tcp tls gcm ghash-generic aesni_intel brd null_blk loop ext4 xfs crc32c_generic crc32c-intel)
for m in "${M[@]}"; do modprobe -d "$KD" -S "$VER" --show-depends "$m" 2>/dev/null || echo "no module $m" >&2
done | awk '$1=="insmod"{print $2}' | sort -u | while read -r f; do
  t="$R/${f#"$KD"/}"; mkdir -p "$(dirname "$t")"
  case $f in *.xz) xz -dc "$f" > "${t%.xz}";; *) cp "$f" "$t";; esac; done
cp "$KD/lib/modules/$VER/"modules.{builtin,builtin.modinfo,order} "$R/lib/modules/$VER/"
depmod -b "$R" "$VER"
cat > "$R/init" <<'I'
#!/bin/busybox sh
# guest init: cmdline knobs  ip=A/PREFIX  gw=A  mods="a,b"
export PATH=/bin:/sbin:/usr/bin:/usr/sbin
mount -t proc p /proc; mount -t sysfs s /sys; mount -t devtmpfs d /dev
mkdir -p /dev/pts; mount -t devpts p /dev/pts; mount -t tmpfs t /run
echo 4 > /proc/sys/kernel/printk
for m in virtio_pci virtio_net virtio_scsi virtio_blk sd_mod; do modprobe $m 2>/dev/null; done
for w in $(cat /proc/cmdline); do case $w in ip=*) IP=${w#ip=};; gw=*) GW=${w#gw=};; mods=*) MODS=${w#mods=};; esac; done
for m in $(echo $MODS | tr , ' '); do modprobe $m || echo "modprobe $m failed"; done
ip link set lo up
if [ -e /sys/class/net/eth0 ]; then
  ip addr add ${IP:-10.0.2.15/24} dev eth0; ip link set eth0 up
  [ -n "${GW-10.0.2.2}" ] && ip route add default via ${GW:-10.0.2.2} 2>/dev/null
fi
echo "GUEST-UP $(cut -d' ' -f1 /proc/uptime)"
if [ -e /job.sh ]; then sh /job.sh; echo "GUEST-RC=$?"; else setsid cttyhack sh; fi
poweroff -f
I
chmod +x "$R/init"
( cd "$R"; find . | cpio -o -H newc --quiet ) > "$OUT.tmp"
case $OUT in *.gz) gzip -1 < "$OUT.tmp" > "$OUT"; rm "$OUT.tmp";; *) mv "$OUT.tmp" "$OUT";; esac
ls -l "$OUT" | awk '{print $5, $9}'
