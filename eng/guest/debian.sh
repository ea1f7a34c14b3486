#!/bin/bash
# debian.sh tree OUT.tar            - a Debian 12 as it is installed in a VM of VMware's, from the machine's own apt sources (root; ~90 s, ~250 MB download)
# debian.sh disk OUT.raw TREE.tar [options] - a disk with it, which boots from whatever its initramfs knows (root)
#   --hostname NAME   (converted)
#   --size MIB        (1536)
#   --drivers SET     (vmware)  vmware | virtio: the disk drivers of its initramfs, and no others
#   --names KIND      (device)  device: fstab and GRUB name /dev/sda1; uuid: by UUID
#   --layout KIND     (bios)    bios: MBR, one ext4 partition, GRUB in the gap; uefi: GPT, an ESP with GRUB, LVM with root and swap
# Once up, the guest prints on its serial console, in one line,
#   MIGRATE-DEBIAN-UP <hostname> fstab-root=<what fstab says> adapters=<SCSI host drivers>
# It knows no name server: what virt-v2v leaves for its first start reaches nobody.
# Needs: mmdebstrap fdisk e2fsprogs grub-common; for uefi guestfish, with what it wants in the environment.
set -euo pipefail
[ "$(id -u)" = 0 ] || { echo "debian.sh: run as root" >&2; exit 1; }
WHAT=${1:?tree|disk} OUT=$(realpath -m "${2:?out}"); shift 2
W=$(mktemp -d /var/tmp/migrate-debian-XXXXXX); trap 'rm -rf "$W"' EXIT   # not below /tmp: that may be memory

tree() {
  local sources=()
  for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list; do [ ! -s "$f" ] || sources+=("$f"); done
  [ ${#sources[@]} -gt 0 ] || { echo "debian.sh: apt has no sources" >&2; exit 1; }
  mmdebstrap --quiet --mode=root --variant=minbase --format=tar \
    --include=systemd-sysv,udev,kmod,initramfs-tools,linux-image-amd64,grub-pc,grub-efi-amd64-bin,lvm2,zstd,e2fsprogs \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    bookworm "$OUT.new" "${sources[@]}" > "$W/log" 2>&1 || { cat "$W/log" >&2; exit 1; }
  mv "$OUT.new" "$OUT"
}

disk() {
  local tar=$1 name=converted size=1536 drivers=vmware names=device layout=bios; shift
  while [ $# -gt 0 ]; do case $1 in
    --hostname) name=$2;; --size) size=$2;; --drivers) drivers=$2;; --names) names=$2;; --layout) layout=$2;;
    *) echo "unknown option $1" >&2; exit 2;; esac; shift 2; done
  local modules
  case $drivers in vmware) modules="vmw_pvscsi mptspi e1000";; virtio) modules="virtio_pci virtio_scsi virtio_blk virtio_net";; *) echo "unknown drivers $drivers" >&2; exit 2;; esac
  local R=$W/root uuid root version
  uuid=$(cat /proc/sys/kernel/random/uuid); mkdir "$R"; tar -xf "$tar" -C "$R"
  version=$(basename "$R"/boot/vmlinuz-*); version=${version#vmlinuz-}
  case $layout-$names in bios-device) root=/dev/sda1;; uefi-*) root=/dev/mapper/vg0-root;; bios-uuid) root=UUID=$uuid;; *) echo "unknown names or layout" >&2; exit 2;; esac
  echo "$name" > "$R/etc/hostname"; rm -f "$R/etc/resolv.conf"; : > "$R/etc/resolv.conf"
  printf '# <file system> <mount point> <type> <options> <dump> <pass>\n%s\t/  ext4  errors=remount-ro 0 1\n' "$root" > "$R/etc/fstab"
  printf 'GRUB_DEFAULT=0\nGRUB_TIMEOUT=0\nGRUB_DISTRIBUTOR=Debian\nGRUB_CMDLINE_LINUX_DEFAULT=""\nGRUB_CMDLINE_LINUX="console=ttyS0 net.ifnames=0"\n' > "$R/etc/default/grub"
  sed -i 's/^MODULES=.*/MODULES=list/' "$R/etc/initramfs-tools/initramfs.conf"
  printf '%s\n' $modules sd_mod ext4 dm_mod > "$R/etc/initramfs-tools/modules"
  cat > "$R/etc/systemd/system/migrate-debian.service" <<'U'
[Unit]
After=systemd-remount-fs.service systemd-udev-settle.service local-fs.target
[Service]
Type=oneshot
StandardOutput=file:/dev/ttyS0
ExecStart=/bin/sh /usr/local/sbin/migrate-debian
[Install]
WantedBy=multi-user.target
U
  cat > "$R/usr/local/sbin/migrate-debian" <<'S'
