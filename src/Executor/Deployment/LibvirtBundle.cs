using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using Migrate.Executor.Destinations.Commands;
using Migrate.Executor.Runs;
using Migrate.Executor.Validation.Identity;
using Migrate.Planner.Inventory;

namespace Migrate.Executor.Deployment;

/// <summary>
/// One script with all that a host needs to have a domain: attaching its namespaces, now and after every start, and the domain itself with
/// the reasons for its settings. It needs bash, virsh and, for namespaces, nvme-cli; running it twice is the same as once.
/// </summary>
public static class LibvirtBundle
{
    public static string For(PlannedDomain domain)
    {
        var (request, design) = (domain.Request, domain.Design);
        var (libvirt, qemu) = Needs(XElement.Parse(design.Xml));
        var script = new StringBuilder();
        script.Append(Head(domain, libvirt, qemu));
        if (request.Disks.Any(d => d.IsBlockDevice))
        {
            script.Append(Attach(domain));
        }
        script.Append(
            CultureInfo.InvariantCulture,
            $$"""
            overridden=0
            for disk in "${disks[@]}"; do
              key=${disk%%=*}; path=${disk#*=}; name="DISK_$key"
              if [ -n "${!name:-}" ]; then xml=${xml//"'$path'"/"'${!name}'"}; xml=${xml//"\"$path\""/"\"${!name}\""}; path=${!name}; overridden=1; fi
              case $path in /dev/*) for _ in $(seq 30); do [ -e "$path" ] && break; sleep 1; done;; esac
              [ -e "$path" ] || fail "the disk $path is not there" "Copy or attach it first, or say where it is: DISK_$key=/dev/disk/by-id/... bash $0"
            done
            [ $overridden = 0 ] || echo "Disks are taken from the paths given by DISK_*."
            if existing=$(virsh -c "$uri" domuuid "$name_of_domain" 2>/dev/null) && [ "$existing" != "$uuid" ]; then
              fail "a domain '$name_of_domain' exists already ($existing)" "Rename or undefine it if it is not needed."
            fi
            file=$(mktemp); trap 'rm -f "$file"' EXIT
            printf '%s\n' "$xml" > "$file"
            virsh -c "$uri" define --validate "$file"
            if [ $start = yes ]; then virsh -c "$uri" start "$name_of_domain"; else echo "Not started: virsh -c $uri start '$name_of_domain'"; fi

            """);
        return script.ToString().ReplaceLineEndings("\n");
    }

    /// <summary>What a guest that is configured by names of interfaces has to be told, as comments.</summary>
    private static string GuestNames(Vm vm) => string.Concat(vm.Nics.Where(nic => NicNames.Kept(vm, nic) is not null).Select(nic =>
        $"# in the guest, if it configures {NicNames.Kept(vm, nic)} by name: {NicNames.LinkCommand(nic.MacAddress, NicNames.Kept(vm, nic)!)}\n"));

    private static string Head(PlannedDomain domain, Version libvirt, Version qemu)
    {
        var (request, design) = (domain.Request, domain.Design);
        var reasons = JsonSerializer.Serialize(design.Reasons, RunsJson.Default.IReadOnlyListSettingReason);
        var disks = string.Join(' ', request.Disks.Select(d => ShellQuote.Always($"{d.DiskKey}={d.Path}")));
        return $$"""
            #!/bin/bash
            # Domain {{ShellText.Comment(design.Name)}} for the KVM host {{ShellText.Comment(domain.HostName)}}, from the VM {{ShellText.Comment(request.Vm.Name)}} ({{request.Vm.Key}}).
            # usage: bash FILE [--start]     attaches the disks and defines the domain; --start also starts it
            #        bash FILE --xml         prints the domain
            #        bash FILE --reasons     prints why each setting is as it is, as JSON
            # environment: LIBVIRT_DEFAULT_URI (qemu:///system), DISK_<key> for a disk that is elsewhere, CONNECT_WITH (autoconnect, or stas for nvme-stas)
            {{GuestNames(request.Vm)}}set -euo pipefail
            fail() { echo "error: $1" >&2; echo "remedy: $2" >&2; exit 1; }
            uri=${LIBVIRT_DEFAULT_URI:-qemu:///system}
            name_of_domain={{ShellQuote.Always(design.Name)}}
            uuid={{design.Uuid:D}}
            disks=({{disks}})
            xml=$(cat <<'END_OF_DOMAIN'
            {{design.Xml}}
            END_OF_DOMAIN
            )
            start=no
            case ${1:-} in
            --start) start=yes;;
            --xml) printf '%s\n' "$xml"; exit;;
            --reasons) cat <<'END_OF_REASONS'
            {{reasons}}
            END_OF_REASONS
              exit;;
            '') ;;
            *) fail "unknown option $1" "See the first lines of $0.";;
            esac
            command -v virsh > /dev/null || fail "virsh is not installed" "apt-get install libvirt-clients, or dnf install libvirt-client."
            versions=$(virsh -c "$uri" version --daemon) || fail "libvirt does not answer at $uri" "Start libvirtd (or virtqemud), or set LIBVIRT_DEFAULT_URI."
            at_least() { [ "$(printf '%s\n%s\n' "$2" "$3" | sort -V | head -1)" = "$2" ] || fail "$1 $3 is too old: the domain needs $2" "Update the host, or have the bundle made for this host."; }
            at_least libvirt {{libvirt}} "$(sed -n 's/^Running against daemon: //p' <<< "$versions")"
            at_least QEMU {{qemu}} "$(sed -n 's/^Running hypervisor: QEMU //p' <<< "$versions")"

            """;
    }

