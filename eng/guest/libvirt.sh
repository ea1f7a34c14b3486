#!/bin/bash
# libvirt.sh unpack DIR | run DIR STATE - the libvirt and QEMU of bookworm-backports (11.3 and 10.0) beside the installed ones, without
#   installing anything.
#   unpack  fetches the packages into DIR once. Apt need not know backports, as in kernel.sh.
#   run     starts libvirtd in name spaces of its own, where the packages' files lie over this machine's, until it is killed. Its socket is
#           STATE/libvirt-sock; the URI is qemu+unix:///system?socket=STATE/libvirt-sock. Needs root. /var/tmp is this machine's, so disks
#           of domains belong there; QEMU runs as this machine's libvirt-qemu.
# Needs: apt with its lists (apt-get update), dpkg, unshare, an installed libvirt-daemon-system.
set -euo pipefail
mkdir -p "${2:?dir}"; D=$(readlink -f "$2")
LIB=usr/lib/x86_64-linux-gnu
unpack() {
  exec 9> "$D/.lock"; flock 9
  [ ! -e "$D/complete" ] || return 0
  T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
  MIRROR=$(apt-get indextargets --format '$(REPO_URI)' 'Identifier: Packages' 'Codename: bookworm' 'Origin: Debian' | head -1)
  [ -n "$MIRROR" ] || { echo "apt knows no mirror of Debian's bookworm: run apt-get update" >&2; exit 1; }
  mkdir -p "$T"/{parts,lists/partial,cache/archives/partial,debs} "$D/root"
  printf "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $MIRROR %s main\n" bookworm-backports bookworm > "$T/sources.list"
  APT=(-o Dir::Etc::sourcelist="$T/sources.list" -o Dir::Etc::sourceparts="$T/parts" -o Dir::State::lists="$T/lists"
    -o Dir::Cache="$T/cache" -o APT::Sandbox::User=root)
  apt-get "${APT[@]}" -q update > "$T/log" 2>&1 || { cat "$T/log" >&2; exit 1; }
  # What an installation would bring, as NAME=VERSION; development packages aside.
  P=$(apt-get "${APT[@]}" -s -t bookworm-backports --no-install-recommends install libvirt-daemon-system libvirt-daemon-driver-qemu qemu-system-x86 qemu-utils \
    libvirt-clients swtpm swtpm-tools | awk '/^Inst/ { v = $3 ~ /^\[/ ? $4 : $3; gsub(/[()]/, "", v); print $2 "=" v }' | grep -v -e '-dev=')
  ( cd "$T/debs"; apt-get "${APT[@]}" download -q $P > ../log 2>&1 || { cat ../log >&2; exit 1; } )
  for deb in "$T"/debs/*.deb; do dpkg -x "$deb" "$D/root"; done
  # On a machine these are links into /usr, which directories would hide.
  for d in bin sbin lib lib64; do [ ! -d "$D/root/$d" ] || { mkdir -p "$D/root/usr/$d"; cp -a "$D/root/$d/." "$D/root/usr/$d/"; rm -rf "${D:?}/root/$d"; }; done
  touch "$D/complete"
}
run() {
  # A layer must not lie inside of the one below it, and the machine's root is the one below: hence memory.
  [ -e "$D/complete" ] || { echo "$D has no packages: run $0 unpack $D" >&2; exit 1; }
  M=$3/root; mkdir -p "$M"; mount -t tmpfs tmpfs "$M"; mkdir "$M"/{layer,upper,work,root}
  cp -a "$D/root/." "$M/layer/"
  mount -t overlay overlay -o "lowerdir=$M/layer:/,upperdir=$M/upper,workdir=$M/work" "$M/root"
  R=$M/root
  # Modules of the installed versions would be loaded, too, and fail.
  for d in libvirt qemu; do rm -rf "${R:?}/$LIB/$d"; cp -a "$D/root/$LIB/$d" "$R/$LIB/"; done
  rm -rf "$R"/var/cache/libvirt/qemu "$R"/etc/libvirt/qemu/*.xml "$R"/var/lib/libvirt/qemu/*
  mkdir -p "$R/var/cache/libvirt/qemu"
  mount -t proc proc "$R/proc"
  for d in sys dev; do mount --rbind "/$d" "$R/$d"; done
  mount -t tmpfs tmpfs "$R/run"; mkdir "$R/run/libvirt"
  mount --bind /var/tmp "$R/var/tmp"
  printf '%s\n' "unix_sock_dir = \"$3\"" 'auth_unix_rw = "none"' > "$R/etc/libvirt/libvirtd.conf"
  # libvirt would give QEMU a /dev of its own, which it cannot make within this root.
  printf '%s\n' 'namespaces = [ ]' >> "$R/etc/libvirt/qemu.conf"
  chroot "$R" /sbin/ldconfig
  chroot "$R" /usr/sbin/virtlogd -d
  # This shell is the first process here and takes in what libvirt leaves behind; libvirtd itself would not.
  chroot "$R" /usr/sbin/libvirtd & wait $!
}
case $1 in
unpack) unpack;;
run) if [ "${4:-}" = inside ]; then run "$@"; else exec unshare --mount --pid --fork --kill-child --propagation private bash "$0" run "$D" "${3:?state}" inside; fi;;
*) echo "unknown command $1" >&2; exit 2;;
esac
