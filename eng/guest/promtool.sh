#!/bin/bash
# promtool.sh DIR - fetch Debian's prometheus and unpack its promtool (install nothing, start nothing) under DIR; does nothing when it is there.
# Leaves DIR/promtool.  Needs: apt with its lists (apt-get update), dpkg.
set -euo pipefail
mkdir -p "${1:?dir}"; D=$(readlink -f "$1")
exec 9> "$D/.lock"; flock 9   # tests that run at once share one DIR
[ ! -e "$D/promtool" ] || exit 0
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
( cd "$T"; apt-get -o APT::Sandbox::User=root download -q prometheus > log 2>&1 || { cat log >&2; exit 1; }; dpkg -x ./*.deb x
  cp x/usr/bin/promtool "$D/promtool" )
