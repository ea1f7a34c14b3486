#!/usr/bin/env bash
# demo.sh [--keep] [--dir DIR] - the main job on embedded defaults: two VMs move from a simulated vCenter to this machine's
# libvirt, through the product's own NVMe/TCP target, and the reports say what was proven.
#   --keep     leave the migrated domains, the simulator and the server running
#   --dir DIR  where to work (default: artifacts/demo, or /var/tmp/migrate-demo where QEMU cannot reach that)
# Needs root and the .NET SDK 10; installs the Debian packages that it lacks and says which.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
keep=0 dir= chosen=0
while [ $# -gt 0 ]; do
  case $1 in
    --keep) keep=1 ;;
    --dir) dir=${2:?a directory} chosen=1; shift ;;
    *) sed -n '2,6p' "$0" >&2; exit 2 ;;
  esac
  shift
done
export MIGRATE_ARTIFACTS=${MIGRATE_ARTIFACTS:-$PWD/artifacts} DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
dir=$(realpath -m "${dir:-$MIGRATE_ARTIFACTS/demo}")
domains=(demo-web demo-db)
libvirt=qemu:///system
began=$SECONDS
pids=()

say() { printf '\n== %s  [%d s]\n' "$*" $((SECONDS - began)); }
fail() { echo "demo: $*" >&2; exit 1; }
drop_domains() {
  for domain in "${domains[@]}"; do
    virsh -c $libvirt destroy "$domain" >/dev/null 2>&1 || true
    virsh -c $libvirt undefine "$domain" --nvram >/dev/null 2>&1 || true
  done
}
clean_up() {
  local status=$?
  if [ $status -ne 0 ]; then
    for log in "$dir"/*.log; do [ -s "$log" ] && { echo "--- end of $log"; tail -n 15 "$log"; }; done >&2
  elif [ $keep = 1 ]; then
    echo "Left running: ${domains[*]} in libvirt, pids ${pids[*]} (simulator, server)."
    echo "Pages: $(cat "$dir/data/server.url")/ - log in with the token in $dir/data/admin.token, without a name."
    return
  fi
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  if command -v virsh >/dev/null; then drop_domains; fi
}
trap clean_up EXIT
wait_for() { # file, pid, what
  for _ in $(seq 600); do
    [ -s "$1" ] && return
    kill -0 "$2" 2>/dev/null || fail "the $3 ended before it was ready"
    sleep 0.2
  done
  fail "the $3 was not ready within two minutes"
}
run() { printf '$ migrate %s\n' "${*/#$dir/DIR}"; migrate "$@"; }

say "set-up"
bash eng/setup.sh demo
if ! virsh -c $libvirt version >/dev/null 2>&1; then
  if [ -d /run/systemd/system ]; then
    systemctl start libvirtd
  else
    # No init system: the daemons start by themselves just as well; one that runs already says so and goes.
    virtlogd -d 2>/dev/null || true
    libvirtd -d 2>/dev/null || true
  fi
  for _ in $(seq 50); do virsh -c $libvirt version >/dev/null 2>&1 && break; sleep 0.2; done
fi
virsh -c $libvirt version >/dev/null || fail "libvirt does not answer at $libvirt"
drop_domains
rm -rf "$dir"
mkdir -p "$dir"/{estate,reports}
if ! setpriv --reuid=libvirt-qemu --clear-groups --regid=libvirt-qemu test -x "$dir"; then
  [ $chosen = 0 ] || fail "QEMU's user cannot reach $dir (a directory above is closed to others): choose another --dir"
  echo "QEMU's user cannot reach $dir, as under /root: working in /var/tmp/migrate-demo instead."
  rm -rf "$dir"
  dir=/var/tmp/migrate-demo
  rm -rf "$dir"
  mkdir -p "$dir"/{estate,reports}
fi

say "build"
for project in src/Api tests/Simulator; do
  dotnet build "$project" -c Release -v q -nologo >"$dir/build.log" 2>&1 || fail "the build of $project failed"
done
migrate() { dotnet src/Api/bin/Release/net10.0/migrate.dll "$@"; }

say "two bootable guests from Debian's packages"
eng/guest/kernel.sh "$MIGRATE_ARTIFACTS/kernel" >"$dir/kernel.log"
eng/guest/disk.sh "$dir/estate/web.raw" "$MIGRATE_ARTIFACTS/kernel" --hostname demo-web >"$dir/disk.log"
eng/guest/disk.sh "$dir/estate/db.raw" "$MIGRATE_ARTIFACTS/kernel" --hostname demo-db >>"$dir/disk.log"
# A second disk without a file system, half of it zero: what a database's volume looks like to a copy.
truncate -s 128M "$dir/estate/db-data.raw"
dd if=/dev/urandom of="$dir/estate/db-data.raw" bs=1M count=64 conv=notrunc status=none
web_hash=$(cat "$dir/estate/web.raw.sha256") db_hash=$(cat "$dir/estate/db.raw.sha256")
cat >"$dir/estate/estate.json" <<JSON
{
  "name": "vcenter.demo",
  "clusters": [{ "name": "Cluster01", "vsan": true }],
  "hosts": [{ "name": "esx01.demo", "cluster": "Cluster01" }, { "name": "esx02.demo", "cluster": "Cluster01" }],
  "datastores": [
    { "name": "iser-vmfs", "type": "VMFS", "lun": { "vendor": "QNAP", "adapter": "iser", "paths": 2 } },
    { "name": "vsanDatastore", "type": "vsan" }
  ],
  "networks": [{ "name": "VM Network" }],
  "vms": [
    { "name": "demo-web", "folder": "Demo", "datastore": "iser-vmfs", "cpus": 2, "memory": "512 MiB",
      "disks": [{ "file": "web.raw" }], "nics": [{ "network": "VM Network" }] },
    { "name": "demo-db", "folder": "Demo", "datastore": "vsanDatastore", "cpus": 2, "memory": "512 MiB",
      "disks": [{ "file": "db.raw" }, { "file": "db-data.raw" }], "nics": [{ "network": "VM Network" }] },
    { "name": "demo-cluster-node", "folder": "Demo", "datastore": "iser-vmfs",
      "disks": [{ "capacity": "1 GiB", "backing": "rdmPhysical" }], "nics": [{ "network": "VM Network" }] }
  ]
}
JSON

say "a simulated vCenter, and the server"

(umask 077 && head -c 18 /dev/urandom | base64 >"$dir/vcenter.password")
dotnet tests/Simulator/bin/Release/net10.0/migrate-simulator.dll serve --estate "$dir/estate/estate.json" \
  --password-file "$dir/vcenter.password" --url-file "$dir/vcenter.url" --thumbprint-file "$dir/vcenter.thumbprint" \
  >"$dir/simulator.log" 2>&1 &
pids+=($!)
wait_for "$dir/vcenter.thumbprint" $! simulator
export MIGRATE_DATA=$dir/data
dotnet src/Api/bin/Release/net10.0/migrate.dll serve --urls http://127.0.0.1:0 --target-port 0 >"$dir/server.log" 2>&1 &
pids+=($!)
wait_for "$dir/data/server.url" $! server

say "1. source and inventory"
run source add vcenter --url "$(cat "$dir/vcenter.url")" --user administrator@vsphere.local \
  --password-file "$dir/vcenter.password" --thumbprint "$(cat "$dir/vcenter.thumbprint")"
run inventory sync vcenter
run inventory show demo-web

say "2. host and plan"
run host add here --uri $libvirt --probe-kernel "$(ls "$MIGRATE_ARTIFACTS"/kernel/boot/vmlinuz-* | head -n 1)"
run plan create demo --source vcenter --host here --vm demo-web --vm demo-db --shut-down-source --agent-wait 0 \
  --network "VM Network=user" \
  --expect-console "demo-web=MIGRATE-GUEST-UP demo-web payload-sha256=$web_hash" \
  --expect-console "demo-db=MIGRATE-GUEST-UP demo-db payload-sha256=$db_hash"
run report readiness demo --out "$dir/reports/readiness.html"
run plan create blocked --source vcenter --host here --vm demo-cluster-node --shut-down-source --network "VM Network=user"
status=0
run wave start blocked --wave 1 || status=$?
[ $status = 3 ] || fail "a wave with a Critical concern was not refused (exit code $status, expected 3)"
echo "Refused with exit code 3, as it should be."

say "3. to 5. copy, verify, cut over, validate"
run wave start demo --wave 1 --wait

say "what happened"
run run list
for domain in "${domains[@]}"; do virsh -c $libvirt domstate "$domain" | sed "s/^/libvirt says of $domain: /;/: $/d"; done
for format in html json csv; do
  run report wave demo --wave 1 --out "$dir/reports/wave1.$format"
  run report validation demo --wave 1 --out "$dir/reports/validation1.$format"
done
for vm in demo-web demo-db; do run report handover "$vm" --out "$dir/reports/$vm.html"; done
run report export demo --html "$dir/reports/demo.html" --json "$dir/reports/demo.json"
say "done"
echo "Reports: $dir/reports (all: demo.html; before: readiness.html; after: wave1.html, validation1.html, demo-web.html, demo-db.html)"
