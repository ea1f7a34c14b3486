using System.Globalization;
using System.Text;
using System.Xml.Linq;
using Migrate.Executor.Destinations.Commands;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Deployment;

/// <summary>
/// The same VM for Proxmox VE, as a script of qm: settings are those of the domain where qm has them. It must run as root on a node: qm takes
/// paths of devices, CPU affinity and huge pages from nobody else, not even from root's API tokens.
/// </summary>
public static class ProxmoxScript
{
    private const int MostScsi = 31;
    private const int MostVirtio = 16;

    public static string For(PlannedDomain domain)
    {
        var (vm, xml) = (domain.Request.Vm, XElement.Parse(domain.Design.Xml));
        var options = Options(domain, xml).ToList();
        var script = new StringBuilder(
            $$"""
            #!/bin/bash
            # VM {{ShellText.Comment(vm.Name)}} ({{vm.Key}}) for Proxmox VE 8.1 or later. Run it as root on a node that has the disks attached.
            # usage: VMID=100 STORAGE=local-lvm bash FILE        STORAGE holds the UEFI variables and the TPM's state
            set -euo pipefail
            fail() { echo "error: $1" >&2; echo "remedy: $2" >&2; exit 1; }
            [ "$(id -u)" = 0 ] || fail "qm takes devices from root only" "Run it as root on the node itself."
            command -v qm > /dev/null || fail "qm is not here" "Run it on a node of Proxmox VE."
            VMID=${VMID:-$(pvesh get /cluster/nextid)}
            STORAGE=${STORAGE:-local-lvm}

            """);
        foreach (var disk in domain.Request.Disks)
        {
            script.Append(CultureInfo.InvariantCulture, $"DISK_{disk.DiskKey}=${{DISK_{disk.DiskKey}:-{ShellQuote.Always(disk.Path)}}}\n[ -e \"$DISK_{disk.DiskKey}\" ] || fail \"the disk $DISK_{disk.DiskKey} is not there\" \"Attach it first, or set DISK_{disk.DiskKey}.\"\n");
        }
        foreach (var note in Notes(domain, xml))
        {
            script.Append("# not the same here: ").Append(ShellText.Comment(note)).Append('\n');
        }
        script.Append("qm create \"$VMID\"");
        foreach (var (key, value) in options)
        {
            script.Append(" \\\n  --").Append(key).Append(' ').Append(value);
        }
        script.Append("\necho \"Not started: qm start $VMID\"\n");
        return script.ToString().ReplaceLineEndings("\n");
    }

    /// <summary>Values are words for the shell.</summary>
    private static IEnumerable<(string Key, string Value)> Options(PlannedDomain domain, XElement xml)
    {
        var (vm, design) = (domain.Request.Vm, domain.Design);
        var topology = xml.Element("cpu")!.Element("topology")!;
        yield return ("name", ShellQuote.Always(HostName(design.Name)));
        yield return ("ostype", OsType(vm.GuestId));
        yield return ("machine", "q35");
        yield return ("bios", vm.Firmware == "efi" ? "ovmf" : "seabios");
        if (vm.Firmware == "efi")
        {
            yield return ("efidisk0", $"\"$STORAGE:1,efitype=4m,pre-enrolled-keys={(vm.SecureBoot ? 1 : 0)}\"");
        }
        if (xml.Element("devices")!.Element("tpm") is not null)
        {
            yield return ("tpmstate0", "\"$STORAGE:1,version=v2.0\"");
        }
        yield return ("cpu", Cpu(domain));
        yield return ("sockets", (string)topology.Attribute("sockets")!);
        yield return ("cores", (string)topology.Attribute("cores")!);
        yield return ("numa", "1");
        yield return ("memory", (vm.MemoryBytes >> 20).ToString(CultureInfo.InvariantCulture));
        if ((string?)xml.Element("devices")!.Element("memballoon")?.Attribute("model") == "none")
        {
            yield return ("balloon", "0");
        }
        if (xml.Element("memoryBacking")?.Element("hugepages")?.Element("page") is { } page)
        {
            yield return ("hugepages", (string?)page.Attribute("unit") == "GiB" ? "1024" : "2");
        }
        if (xml.Element("cputune") is { } tune)
        {
            // qm pins the VM as a whole: its CPUs together.
            yield return ("affinity", string.Join(',', tune.Elements().Select(e => (int)e.Attribute("cpuset")!).Distinct().Order()));
        }
        yield return ("scsihw", "virtio-scsi-single");
        foreach (var (key, value) in Disks(domain, xml))
        {
            yield return (key, value);
        }
        foreach (var (nic, n) in xml.Element("devices")!.Elements("interface").Select((nic, n) => (nic, n)))
        {
            yield return ($"net{n}", Net(nic));
        }
        yield return ("boot", ShellQuote.Always("order=" + string.Join(';', xml.Descendants("disk").OrderBy(d => (int)d.Element("boot")!.Attribute("order")!).Select(d => SlotOf(xml, d)))));
        yield return ("agent", "enabled=1");
        yield return ("rng0", "source=/dev/urandom");
        yield return ("serial0", "socket");
        yield return ("vga", "std");
        yield return ("watchdog", "model=i6300esb,action=reset");
        yield return ("smbios1", Smbios(domain, xml));
        yield return ("onboot", "0");
    }

