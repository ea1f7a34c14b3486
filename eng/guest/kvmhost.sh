#!/bin/bash
# kvmhost.sh OUT.raw - makes the root file system of a KVM host that is another machine: Debian with libvirt, QEMU, nvme-cli, udev and sshd, in a raw
#   disk of ext4 without a partition table. It has no kernel and no init of its own: kernel.sh's kernel boots initramfs.sh's image with kvmhost-job.sh,
#   which mounts the disk and starts what a KVM host runs. Its keys come with the job (boot.sh -p).
# Needs: root, mmdebstrap, e2fsprogs, apt with its lists. ~150 MB download, ~700 MB on disk, 1-3 minutes.
set -euo pipefail
OUT=$(realpath -m "${1:?out}")
W=$(mktemp -d -p "$(dirname "$OUT")"); trap 'rm -rf "$W"' EXIT
MIRRORS=$(apt-get indextargets --format 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(REPO_URI) $(CODENAME) main' 'Identifier: Packages' 'Origin: Debian' |
  grep -E ' bookworm(-security|-updates)? main$' | sort -u)
[ -n "$MIRRORS" ] || { echo "apt knows no mirror of Debian's bookworm: run apt-get update" >&2; exit 1; }
mmdebstrap --quiet --mode=root --variant=minbase --format=directory \
  --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='Apt::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='force-unsafe-io' \
  --include=libvirt-daemon-system,libvirt-clients,qemu-system-x86,nvme-cli,openssh-server,udev,kmod,iproute2,iputils-ping,procps \
  bookworm "$W/root" - <<< "$MIRRORS" > "$W/log" 2>&1 || { tail -n 30 "$W/log" >&2; exit 1; }
R=$W/root
rm -f "$R"/etc/ssh/ssh_host_*                       # the test's own, known to its client
rm -f "$R/etc/nvme/hostnqn" "$R/etc/nvme/hostid"    # a host of its own, each time it is booted
mkdir -p "$R/root/.ssh" "$R/run/sshd" "$R/etc/libvirt"; chmod 700 "$R/root/.ssh"
# Name spaces of devices cannot be made within a chroot, and this kernel has no AppArmor that anybody has set up.
printf '%s\n' 'namespaces = [ ]' 'security_driver = "none"' 'remember_owner = 0' >> "$R/etc/libvirt/qemu.conf"
printf '%s\n' 'auth_unix_rw = "none"' 'unix_sock_group = "root"' > "$R/etc/libvirt/libvirtd.conf"
printf '%s\n' 'PermitRootLogin prohibit-password' 'UsePAM no' 'UseDNS no' 'HostKey /etc/ssh/host' > "$R/etc/ssh/sshd_config.d/test.conf"
SIZE=$(( $(du -sm "$R" | cut -f1) + 600 ))
rm -f "$OUT.new"; truncate -s "${SIZE}M" "$OUT.new"
/sbin/mke2fs -q -t ext4 -d "$R" "$OUT.new"
mv "$OUT.new" "$OUT"
echo "$OUT $(du -m "$OUT" | cut -f1) MiB of $SIZE MiB"
