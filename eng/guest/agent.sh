#!/bin/bash
# agent.sh DIR - fetch Debian's qemu-guest-agent and unpack it (not install it) under DIR; does nothing when it is there.
# Leaves DIR/usr/sbin/qemu-ga.  Needs: apt with its lists (apt-get update), dpkg.  Its libraries come with qemu-system-x86.
set -euo pipefail
mkdir -p "${1:?dir}"; D=$(readlink -f "$1")
exec 9> "$D/.lock"; flock 9   # tests that run at once share one DIR
[ ! -e "$D/usr/sbin/qemu-ga" ] || exit 0
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
( cd "$T"; apt-get -o APT::Sandbox::User=root download -q qemu-guest-agent > log 2>&1 || { cat log >&2; exit 1; }; dpkg -x ./*.deb x
  mkdir -p "$D/usr/sbin"; cp x/usr/sbin/qemu-ga "$D/usr/sbin/" )