root=$(awk '$2 == "/" { print $1 }' /etc/fstab)
efi=$(awk '$2 == "/boot/efi" { print $1 }' /etc/fstab)
firmware=bios; [ ! -d /sys/firmware/efi ] || firmware=uefi
echo "MIGRATE-DEBIAN-UP $(hostname) fstab-root=$root fstab-efi=$efi firmware=$firmware mounted=$(awk '$2 == "/boot/efi" { n++ } END { print n + 0 }' /proc/mounts) adapters=$(cat /sys/class/scsi_host/host*/proc_name | sort -u | tr '\n' ',')"
S
  mkdir -p "$R/etc/systemd/system/multi-user.target.wants"
  ln -sf ../migrate-debian.service "$R/etc/systemd/system/multi-user.target.wants/migrate-debian.service"
  for platform in i386-pc x86_64-efi; do
    mkdir -p "$R/boot/grub/$platform"; cp "$R/usr/lib/grub/$platform"/*.{mod,lst} "$R/boot/grub/$platform/"
  done
  cat > "$R/boot/grub/grub.cfg" <<X
serial --unit=0 --speed=115200
terminal_output serial
set timeout=0
menuentry 'Debian GNU/Linux' --class debian --class gnu-linux --class gnu --class os {
	insmod ext2
	search --no-floppy --fs-uuid --set=root $uuid
	linux /boot/vmlinuz-$version root=$root ro console=ttyS0 net.ifnames=0
	initrd /boot/initrd.img-$version
}
X
  if [ "$layout" = uefi ]; then
    mkdir -p "$R/boot/efi"
    local efi=/dev/sda1; [ "$names" = device ] || efi=LABEL=ESP
    printf '%s\t/boot/efi  vfat  umask=0077 0 1\n/dev/mapper/vg0-swap\tnone  swap  sw 0 0\n' "$efi" >> "$R/etc/fstab"
  fi
  chroot "$R" update-initramfs -u -k "$version" > "$W/log" 2>&1 || { cat "$W/log" >&2; exit 1; }
  rm -f "$OUT"; truncate -s "${size}M" "$OUT"
  "$layout" "$R" "$size" "$uuid"
  echo "$uuid"
}

# The offset makes mke2fs warn that it cannot see the partition table; the fields switched off are unknown to GRUB 2.06.
fill() { # TREE UUID OFFSET KIB
  /sbin/mke2fs -q -t ext4 -U "$2" -L root -O ^metadata_csum_seed,^orphan_file -E offset="$3",root_owner=0:0 -d "$1" "$OUT" "$4k" 2> "$W/mke2fs" ||
    { cat "$W/mke2fs" >&2; exit 1; }
}

bios() { # TREE MIB UUID
  printf 'label: dos\nstart=2048, type=83, bootable\n' | /sbin/sfdisk -q "$OUT"
  fill "$1" "$3" 1048576 $(( ($2 - 1) * 1024 ))
  grub-mkimage -d "$1/usr/lib/grub/i386-pc" -O i386-pc -p '(hd0,msdos1)/boot/grub' -o "$W/core.img" biosdisk part_msdos ext2 serial normal linux search search_fs_uuid
  dd if="$1/usr/lib/grub/i386-pc/boot.img" of="$OUT" bs=440 count=1 conv=notrunc status=none
  dd if="$W/core.img" of="$OUT" bs=512 seek=1 conv=notrunc status=none
}

uefi() { # TREE MIB UUID; the first logical volume begins one extent's alignment, 1 MiB, after its partition, and is in one piece
  local esp=64 swap=32 lv
  lv=$(( ($2 - 1 - esp - 1 - 1 - swap) / 4 * 4 - 4 ))
  printf 'label: gpt\nstart=2048, size=%d, type=uefi\nstart=%d, size=%d, type=lvm\n' $((esp * 2048)) $(((1 + esp) * 2048)) $((($2 - 1 - esp - 1) * 2048)) | /sbin/sfdisk -q "$OUT"
  grub-mkimage -d "$1/usr/lib/grub/x86_64-efi" -O x86_64-efi -p /EFI/debian -o "$W/grubx64.efi" part_gpt fat lvm ext2 serial normal linux configfile search search_fs_uuid echo
  printf 'search.fs_uuid %s root\nset prefix=($root)/boot/grub\nconfigfile $prefix/grub.cfg\n' "$3" > "$W/grub.cfg"
  guestfish --format=raw -a "$OUT" > "$W/log" 2>&1 <<G || { cat "$W/log" >&2; exit 1; }
run
pvcreate /dev/sda2
vgcreate vg0 /dev/sda2
lvcreate root vg0 $lv
lvcreate swap vg0 $swap
mkswap /dev/vg0/swap
mkfs vfat /dev/sda1 label:ESP
mount /dev/sda1 /
mkdir-p /EFI/BOOT
mkdir-p /EFI/debian
upload $W/grubx64.efi /EFI/BOOT/BOOTX64.EFI
upload $W/grubx64.efi /EFI/debian/grubx64.efi
upload $W/grub.cfg /EFI/debian/grub.cfg
G
  fill "$1" "$3" $(( (1 + esp + 1) * 1048576 )) $((lv * 1024))
}

case $WHAT in tree) tree;; disk) disk "$@";; *) echo "unknown command $WHAT" >&2; exit 2;; esac