    private static IEnumerable<(string Key, string Value)> Disks(PlannedDomain domain, XElement xml)
    {
        foreach (var disk in xml.Descendants("disk"))
        {
            var driver = disk.Element("driver")!;
            var key = domain.Design.Disks.Single(d => d.Target == (string?)disk.Element("target")!.Attribute("dev")).DiskKey;
            var isScsi = (string?)disk.Element("target")!.Attribute("bus") == "scsi";
            var queues = Math.Max(2, Math.Min(domain.Request.Vm.CpuCount, 16));
            List<string> parts =
            [
                $"$DISK_{key}", "iothread=1", $"aio={(string?)driver.Attribute("io")}", $"cache={(string?)driver.Attribute("cache")}", "discard=on", "backup=0", "werror=stop", "rerror=stop",
                // discard=on alone has qm look for zeroes in every write.
                .. (string?)driver.Attribute("detect_zeroes") == "off" ? ["detect_zeroes=0"] : Array.Empty<string>(),
                .. isScsi ? [$"queues={queues}"] : Array.Empty<string>(),
                .. disk.Element("target")!.Attribute("rotation_rate") is null ? Array.Empty<string>() : ["ssd=1"],
                .. Texts(disk, "serial", "serial="),
                .. Texts(disk, "wwn", "wwn=0x"),
                .. Texts(disk, "vendor", "vendor="),
                .. Texts(disk, "product", "product="),
                .. disk.Element("iotune")?.Element("total_iops_sec") is { } limit ? [$"iops={limit.Value}"] : Array.Empty<string>(),
            ];
            yield return (SlotOf(xml, disk), $"\"{string.Join(',', parts)}\"");
        }
    }

    private static IEnumerable<string> Texts(XElement disk, string element, string prefix) => disk.Element(element) is { } found ? [prefix + found.Value] : [];

    private static string SlotOf(XElement xml, XElement disk)
    {
        var position = xml.Descendants("disk").TakeWhile(d => d != disk).Count();
        return (string?)disk.Element("target")!.Attribute("bus") == "virtio" && position < MostVirtio ? $"virtio{position}" : $"scsi{position}";
    }

    private static string Net(XElement nic)
    {
        var parts = new List<string> { $"virtio={((string?)nic.Element("mac")?.Attribute("address"))?.ToUpperInvariant()}".TrimEnd('=') };
        if (nic.Element("source") is { } source)
        {
            // A network of libvirt has no counterpart: there its name is taken for that of a bridge.
            parts.Add("bridge=" + (string?)source.Attributes().First());
        }
        if (nic.Element("driver")?.Attribute("queues") is { } queues)
        {
            parts.Add("queues=" + queues.Value);
        }
        if (nic.Element("link") is not null)
        {
            parts.Add("link_down=1");
        }
        return ShellQuote.Always(string.Join(',', parts));
    }

