using System.Text;
using Migrate.Executor.Destinations.Commands;

namespace Migrate.Executor.Destinations.Reading;

/// <summary>
/// All questions to a host's kernel and programs in one shell script, so that a host by SSH is logged in to once. Each question has its
/// own time limit; what fails is a gap of that fact alone. The script only reads.
/// </summary>
internal static class HostScript
{
    public const string Kernel = "kernel";
    public const string Processor = "processor";
    public const string Memory = "memory";
    public const string Distribution = "distribution";
    public const string IoUring = "io_uring";
    public const string Nested = "nested virtualisation";
    public const string Luns = "LUNs";
    public const string Nics = "network interfaces";
    public const string Addresses = "addresses";
    public const string Routes = "default routes";
    public const string Blocks = "block devices";
    public const string Mounts = "file systems";
    public const string Software = "software";
    public const string VirtioWin = "virtio-win";
    public const string Firmware = "firmware";
    public const string Clock = "time synchronisation";
    public const string Tuning = "tuning";
    public const string Exports = "exports";

    /// <summary>For one question; a device or mount that hangs shall not take the others with it.</summary>
    private const int SecondsEach = 20;

    private static readonly (string Name, string Shell)[] Questions =
    [
        (Kernel, "uname -r"),
        (Processor, "grep -m1 '^model name' /proc/cpuinfo; grep -m1 '^flags' /proc/cpuinfo"),
        (Memory, "grep '^MemAvailable:' /proc/meminfo"),
        (Distribution, "cat /etc/os-release"),
        (IoUring,
            """
            if [ -e /proc/sys/kernel/io_uring_disabled ]; then echo "disabled $(cat /proc/sys/kernel/io_uring_disabled)"; else echo "disabled absent"; fi
            if grep -q ' T .*sys_io_uring_setup$' /proc/kallsyms; then echo "call present"; else echo "call missing"; fi
            """),
        (Nested, "for m in kvm_intel kvm_amd; do [ ! -r /sys/module/$m/parameters/nested ] || cat /sys/module/$m/parameters/nested; done"),
        (Luns, "cat /sys/class/block/*/device/wwid /sys/class/block/*/wwid 2>/dev/null; true"),
        (Nics,
            """
            cd /sys/class/net || exit 1
            for n in *; do
              [ -d "$n" ] || continue
              echo "nic $n"
              for f in mtu operstate speed duplex; do v=$(cat "$n/$f" 2>/dev/null) && echo "$f $v"; done
              [ ! -e "$n/device" ] || echo "driver $(basename "$(readlink -f "$n/device/driver")")"
              [ ! -r "$n/device/numa_node" ] || echo "numa $(cat "$n/device/numa_node")"
              [ ! -d "$n/bonding" ] || echo "kind bond"
              [ ! -d "$n/bridge" ] || echo "kind bridge"
              [ ! -e "/proc/net/vlan/$n" ] || echo "kind vlan"
              [ ! -e "$n/master" ] || echo "master $(basename "$(readlink "$n/master")")"
              for f in rx_packets rx_errors rx_dropped rx_crc_errors tx_packets tx_errors tx_dropped; do echo "$f $(cat "$n/statistics/$f")"; done
            done
            """),
        (Addresses, "ip -o addr show"),
        (Routes, "ip -o route show default; ip -o -6 route show default"),
        (Blocks,
            """
            c=NAME,PATH,TYPE,SIZE,ROTA,DISC-MAX,FSTYPE,SCHED,TRAN,SERIAL,WWN,PKNAME
            lsblk -J -b -l -o "$c,MOUNTPOINTS" 2>/dev/null || lsblk -J -b -l -o "$c,MOUNTPOINT"
            """),
        (Mounts, "findmnt -J -b -l -o TARGET,SOURCE,FSTYPE,OPTIONS,SIZE,AVAIL"),
        (Software,
            """
            echo "uid $(id -u)"
            k=/lib/modules/$(uname -r)
            if [ -d /sys/module/nvme_tcp ]; then echo "nvme-tcp loaded"
            elif grep -qs 'nvme-tcp\.ko' "$k/modules.builtin"; then echo "nvme-tcp built-in"
            elif modinfo -n nvme_tcp >/dev/null 2>&1; then echo "nvme-tcp available"
            else echo "nvme-tcp missing"; fi
            [ ! -r /sys/module/nvme_core/parameters/multipath ] || echo "multipath $(cat /sys/module/nvme_core/parameters/multipath)"
            echo "nvme-cli $(nvme version 2>/dev/null | head -n 1)"
            echo "autoconnect $(systemctl is-enabled nvmf-autoconnect.service 2>/dev/null)"
            echo "virt-v2v $(virt-v2v --version 2>/dev/null | head -n 1)"
            echo "in-place $(command -v virt-v2v-in-place || ls /usr/libexec/virt-v2v-in-place 2>/dev/null)"
            echo "swtpm $(swtpm --version 2>/dev/null | head -n 1)"
            """),
        (VirtioWin,
            """
            for p in "${VIRTIO_WIN:-/nonexistent}" /usr/share/virtio-win /usr/local/share/virtio-win; do
              if [ -f "$p" ]; then isos=$p; elif [ -d "$p" ]; then isos=$(ls "$p"/*.iso 2>/dev/null); else continue; fi
              if [ -d "$p" ] && [ -n "$(find -L "$p" -maxdepth 6 -name '*.inf' | head -n 1)" ]; then echo "place $p"; find -L "$p" -maxdepth 6 -name '*.inf'; exit 0; fi
              for i in $isos; do
                echo "place $i"
                if command -v bsdtar >/dev/null; then bsdtar -tf "$i" | grep -i '\.inf$'; exit 0; fi
                if command -v isoinfo >/dev/null; then isoinfo -J -f -i "$i" | grep -i '\.inf$'; exit 0; fi
                echo "nothing here lists an ISO: install libarchive-tools or genisoimage"; exit 9
              done
            done
            echo none
            """),
        (Firmware, "for f in /etc/qemu/firmware/*.json /usr/share/qemu/firmware/*.json; do [ ! -r \"$f\" ] || { echo \"@file $f\"; cat \"$f\"; echo; }; done"),
        (Clock,
            """
            if v=$(timedatectl show -p NTPSynchronized --value 2>/dev/null) && [ -n "$v" ]; then echo "timedatectl $v"
            elif v=$(chronyc -n tracking 2>/dev/null | sed -n 's/^Leap status *: *//p') && [ -n "$v" ]; then echo "chronyc $v"
            else echo "neither timedatectl nor chronyc answers"; exit 1; fi
            """),
        (Tuning,
            """
            c=/sys/devices/system/cpu
            [ ! -r $c/cpu0/cpufreq/scaling_governor ] || echo "governor $(cat $c/cpu0/cpufreq/scaling_governor)"
            [ ! -r /sys/kernel/mm/transparent_hugepage/enabled ] || echo "thp $(cat /sys/kernel/mm/transparent_hugepage/enabled)"
            echo "isolated $(cat $c/isolated 2>/dev/null)"
            echo "load $(cut -d' ' -f1 /proc/loadavg)"
            if command -v lvmconfig >/dev/null; then
              echo "lvm-filter $(lvmconfig --typeconfig current devices/global_filter 2>/dev/null | tr '\n' ' ')"
              echo "lvm-devices-file $(lvmconfig --typeconfig full devices/use_devicesfile 2>/dev/null)"
            fi
            """),
        (Exports,
            """
            for u in /sys/kernel/config/target/core/*/*/udev_path; do [ ! -r "$u" ] || printf 'lio\t%s\t%s\n' "$(basename "$(dirname "$u")")" "$(cat "$u")"; done
            for u in /sys/kernel/config/nvmet/subsystems/*/namespaces/*/device_path; do [ ! -r "$u" ] || printf 'nvmet\t%s\t%s\n' "$(basename "$(dirname "$(dirname "$(dirname "$u")")")")" "$(cat "$u")"; done
            for u in /sys/kernel/scst_tgt/handlers/*/*/filename; do [ ! -r "$u" ] || printf 'scst\t%s\t%s\n' "$(basename "$(dirname "$u")")" "$(head -n 1 "$u")"; done
            if command -v tgtadm >/dev/null; then
              tgtadm --lld iscsi --mode target --op show 2>/dev/null | awk '/^Target/ {t=$3} /Backing store path:/ && !/None$/ {sub(/.*Backing store path: */, ""); printf "tgt\t%s\t%s\n", t, $0}'
            fi
            """),
    ];

    /// <summary>The whole script; <paramref name="mark"/> is a word that no answer contains.</summary>
    public static string Text(string mark)
    {
        var script = new StringBuilder()
            .Append("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C; export PATH LC_ALL\n")
            .Append($"q() {{ printf '\\n@@{mark} ? %s\\n' \"$1\"; timeout {SecondsEach} sh -c \"$2\" 2>&1 </dev/null; printf '\\n@@{mark} = %s\\n' $?; }}\n");
        foreach (var (name, shell) in Questions)
        {
            script.Append("q ").Append(ShellQuote.Quote(name)).Append(' ').Append(ShellQuote.Quote(shell)).Append('\n');
        }

        return script.ToString();
    }

    /// <summary>Asks everything at once.</summary>
    public static async Task<HostAnswers> AskAsync(IHostCommands commands, CancellationToken cancellationToken)
    {
        var mark = Guid.NewGuid().ToString("N");
        var result = await commands.RunAsync(new HostCommand("sh", "-s") { Input = Text(mark), Limit = TimeSpan.FromMinutes(3) }, cancellationToken);
        return HostAnswers.Parse(result.Output, mark);
    }
}