    private static string Attach(PlannedDomain domain)
    {
        var cpus = domain.Request.Host.Cpus;
        var script = new StringBuilder();
        script.Append(
            """
            [ "$(id -u)" = 0 ] || fail "attaching disks needs root" "Run it with sudo."
            command -v nvme > /dev/null || fail "nvme-cli is not installed" "apt-get install nvme-cli, or dnf install nvme-cli."
            mkdir -p /etc/nvme
            [ -s /etc/nvme/hostnqn ] || nvme gen-hostnqn > /etc/nvme/hostnqn
            [ -s /etc/nvme/hostid ] || sed -n 's/.*uuid://p' /etc/nvme/hostnqn > /etc/nvme/hostid

            """);
        foreach (var file in NvmeHostFiles.Own)
        {
            script.Append("# ").Append(file.Why).Append("\nmkdir -p ").Append(Path.GetDirectoryName(file.Path)).Append('\n').Append(ShellText.WriteFile(file.Path, file.Content));
        }
        script.Append(
            CultureInfo.InvariantCulture,
            $$"""
            if [ "${CONNECT_WITH:-autoconnect}" = stas ]; then
              line={{ShellQuote.Always(NvmeHostFiles.StasLine(domain.Place))}}
              mkdir -p /etc/stas
              [ -e /etc/stas/stafd.conf ] || printf '%s\n' '[Global]' 'zeroconf=disabled' '' '[Controllers]' "$line" > /etc/stas/stafd.conf
              grep -qxF -- "$line" /etc/stas/stafd.conf || fail "/etc/stas/stafd.conf does not name the target" "Add to its section [Controllers]: $line"
              systemctl daemon-reload
              systemctl enable --now stafd.service stacd.service
            else
              # What is in discovery.conf is connected at every start; 'nvme connect' alone is forgotten then. nvme-cli 3 converts it: nvme config convert.
              line={{ShellQuote.Always(NvmeHostFiles.DiscoveryLine(domain.Place, cpus))}}
              grep -qxF -- "$line" /etc/nvme/discovery.conf 2> /dev/null || printf '%s\n' "$line" >> /etc/nvme/discovery.conf
              systemctl daemon-reload
              systemctl enable nvmf-autoconnect.service
            fi
            modprobe nvme-tcp
            missing=no
            for disk in "${disks[@]}"; do [ -e "${disk#*=}" ] || missing=yes; done
            if [ $missing = yes ]; then
              {{NvmeHostFiles.Connect(domain.Place, cpus)}} \
                || fail "the target does not let this host in" "Let $(cat /etc/nvme/hostnqn) in at the target, and see that its port is open."
              udevadm settle
            fi
            # Paths are the kernel's matter (nvme_core.multipath=Y, its default): device-mapper multipath does not support NVMe/TCP.
            [ "$(cat /sys/module/nvme_core/parameters/multipath 2> /dev/null || echo Y)" = Y ] || echo "warning: the kernel's NVMe multipath is off; several paths to the target would be several disks" >&2
            # The guest's volume groups are not the host's: one that LVM activates here can be damaged from both sides.
            if command -v lvmconfig > /dev/null && ! lvmconfig --typeconfig full devices/global_filter 2> /dev/null | grep -q nvme && [ ! -e /etc/lvm/devices/system.devices ]; then
              echo 'warning: LVM of this host may activate the guest'"'"'s volume groups; in /etc/lvm/lvm.conf: devices { global_filter = [ "r|/dev/disk/by-id/nvme-uuid.*|" ] }' >&2
            fi

            """);
        return script.ToString();
    }

    /// <summary>What the domain's settings need at least.</summary>
    private static (Version Libvirt, Version Qemu) Needs(XElement domain)
    {
        var mapped = domain.Descendants("driver").Elements("iothreads").Select(m => m.Parent!.Parent!.Name.LocalName).ToHashSet();
        return mapped.Contains("controller") ? (new Version(11, 2), new Version(10, 0))
            : mapped.Contains("disk") ? (new Version(10, 0), new Version(9, 0))
            : domain.Element("iothreadids") is not null ? (new Version(9, 4), new Version(5, 0))
            : domain.Descendants("firmware").Any(f => f.HasElements) ? (new Version(8, 6), new Version(5, 0))
            : (new Version(7, 3), new Version(5, 0));
    }
}