    private static string Cpu(PlannedDomain domain)
    {
        var policy = domain.Request.Policy.DomainOf(domain.Request.Vm.Name);
        return domain.Request.DomainType != "kvm" ? "max" : policy.Cpu switch
        {
            GuestCpu.Named => ShellQuote.Always(policy.CpuModel!),
            GuestCpu.HostModel => "x86-64-v2-AES",
            _ => "host",
        };
    }

    private static string Smbios(PlannedDomain domain, XElement xml)
    {
        var serial = xml.Element("sysinfo")?.Descendants("entry").FirstOrDefault(e => (string?)e.Attribute("name") == "serial")?.Value;
        return ShellQuote.Always(serial is null
            ? $"uuid={domain.Design.Uuid:D}"
            : $"uuid={domain.Design.Uuid:D},base64=1,serial={Convert.ToBase64String(Encoding.ASCII.GetBytes(serial))}");
    }

    private static IEnumerable<string> Notes(PlannedDomain domain, XElement xml)
    {
        if (xml.Descendants("disk").Count() > MostScsi)
        {
            yield return $"qm takes {MostScsi} SCSI disks at most, and the VM has {xml.Descendants("disk").Count()}";
        }
        if (xml.Descendants("address").Any(a => (int?)a.Attribute("unit") > 0 || (int?)a.Attribute("controller") > 0))
        {
            yield return "controllers and units of the disks: with virtio-scsi-single each disk has a controller of its own";
        }
        if (xml.Element("numatune") is not null)
        {
            yield return "the memory's NUMA node: the kernel takes memory where the pinned CPUs are";
        }
        if (domain.Request.Policy.DomainOf(domain.Request.Vm.Name).Cpu == GuestCpu.HostModel)
        {
            yield return "the CPU: qm has no host-model; x86-64-v2-AES is its own common denominator";
        }
        if (xml.Element("memoryBacking")?.Element("locked") is not null)
        {
            yield return "locked memory: huge pages (--hugepages) are never swapped either";
        }
        if (xml.Descendants("blockio").Any())
        {
            yield return "the physical block size, which is the media's own";
        }
        if (xml.Descendants("interface").Any(i => (string?)i.Attribute("type") is "network" or "user"))
        {
            yield return "networks of libvirt: bridge= has their names and needs the node's";
        }
    }

    /// <summary>qm takes DNS names only.</summary>
    private static string HostName(string name)
    {
        var clean = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' ? c : '-')).Trim('-', '.');
        return clean.Length == 0 ? "vm" : clean;
    }

    private static string OsType(string guestId) => guestId switch
    {
        _ when guestId.StartsWith("windows11", StringComparison.Ordinal) || guestId.StartsWith("windows2022", StringComparison.Ordinal) || guestId.StartsWith("windows2025", StringComparison.Ordinal) => "win11",
        _ when guestId.StartsWith("windows9", StringComparison.Ordinal) || guestId.StartsWith("windows2016", StringComparison.Ordinal) || guestId.StartsWith("windows2019", StringComparison.Ordinal) => "win10",
        _ when guestId.StartsWith("windows8", StringComparison.Ordinal) => "win8",
        _ when guestId.StartsWith("windows7", StringComparison.Ordinal) => "win7",
        _ when guestId.StartsWith("winLonghorn", StringComparison.Ordinal) => "w2k8",
        _ when guestId.StartsWith("winNet", StringComparison.Ordinal) => "w2k3",
        _ when guestId.StartsWith("winXP", StringComparison.Ordinal) => "wxp",
        _ when guestId.StartsWith("win", StringComparison.OrdinalIgnoreCase) => "win10",
        _ when guestId.StartsWith("solaris", StringComparison.Ordinal) => "solaris",
        _ when guestId.StartsWith("freebsd", StringComparison.Ordinal) || guestId.StartsWith("darwin", StringComparison.Ordinal) || guestId == "otherGuest" || guestId == "otherGuest64" => "other",
        _ => "l26",
    };
}
