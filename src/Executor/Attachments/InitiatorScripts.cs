using Migrate.Executor.Destinations.Commands;

namespace Migrate.Executor.Attachments;

/// <summary>
/// What the kernel's initiator of a KVM host is told, as shell scripts. Each can be run again at any time and then does what is still to be done. They
/// answer in lines of a word and what belongs to it; "problem CODE words" is a failure that has a name here.
/// </summary>
internal static class InitiatorScripts
{
    /// <summary>Before each of the scripts. R is a directory in place of the root, for tests.</summary>
    private const string Common = """
        PATH=${R:+$R/bin:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C; export PATH LC_ALL
        problem() { printf 'problem %s %s\n' "$1" "$(printf '%s' "$2" | tr '\n' ' ')"; exit 0; }
        # Controllers of a subsystem that are connected as this host; a kernel that does not tell as whom has one name only.
        controllers() {
          for c in "$R"/sys/class/nvme/nvme*; do
            [ -r "$c/address" ] && [ "$(cat "$c/subsysnqn")" = "$nqn" ] || continue
            [ ! -r "$c/hostnqn" ] || [ "$(cat "$c/hostnqn")" = "$hostnqn" ] || continue
            printf '%s\n' "${c##*/}"
          done
        }
        # Who has a namespace or a partition of it: programs, mounts, and what the kernel put on top (LVM, RAID).
        users() {
          for p in $(find "$R"/proc/[0-9]*/fd \( -lname "/dev/$1" -o -lname "/dev/$1p[0-9]*" \) 2>/dev/null | sed "s|^$R/proc/||; s|/.*||" | sort -u); do
            printf '%s (%s), ' "$(cat "$R/proc/$p/comm" 2>/dev/null)" "$p"
          done
          awk -v d="/dev/$1" '$1 == d || (index($1, d "p") == 1) { printf "mount %s, ", $2 }' "$R/proc/mounts" 2>/dev/null
          for h in "$R/sys/class/block/$1"/holders/* "$R/sys/class/block/$1/$1"p*/holders/*; do [ ! -e "$h" ] || printf '%s, ' "${h##*/}"; done
        }
        # Whoever still has it after so many seconds: a program that ends, and udev, which looks at what it has written, need a moment.
        lasting() {
          t=0
          while w=$(users "$1"); [ -n "$w" ] && [ $t -lt "$2" ]; do sleep 1; t=$((t + 1)); done
          printf '%s' "${w%, }"
        }
        """;

    /// <summary>Loads the initiator and says who the host is to targets. A host without a name gets one, which it keeps.</summary>
    public const string Identify = """
        [ "$(id -u)" = 0 ] || problem host.not-root "the login is $(id -un)"
        command -v nvme >/dev/null || problem host.nvme-cli "there is no nvme"
        said=$(modprobe nvme-tcp 2>&1) || [ -d "$R/sys/module/nvme_tcp" ] || problem host.nvme-tcp "$said"
        d=$R/etc/nvme
        keep() { mkdir -p "$d" && printf '%s\n' "$2" > "$d/$1.migrate" && mv "$d/$1.migrate" "$d/$1"; }
        # Not nvme gen-hostnqn: it takes the mainboard's UUID, which some boards and virtual machines have not, and others have all the same.
        [ -s "$d/hostnqn" ] || keep hostnqn "nqn.2014-08.org.nvmexpress:uuid:$(cat /proc/sys/kernel/random/uuid)" || exit 1
        hostnqn=$(head -n 1 "$d/hostnqn" | tr -d ' \t\r')
        case $hostnqn in *:uuid:*) own=${hostnqn##*:uuid:};; *) own=$(cat /proc/sys/kernel/random/uuid);; esac
        [ -s "$d/hostid" ] || keep hostid "$own" || exit 1
        printf 'hostnqn %s\nhostid %s\n' "$hostnqn" "$(head -n 1 "$d/hostid" | tr -d ' \t\r')"
        """;

    /// <summary>Arguments: first | all, the subsystem, the host's NQN and id, seconds for each, options of nvme connect as one word, then ADDRESS PORT …</summary>
    public const string Connect = """
        want=$1 nqn=$2 hostnqn=$3 hostid=$4 seconds=$5 options=$6; shift 6
        at() {
          for n in $(controllers); do
            case ",$(tr -d ' ' < "$R/sys/class/nvme/$n/address")," in *",traddr=$1,"*) ;; *) continue;; esac
            case ",$(tr -d ' ' < "$R/sys/class/nvme/$n/address")," in *",trsvcid=$2,"*) printf '%s' "$n"; return 0;; esac
          done
          return 1
        }
        while [ $# -gt 1 ]; do
          address=$1 port=$2 said=; shift 2
          at "$address" "$port" >/dev/null || said=$(timeout "$seconds" nvme connect --transport=tcp --traddr="$address" --trsvcid="$port" --nqn="$nqn" --hostnqn="$hostnqn" --hostid="$hostid" $options 2>&1)
          i=0
          while c=$(at "$address" "$port") && [ "$(cat "$R/sys/class/nvme/$c/state")" != live ] && [ $i -lt $((seconds * 5)) ]; do sleep 0.2; i=$((i + 1)); done
          if [ -n "$c" ] && [ "$(cat "$R/sys/class/nvme/$c/state")" = live ]; then
            printf 'live %s %s %s\n' "$c" "$address" "$port"
            [ "$want" = all ] || break
          else
            [ -z "$c" ] || said="its controller $c is $(cat "$R/sys/class/nvme/$c/state")"
            printf 'failed %s %s %s\n' "$address" "$port" "$(printf '%s' "${said:-it said nothing}" | tr '\n' ' ')"
          fi
        done
        """;

