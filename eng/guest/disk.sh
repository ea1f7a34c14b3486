#!/bin/bash
# disk.sh tiny   OUT.raw KERNELDIR [SIZE_MB=160] [DRIVERS=both|vmware|virtio]
# disk.sh debian OUT.raw ROOTFS    [SIZE_MB=1536] [DRIVERS=vmware|virtio|both]
# Makes a BIOS-bootable raw disk: MBR, one ext4 partition at 1 MiB, GRUB (i386-pc), kernel, initramfs.
# No loop device, no mount, no root needed for "tiny" ("debian" chroots, so it needs root).
#  tiny   : Debian kernel + busybox + fio/nvme userland; ~3 s.  The initramfs holds only DRIVERS; the root
#           holds all modules.  /etc/rc runs on the root disk: prints GUEST-DISK-UP, then runs /etc/job.sh.
#  debian : ROOTFS is a tree made by make-rootfs.sh (systemd, open-vm-tools, openssh, fio).  Its initramfs
#           is rebuilt with MODULES=list and only DRIVERS: "vmware" = no virtio = does not find its disk on virtio.
# Needs: fdisk e2fsprogs grub-pc-bin grub2-common busybox-static kmod cpio.
set -euo pipefail
MODE=$1 OUT=$2 SRC=$(readlink -f "$3"); HERE=$(dirname "$(readlink -f "$0")")
case $MODE in tiny) SZ=${4:-160} DRV=${5:-both};; debian) SZ=${4:-1536} DRV=${5:-vmware};; *) exit 2;; esac
case $DRV in vmware) DM="vmw_pvscsi mptspi vmxnet3 e1000";; virtio) DM="virtio_pci virtio_scsi virtio_blk virtio_net";;
  both) DM="vmw_pvscsi mptspi vmxnet3 e1000 virtio_pci virtio_scsi virtio_blk virtio_net";; esac
