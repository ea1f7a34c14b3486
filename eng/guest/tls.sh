#!/bin/bash
# tls.sh OUT.cpio - what a Linux host needs for NVMe/TCP with TLS and Debian 12 has not: Debian 13's tlshd (ktls-utils), an nvme-cli
# that knows --tls, and keyctl, with all their libraries, under /tls (run them by chroot). A kernel takes cpio archives one after the
# other: append it to what initramfs.sh makes.  Apt need not know Debian 13: it is read through lists of our own from the mirror that
# the machine's apt takes bookworm from.  Needs: apt, dpkg, cpio.  ~25 MB download.
set -euo pipefail
OUT=$(realpath -m "${1:?out}")
W=$(mktemp -d); trap 'rm -rf "$W"' EXIT
MIRROR=$(apt-get indextargets --format '$(REPO_URI)' 'Identifier: Packages' 'Codename: bookworm' 'Origin: Debian' | head -1)
[ -n "$MIRROR" ] || { echo "apt knows no mirror of Debian's bookworm: run apt-get update" >&2; exit 1; }
mkdir -p "$W"/{parts,lists/partial,cache/archives/partial,debs,root,out/tls}; : > "$W/status"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $MIRROR trixie main" > "$W/sources.list"
APT=(-o Dir::Etc::sourcelist="$W/sources.list" -o Dir::Etc::sourceparts="$W/parts" -o Dir::State::lists="$W/lists"
  -o Dir::State::status="$W/status" -o Dir::Cache="$W/cache" -o APT::Sandbox::User=root -o Debug::NoLocking=1)
{ apt-get "${APT[@]}" -q update
  apt-get "${APT[@]}" -q -y --download-only --no-install-recommends install ktls-utils nvme-cli keyutils
} > "$W/log" 2>&1 || { cat "$W/log" >&2; exit 1; }
for d in "$W"/cache/archives/*.deb; do dpkg -x "$d" "$W/root"; done
for d in lib lib64 bin sbin; do [ -e "$W/root/$d" ] || ln -s "usr/$d" "$W/root/$d"; done
# only the programs and the libraries that their own loader names
for b in /usr/sbin/tlshd /usr/sbin/nvme /usr/bin/keyctl; do
  echo "$b"; chroot "$W/root" /lib64/ld-linux-x86-64.so.2 --list "$b" | grep -o '/[^ ]*'
done | sort -u | while read -r f; do mkdir -p "$W/out/tls${f%/*}"; cp -L "$W/root$f" "$W/out/tls$f"; done
mkdir -p "$W"/out/tls/{proc,sys,dev,etc,tmp,run,var}
cp "$W/root/etc/tlshd.conf" "$W/out/tls/etc/"
echo 'root:x:0:0:root:/root:/bin/sh' > "$W/out/tls/etc/passwd"
( cd "$W/out"; find . | cpio -o -H newc --quiet ) > "$OUT.tmp"; mv "$OUT.tmp" "$OUT"
ls -l "$OUT" | awk '{print $5, $9}'