    /// <summary>Arguments: the subsystem, the host's NQN, seconds, then UUIDs of namespaces: waits until each is a device of the name that domains use.</summary>
    public const string Await = """
        nqn=$1 hostnqn=$2 seconds=$3; shift 3
        for uuid; do
          link=$R/dev/disk/by-id/nvme-uuid.$uuid i=0
          while [ ! -e "$link" ] && [ $i -lt $((seconds * 5)) ]; do
            # The kernel may have missed that there is something new, and udev what the kernel has found.
            case $i in 15) for c in $(controllers); do nvme ns-rescan "/dev/$c" >/dev/null 2>&1; done;; 30) udevadm trigger --action=add --subsystem-match=block >/dev/null 2>&1;; esac
            sleep 0.2; i=$((i + 1))
          done
          if [ -e "$link" ]; then
            device=$(readlink -f "$link"); device=${device##*/}
            printf 'device %s %s %s\n' "$uuid" "$device" "$(($(cat "$R/sys/class/block/$device/size") * 512))"
          else
            seen=$(grep -slx "$uuid" "$R"/sys/class/block/nvme*/uuid | head -n 1)
            printf 'missing %s %s\n' "$uuid" "${seen:-the kernel has no namespace with it}"
          fi
        done
        """;

    /// <summary>Arguments: the device, seconds for each, then numbers of extents (1 MiB): hashes what the kernel reads of them, past its cache.</summary>
    public const string Sample = """
        device=$1 seconds=$2 errors=$(mktemp) || exit 1; shift 2; trap 'rm -f "$errors"' EXIT
        for extent; do
          hash=$({ timeout "$seconds" dd if="$device" bs=1048576 skip="$extent" count=1 iflag=direct status=none 2>"$errors" || printf 'dd ended with %s' $? >>"$errors"; } | sha256sum)
          if [ -s "$errors" ]; then printf 'failed %s %s\n' "$extent" "$(tr '\n' ' ' <"$errors")"; exit 0; fi
          printf 'extent %s %s\n' "$extent" "${hash%% *}"
        done
        """;

    /// <summary>Arguments: seconds, then UUIDs of namespaces: who uses their devices, and goes on with that.</summary>
    public const string Users = """
        seconds=$1; shift
        for uuid; do
          for u in $(grep -slx "$uuid" "$R"/sys/class/block/nvme*/uuid); do
            device=${u%/uuid} device=${device##*/}; who=$(lasting "$device" "$seconds")
            [ -z "$who" ] || printf 'busy %s %s %s\n' "$uuid" "$device" "$who"
          done
        done
        """;

    /// <summary>Arguments: the subsystem, the host's NQN, seconds: ends its controllers, unless something uses a namespace that they lead to.</summary>
    public const string Disconnect = """
        nqn=$1 hostnqn=$2 seconds=$3
        for c in $(controllers); do
          for s in "$R"/sys/class/nvme-subsystem/*; do
            [ -e "$s/$c" ] || continue
            for d in "$s"/nvme*n*; do who=$(lasting "${d##*/}" "$seconds"); [ -z "$who" ] || { printf 'kept %s %s\n' "${d##*/}" "$who"; exit 0; }; done
          done
        done
        for c in $(controllers); do
          said=$(timeout "$seconds" nvme disconnect --device="$c" 2>&1)
          i=0; while [ -e "$R/sys/class/nvme/$c" ] && [ $i -lt $((seconds * 5)) ]; do sleep 0.2; i=$((i + 1)); done
          if [ -e "$R/sys/class/nvme/$c" ]; then printf 'stays %s %s\n' "$c" "$(printf '%s' "$said" | tr '\n' ' ')"; else printf 'gone %s\n' "$c"; fi
        done
        """;

    /// <summary>Arguments: names of bridges; says which the kernel does not have.</summary>
    public const string Bridges = """
        for b; do [ -d "$R/sys/class/net/$b/bridge" ] || printf 'missing %s\n' "$b"; done
        """;

    /// <param name="script">One of those above.</param>
    /// <param name="root">A directory in place of the root.</param>
    public static string Text(string script, string root = "") => $"R={ShellQuote.Quote(root)}\n{Common}\n{script}\n";
}
