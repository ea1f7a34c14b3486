#!/bin/bash
# kernel.sh DIR [SERIES] - fetch Debian's linux-image package and unpack it (not install it) under DIR; does nothing when it is there.
#   SERIES  6.1 (default): the distribution's own.  6.12: the one in bookworm-backports, which has what 6.1 was built without
#           (in-band authentication and TLS of NVMe/TCP). Apt need not know backports: they are read through lists of our own
#           from the mirror that the machine's apt takes bookworm from.
# Leaves DIR/boot/vmlinuz-VER and DIR/lib/modules/VER (with modules.dep made by depmod).
# Needs: apt with its lists (apt-get update), dpkg, kmod, python3, zstd.  ~70-100 MB download, ~400-500 MB on disk, 5-20 s.
set -euo pipefail
mkdir -p "${1:?dir}"; D=$(readlink -f "$1"); SERIES=${2:-6.1}
exec 9> "$D/.lock"; flock 9   # tests that run at once share one DIR
if ! ls "$D"/boot/vmlinuz-* >/dev/null 2>&1; then
  T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
  APT=()
  case $SERIES in
  6.1) ;;
  6.12)
    MIRROR=$(apt-get indextargets --format '$(REPO_URI)' 'Identifier: Packages' 'Codename: bookworm' 'Origin: Debian' | head -1)
    [ -n "$MIRROR" ] || { echo "apt knows no mirror of Debian's bookworm: run apt-get update" >&2; exit 1; }
    mkdir -p "$T"/{parts,lists/partial,cache/archives/partial}
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $MIRROR bookworm-backports main" > "$T/sources.list"
    APT=(-o Dir::Etc::sourcelist="$T/sources.list" -o Dir::Etc::sourceparts="$T/parts" -o Dir::State::lists="$T/lists"
      -o Dir::Cache="$T/cache" -o APT::Sandbox::User=root)
    apt-get "${APT[@]}" -q update > "$T/log" 2>&1 || { cat "$T/log" >&2; exit 1; };;
  *) echo "unknown series $SERIES" >&2; exit 2;; esac
  P=$(apt-cache "${APT[@]}" depends linux-image-amd64 | awk '/Depends:/{print $2; exit}')
  case $P in linux-image-"$SERIES".*) ;; *) echo "apt offers \"$P\" as linux-image-amd64, not $SERIES: run apt-get update" >&2; exit 1;; esac
  ( cd "$T"; apt-get "${APT[@]}" download -q "$P" > log 2>&1 || { cat log >&2; exit 1; }; dpkg -x ./*.deb x
    [ -d x/lib ] || mv x/usr/lib x/
    mkdir -p "$D/boot"; cp -a x/lib "$D/"; cp -a x/boot/vmlinuz-* "$D/boot/" )   # the kernel last: where it is, all is
fi
for v in "$D"/lib/modules/*; do [ -e "$v/modules.dep" ] || depmod -b "$D" "$(basename "$v")"; done
# the ELF kernel inside the bzImage: QEMU boots it by its PVH note, which saves the unpacking under TCG
# (whole boot + poweroff 3.0 s in place of 5.5 s). The boot protocol's header tells where it is: setup_sects at 0x1f1,
# payload_offset and payload_length at 0x248; the last four bytes are its unpacked length.
for z in "$D"/boot/vmlinuz-*; do o=${z/vmlinuz/vmlinux}; [ -e "$o" ] || python3 - "$z" "$o.part" <<'P'
import lzma, struct, subprocess, sys
image = open(sys.argv[1], 'rb').read()
offset, length = struct.unpack_from('<II', image, 0x248)
start = (image[0x1f1] + 1) * 512 + offset
payload = image[start:start + length - 4]
with open(sys.argv[2], 'wb') as out:
    if payload.startswith(b'\xfd7zXZ\0'):
        out.write(lzma.decompress(payload))
    else:
        subprocess.run(['zstd', '-dcq'], input=payload, stdout=out, check=True)
P
  [ ! -e "$o.part" ] || mv "$o.part" "$o"   # whole or not there
done
ls "$D"/boot/vmlinu*
