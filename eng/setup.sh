#!/usr/bin/env bash
# setup.sh demo|test|benchmark - makes a fresh Debian 12 machine ready: says which Debian packages are missing and installs them.
# Everything it installs comes from the distribution; .NET 10's SDK is the one thing that must be there already.
set -euo pipefail

what=${1:-test}
# The demo: KVM host (libvirt, QEMU) and what makes a bootable guest disk out of Debian's kernel.
packages=(qemu-system-x86 qemu-utils libvirt-daemon-system libvirt-clients
  busybox-static kmod cpio fdisk e2fsprogs grub-pc-bin grub-common python3)
# The tests: the counterparts that we did not write.
if [ "$what" = test ]; then
  packages+=(nvme-cli fio openssl tshark xfsprogs xz-utils zstd nbdkit libnbd-bin nbd-server nginx-light python3-pyvmomi golang-go golang-github-vmware-govmomi-dev
    libxml2-utils postgresql ovmf systemd mmdebstrap openssh-client openssh-server iputils-ping iproute2
    virt-v2v libguestfs-tools cryptsetup-bin
    chromium python3-jsonschema man-db)
fi

# The benchmarks: what ours is measured beside.
if [ "$what" = benchmark ]; then
  packages=(fio tgt libiscsi-bin nbdkit libnbd-bin qemu-utils wrk)
fi

command -v dotnet >/dev/null || { echo "setup: the .NET SDK 10 is missing: install it, then run this again" >&2; exit 1; }
case $(dotnet --version) in
  10.*) ;;
  *) echo "setup: .NET SDK 10 is needed, found $(dotnet --version)" >&2; exit 1 ;;
esac

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() { # what to do, apt-get's arguments...: quiet unless it fails
  local doing=$1
  shift
  DEBIAN_FRONTEND=noninteractive apt-get "$@" >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    echo "setup: $doing failed (above: the end of apt's output)" >&2
    exit 1
  }
}

# The guests' kernel is downloaded and unpacked, never installed; for that apt must know it.
knows_kernel() { apt-cache show linux-image-amd64 >/dev/null 2>&1; }
if [ ${#missing[@]} -eq 0 ] && knows_kernel; then
  echo "setup: nothing to install" >&2
  exit 0
fi
[ "$(id -u)" = 0 ] || { echo "setup: run as root, or do it yourself: apt-get update; apt-get install ${missing[*]}" >&2; exit 1; }
apt "apt-get update" update
if [ ${#missing[@]} -gt 0 ]; then
  echo "setup: installing Debian packages: ${missing[*]}" >&2
  apt "installing them" install -y --no-install-recommends "${missing[@]}"
fi
