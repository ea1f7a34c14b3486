#!/usr/bin/env bash
# package.sh [--version V] [--compression xz|gzip|none] DIRECTORY - builds migrate_V_amd64.deb into DIRECTORY and prints its path.
# The .NET runtime of this machine goes into the package, privately: Debian 12 has none to depend on, and what is installed is then what was tested.
set -euo pipefail
root=$(dirname "$(readlink -f "$0")")/..
version='' compression=xz out=''
while [ $# -gt 0 ]; do
  case $1 in
    --version) version=$2; shift 2 ;;
    --compression) compression=$2; shift 2 ;;
    -*) echo "package: unknown option $1" >&2; exit 2 ;;
    *) out=$1; shift ;;
  esac
done
[ -n "$out" ] || { echo "usage: package.sh [--version V] [--compression xz|gzip|none] DIRECTORY" >&2; exit 2; }
for program in dotnet dpkg-deb gzip; do
  command -v "$program" >/dev/null || { echo "package: $program is missing" >&2; exit 1; }
done
[ "$(dpkg --print-architecture)" = amd64 ] || { echo "package: it is built on amd64, for amd64" >&2; exit 1; }
out=$(realpath -m "$out")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

dotnet publish "$root/src/Api" -c Release -v q -nologo -o "$work/publish" >&2
version=${version:-$(dotnet msbuild "$root/src/Api" -getProperty:Version)}
case $version in
  [0-9]*) ;;
  *) echo "package: '$version' is no version of a Debian package" >&2; exit 1 ;;
esac

tree=$work/tree
lib=$tree/usr/lib/migrate
install -d -m 755 "$lib" "$tree/usr/bin" "$tree/usr/lib/migrate-target" "$tree/lib/systemd/system" "$tree/etc" "$tree/usr/share/doc/migrate" "$tree/usr/share/man/man1" "$tree/DEBIAN"
cp -r "$work/publish/." "$lib/"
# Of other platforms, for debuggers and for compilers: nothing of it runs here. The programs are started by scripts, which name the runtime.
rm -rf "$lib"/migrate "$lib"/migrate-target "$lib"/systemd "$lib"/*.pdb "$lib"/*.xml
find "$lib/runtimes" -mindepth 1 -maxdepth 1 ! -name linux-x64 ! -name unix ! -name linux -exec rm -rf {} + 2>/dev/null || true

# The runtime, exactly as the SDK that built this has it.
dotnet_root=$(dirname "$(readlink -f "$(command -v dotnet)")")
runtime=$lib/dotnet
release_of() { dotnet --list-runtimes | awk -v name="$1" '$1 == name && $2 ~ /^10\./ { print $2 }' | sort -V | tail -n 1; }
for framework in Microsoft.NETCore.App Microsoft.AspNetCore.App; do
  release=$(release_of "$framework")
  [ -n "$release" ] || { echo "package: no $framework 10 beside the SDK" >&2; exit 1; }
  install -d -m 755 "$runtime/shared/$framework"
  cp -r "$dotnet_root/shared/$framework/$release" "$runtime/shared/$framework/"
  find "$runtime/shared/$framework" -name '*.xml' -delete
done
install -d -m 755 "$runtime/host/fxr"
cp -r "$dotnet_root/host/fxr/$(release_of Microsoft.NETCore.App)" "$runtime/host/fxr/"
install -m 755 "$dotnet_root/dotnet" "$runtime/dotnet"
cp "$dotnet_root/LICENSE.txt" "$tree/usr/share/doc/migrate/dotnet-LICENSE.txt"
cp "$dotnet_root/ThirdPartyNotices.txt" "$tree/usr/share/doc/migrate/dotnet-ThirdPartyNotices.txt"

start() { # path, dll: a program's script
  printf '#!/bin/sh\nexec env DOTNET_ROOT=/usr/lib/migrate/dotnet DOTNET_CLI_TELEMETRY_OPTOUT=1 /usr/lib/migrate/dotnet/dotnet /usr/lib/migrate/%s "$@"\n' "$2" >"$1"
  chmod 755 "$1"
}
start "$tree/usr/bin/migrate" migrate.dll
start "$tree/usr/bin/migrate-target" migrate-target.dll
ln -s ../../bin/migrate-target "$tree/usr/lib/migrate-target/migrate-target"

cp "$root"/src/Api/systemd/*.service "$root"/src/Target/systemd/*.service "$tree/lib/systemd/system/"
install -d -m 755 "$tree/etc/migrate"
cp "$root/eng/package/migrate.json" "$tree/etc/migrate/"
cp "$root/eng/package/copyright" "$tree/usr/share/doc/migrate/copyright"
cp -r "$root"/docs/*.md "$tree/usr/share/doc/migrate/"
sed "s/@VERSION@/$version/" "$root/eng/package/migrate.1" | gzip -9n >"$tree/usr/share/man/man1/migrate.1.gz"

install -d -m 755 "$tree/usr/share/bash-completion/completions" "$tree/usr/share/zsh/vendor-completions"
dotnet "$work/publish/migrate.dll" completion bash >"$tree/usr/share/bash-completion/completions/migrate"
dotnet "$work/publish/migrate.dll" completion zsh >"$tree/usr/share/zsh/vendor-completions/_migrate"

size=$(du -sk --apparent-size "$tree" | cut -f1)
sed -e "s/@VERSION@/$version/" -e "s/@SIZE@/$size/" "$root/eng/package/control" >"$tree/DEBIAN/control"
echo /etc/migrate/migrate.json >"$tree/DEBIAN/conffiles"
for script in postinst prerm postrm; do
  install -m 755 "$root/eng/package/$script" "$tree/DEBIAN/$script"
done
find "$tree" -type d -exec chmod 755 {} +
find "$tree/usr" "$tree/etc" "$tree/lib" -type f ! -path '*/usr/bin/*' ! -name dotnet -exec chmod 644 {} +
(cd "$tree" && find usr lib -type f -print0 | sort -z | xargs -0 md5sum) >"$tree/DEBIAN/md5sums"

mkdir -p "$out"
package=$out/migrate_${version}_amd64.deb
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2>/dev/null || date +%s)} \
  dpkg-deb --root-owner-group -Z"$compression" --build "$tree" "$package" >&2
echo "$package"
