#!/bin/bash
# disk.sh OUT.raw KERNELDIR [options] - makes the demonstration guest: a BIOS-bootable raw disk (MBR, one ext4 partition at 1 MiB,
# GRUB, Debian's kernel, busybox userland) that needs no installation, no loop device, no mount and no root.
#   --hostname NAME       (migrate-guest)
#   --size MIB            (192)   size of the disk
#   --payload MIB         (8)     random bytes in /payload/data.bin
#   --drivers SET         (both)  both | vmware | virtio: the disk and network drivers of its initramfs
#   --agent DIR           (none)  QEMU's guest agent, which agent.sh unpacked there, runs in the guest
#   --address A/BITS --gateway G --dns D  (none)  of its first network card
#   --power-off-after S   (never) the guest loads its disk for S seconds and powers off
# Once up, the guest prints on its serial console, in one line,
#   MIGRATE-GUEST-UP <hostname> payload-sha256=<what it computed of /payload/data.bin>
# and goes on reading and writing its disk past the page cache, so that latency can be observed.
# Beside the disk: OUT.raw.sha256, the payload's hash as written (hex, one line).
# KERNELDIR is what kernel.sh made.  Needs: fdisk e2fsprogs grub-pc-bin grub-common busybox-static kmod cpio.
set -euo pipefail
OUT=$(realpath -m "${1:?out}"); KD=$(readlink -f "${2:?kerneldir}"); shift 2
NAME=migrate-guest SIZE=192 PAYLOAD=8 DRIVERS=both OFF= AGENT= ADDRESS= GATEWAY= DNS=
while [ $# -gt 0 ]; do case $1 in
  --hostname) NAME=$2;; --size) SIZE=$2;; --payload) PAYLOAD=$2;; --drivers) DRIVERS=$2;; --power-off-after) OFF=$2;;
  --agent) AGENT=$(readlink -f "$2");; --address) ADDRESS=$2;; --gateway) GATEWAY=$2;; --dns) DNS=$2;;
  *) echo "unknown option $1" >&2; exit 2;; esac; shift 2; done
VMWARE="vmw_pvscsi mptspi vmxnet3 e1000" VIRTIO="virtio_pci virtio_scsi virtio_blk virtio_net"
case $DRIVERS in both) M="$VMWARE $VIRTIO";; vmware) M=$VMWARE;; virtio) M=$VIRTIO;; *) echo "unknown drivers $DRIVERS" >&2; exit 2;; esac
VER=$(basename "$KD"/lib/modules/*); UUID=$(cat /proc/sys/kernel/random/uuid)
W=$(mktemp -d); trap 'rm -rf "$W"' EXIT

# the initramfs: busybox and the chosen drivers, just enough to find and mount the root by its UUID
I=$W/initramfs; mkdir -p "$I"/{bin,sbin,proc,sys,dev,root}
cp /bin/busybox "$I/bin/"; for a in sh mount modprobe switch_root sleep findfs echo cat poweroff; do ln -s busybox "$I/bin/$a"; done
ln -s ../bin/busybox "$I/sbin/modprobe"
for m in $M ${AGENT:+virtio_console} sd_mod ext4 crc32c_generic; do modprobe -d "$KD" -S "$VER" --show-depends "$m"; done |
  awk '$1=="insmod"{print $2}' | sort -u | while read -r f; do t="$I/${f#"$KD"/}"; mkdir -p "${t%/*}"; cp "$f" "$t"; done
cp "$KD/lib/modules/$VER"/modules.{builtin,builtin.modinfo,order} "$I/lib/modules/$VER/"; depmod -b "$I" "$VER"
cat > "$I/init" <<X
#!/bin/busybox sh
export PATH=/bin
mount -t proc p /proc; mount -t sysfs s /sys; mount -t devtmpfs d /dev
for m in crc32c_generic $M sd_mod ext4; do modprobe \$m; done 2>/dev/null
n=0; while ! D=\$(findfs UUID=$UUID 2>/dev/null) && [ \$n -lt 240 ]; do sleep 0.25; n=\$((n+1)); done
[ -n "\$D" ] || { echo "MIGRATE-GUEST-NO-ROOT UUID=$UUID"; cat /proc/partitions; poweroff -f; }
mount -t ext4 -o ro \$D /root && exec switch_root /root /init
X
chmod +x "$I/init"

# the root file system
R=$W/root; mkdir -p "$R"/{bin,sbin,proc,sys,dev,run,tmp,etc,var,payload,boot/grub/i386-pc}
cp /bin/busybox "$R/bin/"; for a in $(/bin/busybox --list | grep -vx busybox); do ln -sf busybox "$R/bin/$a"; done
ln -s ../bin/busybox "$R/sbin/modprobe"; cp -r "$I/lib" "$R/"
echo "$NAME" > "$R/etc/hostname"; echo 'root:x:0:0:root:/root:/bin/sh' > "$R/etc/passwd"
echo "OFF=$OFF ADDRESS=$ADDRESS GATEWAY=$GATEWAY" > "$R/etc/migrate-guest.conf"
echo 'PRETTY_NAME="Migrate guest"' > "$R/etc/os-release"; [ -z "$DNS" ] || echo "nameserver $DNS" > "$R/etc/resolv.conf"
if [ -n "$AGENT" ]; then
  cp "$AGENT/usr/sbin/qemu-ga" "$R/sbin/"
  ldd "$R/sbin/qemu-ga" | grep -o '/[^ ]*' | sort -u | while read -r l; do mkdir -p "$R${l%/*}"; cp -L "$l" "$R$l"; done
fi
head -c "${PAYLOAD}M" /dev/urandom > "$R/payload/data.bin"
sha256sum < "$R/payload/data.bin" | cut -d' ' -f1 > "$OUT.sha256"
head -c 4M /dev/zero > "$R/var/load.bin"
cat > "$R/init" <<'X'
#!/bin/busybox sh
export PATH=/bin:/sbin
mount -t devtmpfs d /dev; mount -t proc p /proc; mount -t sysfs s /sys; mount -t tmpfs t /run; mount -t tmpfs t /tmp
mount -o remount,rw /
hostname -F /etc/hostname; ip link set lo up
for n in /sys/class/net/e*; do [ -e "$n" ] && ip link set "${n##*/}" up; done
. /etc/migrate-guest.conf
[ -z "$ADDRESS" ] || ip addr add "$ADDRESS" dev eth0; [ -z "$GATEWAY" ] || ip route add default via "$GATEWAY" dev eth0
if [ -e /sbin/qemu-ga ]; then
  modprobe virtio_console; n=0   # the host tells of its ports a moment later
  while ! port=$(grep -sl org.qemu.guest_agent.0 /sys/class/virtio-ports/*/name) && [ $n -lt 240 ]; do sleep 0.25; n=$((n+1)); done
  port=${port%/name}; [ -z "$port" ] || qemu-ga -m virtio-serial -p "/dev/${port##*/}" -t /run &