UUID=${UUID:-0a1b2c3d-1111-4222-8333-444455556666}
W=$(mktemp -d); trap 'rm -rf "$W"' EXIT
if [ $MODE = tiny ]; then
  VER=$(basename "$SRC"/lib/modules/*); R=$W/root
  # the root file system starts as initramfs.sh's tree (busybox, nvme, fio, modules)
  "$HERE/initramfs.sh" "$SRC" "$W/ird" ${TINY_FIO:+--fio} >/dev/null
  mkdir -p "$R/boot/grub"; ( cd "$R"; cpio -idm --quiet < "$W/ird" 2>/dev/null || true )
  cat > "$R/init" <<'I'
#!/bin/busybox sh
export PATH=/bin:/sbin
mount -t devtmpfs d /dev; mount -t proc p /proc; mount -t sysfs s /sys; mkdir -p /dev/pts; mount -t devpts p /dev/pts; mount -t tmpfs t /run; mount -t tmpfs t /tmp
mount -o remount,rw /
ip link set lo up; for m in virtio_net vmxnet3 e1000; do modprobe $m 2>/dev/null; done
[ -e /sys/class/net/eth0 ] && { ip addr add 10.0.2.15/24 dev eth0; ip link set eth0 up; ip route add default via 10.0.2.2; }
echo "GUEST-DISK-UP $(cut -d' ' -f1 /proc/uptime) root=$(awk '$2=="/"{d=$1}END{print d}' /proc/mounts)"
for h in /sys/class/scsi_host/host*/proc_name; do [ -e $h ] && echo "hba $(cat $h)"; done
[ -x /etc/job.sh ] && { /etc/job.sh; echo "GUEST-RC=$?"; }
sync; mount -o remount,ro /; poweroff -f
I
  mkdir -p "$R/etc"; [ -n "${JOB-}" ] && install -m 755 "$JOB" "$R/etc/job.sh"
  # initramfs of the disk: busybox + only the chosen disk drivers
  I=$W/i; mkdir -p "$I"/{bin,sbin,proc,sys,dev,root}; ln -s ../bin/busybox "$I/sbin/modprobe"; cp /bin/busybox "$I/bin/"
  for a in sh mount modprobe switch_root sleep blkid findfs echo cat; do ln -s busybox "$I/bin/$a"; done
  for m in $DM sd_mod ext4 crc32c_generic; do modprobe -d "$SRC" -S "$VER" --show-depends "$m" 2>/dev/null; done |
    awk '$1=="insmod"{print $2}' | sort -u | while read -r f; do t="$I/${f#"$SRC"/}"; mkdir -p "$(dirname "$t")"; cp "$f" "$t"; done
  cp "$SRC/lib/modules/$VER"/modules.{builtin,builtin.modinfo,order} "$I/lib/modules/$VER/"; depmod -b "$I" "$VER"
  cat > "$I/init" <<X
#!/bin/busybox sh
export PATH=/bin
mount -t proc p /proc; mount -t sysfs s /sys; mount -t devtmpfs d /dev
for m in crc32c_generic $DM sd_mod ext4; do modprobe \$m 2>/dev/null; done
n=0; while ! D=\$(findfs UUID=$UUID 2>/dev/null) && [ \$n -lt 40 ]; do sleep 0.25; n=\$((n+1)); done
[ -n "\$D" ] || { echo "INITRAMFS: root UUID=$UUID not found"; cat /proc/partitions; poweroff -f; exec sh; }
mount -t ext4 -o ro \$D /root && exec switch_root /root /init
X
  ln -s busybox "$I/bin/poweroff"; chmod +x "$I/init"
  ( cd "$I"; find . | cpio -o -H newc --quiet ) > "$OUT.initrd"   # also kept beside the disk, for a direct kernel boot
  gzip -9 < "$OUT.initrd" > "$R/boot/initrd.img"
  cp "$SRC/boot/vmlinuz-$VER" "$R/boot/vmlinuz"
  KI="linux /boot/vmlinuz"; II="initrd /boot/initrd.img"
else
  R=$SRC; VER=$(basename "$R"/boot/vmlinuz-* | sed 's/vmlinuz-//')
  echo "UUID=$UUID / ext4 errors=remount-ro 0 1" > "$R/etc/fstab"
  sed -i 's/^MODULES=.*/MODULES=list/' "$R/etc/initramfs-tools/initramfs.conf"
  printf '%s\n' $DM sd_mod ext4 > "$R/etc/initramfs-tools/modules"
  chroot "$R" update-initramfs -u -k "$VER" >/dev/null
  KI="linux /boot/vmlinuz-$VER"; II="initrd /boot/initrd.img-$VER"; mkdir -p "$R/boot/grub"
fi
APP="root=UUID=$UUID ro console=ttyS0 quiet nokaslr mitigations=off no_timer_check panic=-1 net.ifnames=${IFNAMES:-0}"
mkdir -p "$R/boot/grub/i386-pc"; cp /usr/lib/grub/i386-pc/*.{mod,lst} "$R/boot/grub/i386-pc/"
cat > "$R/boot/grub/grub.cfg" <<X
serial --unit=0 --speed=115200
terminal_output serial
set timeout=0
menuentry 'Linux' --class gnu-linux {
	insmod part_msdos
	insmod ext2
	search --no-floppy --fs-uuid --set=root $UUID
	$KI $APP
	$II
}
X
# partition table, ext4 filled from the tree at 1 MiB, then GRUB: boot.img in the MBR, core.img from sector 1
rm -f "$OUT"; truncate -s "${SZ}M" "$OUT"
echo 'label: dos
start=2048, type=83, bootable' | sfdisk -q "$OUT"
mke2fs -q -t ext4 -U "$UUID" -L root -O ^metadata_csum_seed,^orphan_file -E offset=1048576,root_owner=0:0 -d "$R" "$OUT" $(( (SZ-1)*1024 ))k 2>&1 | grep -v 'Warning: offset specified' || true
grub-mkimage -O i386-pc -p '(hd0,msdos1)/boot/grub' -o "$W/core.img" biosdisk part_msdos ext2 serial normal linux search search_fs_uuid echo
dd if=/usr/lib/grub/i386-pc/boot.img of="$OUT" bs=440 count=1 conv=notrunc status=none
dd if="$W/core.img" of="$OUT" bs=512 seek=1 conv=notrunc status=none
ls -ls "$OUT"
