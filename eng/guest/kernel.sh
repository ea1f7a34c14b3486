#!/bin/bash
# kernel.sh DIR - fetch Debian's linux-image package and unpack it (not install it) under DIR; does nothing when it is there.
# Leaves DIR/boot/vmlinuz-VER and DIR/lib/modules/VER (with modules.dep made by depmod).
# Needs: apt with its lists (apt-get update), dpkg, kmod, python3.  ~70 MB download, ~400 MB on disk, 5-10 s.
set -euo pipefail
mkdir -p "${1:?dir}"; D=$(readlink -f "$1")
exec 9> "$D/.lock"; flock 9   # tests that run at once share one DIR
if ! ls "$D"/boot/vmlinuz-* >/dev/null 2>&1; then
  P=$(apt-cache depends linux-image-amd64 | awk '/Depends:/{print $2; exit}')
  [ -n "$P" ] || { echo "apt knows no linux-image-amd64: run apt-get update" >&2; exit 1; }
  T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
  ( cd "$T"; apt-get download -q "$P" > log 2>&1 || { cat log >&2; exit 1; }; dpkg -x ./*.deb x
    mkdir -p "$D/boot"; cp -a x/lib "$D/"; cp -a x/boot/vmlinuz-* "$D/boot/" )   # the kernel last: where it is, all is
fi
for v in "$D"/lib/modules/*; do [ -e "$v/modules.dep" ] || depmod -b "$D" "$(basename "$v")"; done
# the ELF kernel inside the bzImage: QEMU boots it by its PVH note, which saves the xz unpacking under TCG
# (whole boot + poweroff 3.0 s in place of 5.5 s)
for z in "$D"/boot/vmlinuz-*; do o=${z/vmlinuz/vmlinux}; [ -e "$o" ] || python3 - "$z" "$o" <<'P'
import sys,lzma
d=open(sys.argv[1],'rb').read(); i=d.find(b'\xfd7zXZ\x00')
open(sys.argv[2]+'.part','wb').write(lzma.LZMADecompressor().decompress(d[i:]))
P
  [ ! -e "$o.part" ] || mv "$o.part" "$o"   # whole or not there
done
ls "$D"/boot/vmlinu*