fi
root=$(findfs "$(sed 's/.*root=\(UUID=[^ ]*\).*/\1/' /proc/cmdline)"); disk=${root%1}
echo "MIGRATE-GUEST-UP $(hostname) payload-sha256=$(sha256sum < /payload/data.bin | cut -d' ' -f1)"
blocks=$(( $(cat /sys/class/block/${disk##*/}/size) / 8 ))
random() { echo $(( $(od -An -N4 -tu4 /dev/urandom) % $1 )); }
load() {
  while :; do
    for i in 1 2 3 4; do dd if=$disk of=/dev/null bs=4k count=8 skip=$(random $((blocks - 8))) iflag=direct; done
    dd if=/dev/zero of=/var/load.bin bs=4k count=8 seek=$(random 1016) conv=notrunc oflag=direct
    sleep 0.05
  done 2>/dev/null
}
load &
[ -n "$OFF" ] || while :; do sleep 3600; done
sleep "$OFF"; kill $!; sync; mount -o remount,ro /; poweroff -f
X
chmod +x "$R/init"
cp "$KD/boot/vmlinuz-$VER" "$R/boot/vmlinuz"
( cd "$I"; find . | cpio -o -H newc --quiet ) | gzip -1 > "$R/boot/initrd.img"
cp /usr/lib/grub/i386-pc/*.{mod,lst} "$R/boot/grub/i386-pc/"
cat > "$R/boot/grub/grub.cfg" <<X
serial --unit=0 --speed=115200
terminal_output serial
set timeout=0
menuentry 'Linux' {
	insmod part_msdos
	insmod ext2
	search --no-floppy --fs-uuid --set=root $UUID
	linux /boot/vmlinuz root=UUID=$UUID ro console=ttyS0 quiet net.ifnames=0 nokaslr mitigations=off no_timer_check
	initrd /boot/initrd.img
}
X

# partition table, ext4 filled from the tree at 1 MiB, then GRUB: boot.img in the MBR, core.img from sector 1
rm -f "$OUT"; truncate -s "${SIZE}M" "$OUT"
printf 'label: dos\nstart=2048, type=83, bootable\n' | /sbin/sfdisk -q "$OUT"
# the offset makes mke2fs warn that it cannot see the partition table; the fields switched off are unknown to GRUB 2.06
/sbin/mke2fs -q -t ext4 -U "$UUID" -L root -O ^metadata_csum_seed,^orphan_file -E offset=1048576,root_owner=0:0 -d "$R" "$OUT" \
  $(( (SIZE - 1) * 1024 ))k 2> "$W/mke2fs" || { cat "$W/mke2fs" >&2; exit 1; }
grub-mkimage -O i386-pc -p '(hd0,msdos1)/boot/grub' -o "$W/core.img" biosdisk part_msdos ext2 serial normal linux search search_fs_uuid
dd if=/usr/lib/grub/i386-pc/boot.img of="$OUT" bs=440 count=1 conv=notrunc status=none
dd if="$W/core.img" of="$OUT" bs=512 seek=1 conv=notrunc status=none
echo "$OUT $(du -m "$OUT" | cut -f1) MiB of ${SIZE} MiB, payload $(cat "$OUT.sha256")"
