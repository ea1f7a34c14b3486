using System.Globalization;
using System.Xml.Linq;
using Migrate.Executor.Destinations;

namespace Migrate.Executor.Domains;

/// <summary>What libvirt's schema does not reject but libvirt, QEMU or good sense would: checked before libvirt sees the domain.</summary>
internal static class DomainRules
{
    private const int LongestSerial = 36;
    private static readonly string[] AddressParts = ["controller", "bus", "target", "unit"];

    public static void CheckRequest(DomainDraft draft)
    {
        var vm = draft.Vm;
        draft.Problems.AddRange(vm.CpuCount > 0 ? [] : ["the VM has no CPU"]);
        draft.Problems.AddRange(vm.MemoryBytes > 0 ? [] : ["the VM has no memory"]);
        draft.Problems.AddRange(draft.Request.DomainType is "kvm" or "qemu" ? [] : [$"\"{draft.Request.DomainType}\" is no domain type (kvm or qemu)"]);
        draft.Problems.AddRange(Repeated(draft.Request.Disks.Select(d => d.DiskKey.ToString(CultureInfo.InvariantCulture)), "disk {0} is attached twice"));
        foreach (var stray in draft.Request.Disks.Where(a => vm.Disks.All(d => d.Key != a.DiskKey)))
        {
            draft.Problems.Add($"{stray.Path} is meant for disk {stray.DiskKey}, which the VM does not have");
        }
        foreach (var left in vm.Disks.Where(d => draft.Request.Disks.All(a => a.DiskKey != d.Key)))
        {
            draft.Note($"disk {left.Label}", "absent", "the disk does not move with the VM", Basis.Policy("disks"));
        }
    }

    public static IReadOnlyList<string> Check(XElement domain, KvmHostFacts host, IReadOnlyList<CpuClaim>? claims = null)
    {
        var devices = domain.Element("devices")!;
        var vcpus = Number(domain.Element("vcpu")?.Value) ?? 0;
        var threads = Number(domain.Element("iothreads")?.Value) ?? 0;
        var problems = new List<string>();
        foreach (var disk in devices.Elements("disk"))
        {
            CheckDisk(disk, host, problems);
        }
        foreach (var driver in devices.Elements().Elements("driver"))
        {
            var owner = $"{driver.Parent!.Name.LocalName} {(string?)driver.Parent.Attribute("index") ?? (string?)driver.Parent.Element("target")?.Attribute("dev")}".Trim();
            CheckDriver(driver, owner, vcpus, threads, host, problems);
        }
        problems.AddRange(Repeated(devices.Elements("disk").Select(d => (string?)d.Element("target")?.Attribute("dev")), "two disks are called {0}"));
        problems.AddRange(Repeated(devices.Elements("disk").Select(d => Address(d.Element("address"))), "two disks sit at {0}"));
        problems.AddRange(Repeated(devices.Elements("disk").Select(d => (string?)d.Element("source")?.Attributes().FirstOrDefault()), "{0} is given to two disks"));
        problems.AddRange(Repeated(devices.Descendants("boot").Select(b => (string?)b.Attribute("order")), "boot order {0} is given twice"));
        problems.AddRange(Repeated(devices.Descendants("mac").Select(m => (string?)m.Attribute("address")), "two NICs have the address {0}"));
        problems.AddRange(devices.Descendants("address").Where(a => (string?)a.Attribute("type") == "pci").Select(a => $"{a.Parent!.Name.LocalName} has a PCI address; libvirt assigns them"));
        problems.AddRange(Repeated(devices.Elements("disk").Select(d => d.Element("wwn")?.Value), "two disks have the world-wide name {0}"));
        problems.AddRange(CpuRules.Check(domain, host, claims ?? []));
        if ((string?)domain.Attribute("type") == "qemu" && (string?)domain.Element("cpu")?.Attribute("mode") == "host-passthrough")
        {
            problems.Add("host-passthrough needs KVM");
        }
        if ((string?)domain.Attribute("type") == "qemu" && domain.Element("features")?.Element("hyperv") is not null)
        {
            problems.Add("Hyper-V enlightenments need KVM");
        }
        return problems;
    }

    private static void CheckDisk(XElement disk, KvmHostFacts host, List<string> problems)
    {
        var name = (string?)disk.Element("target")?.Attribute("dev");
        var driver = disk.Element("driver");
        var (cache, io) = ((string?)driver?.Attribute("cache"), (string?)driver?.Attribute("io"));
        if ((string?)disk.Element("target")?.Attribute("bus") == "scsi" && (driver?.Attribute("iothread") is not null || driver?.Element("iothreads") is not null))
        {
            problems.Add($"{name}: an IOThread belongs on the virtio-scsi controller, not on its disk");
        }
        if (io == "native" && cache is not ("none" or "directsync"))
        {
            problems.Add($"{name}: io=native needs cache none or directsync, not {cache ?? "the default"}");
        }
        if (io == "io_uring" && cache != "none")
        {
            problems.Add($"{name}: io=io_uring is used with cache none only, not {cache ?? "the default"}");
        }
        if (io == "io_uring" && !host.IoUring.Usable)
        {
            problems.Add($"{name}: io=io_uring cannot be used on this host: {host.IoUring.Detail}");
        }
        var bus = (string?)disk.Element("target")?.Attribute("bus");
        if (bus == "virtio" && (disk.Element("wwn") ?? disk.Element("vendor") ?? disk.Element("product")) is { } scsiOnly)
        {
            problems.Add($"{name}: virtio-blk has no {scsiOnly.Name.LocalName}");
        }
        if (disk.Element("blockio") is { } sizes && Number((string?)sizes.Attribute("physical_block_size")) < Number((string?)sizes.Attribute("logical_block_size")))
        {
            problems.Add($"{name}: its physical blocks are smaller than its logical ones");
        }
        if (disk.Element("serial")?.Value is { Length: > LongestSerial } serial)
        {
            problems.Add($"{name}: the serial {serial} is longer than {LongestSerial} characters");
        }
    }

    private static void CheckDriver(XElement driver, string owner, int vcpus, int threads, KvmHostFacts host, List<string> problems)
    {
        if (Number((string?)driver.Attribute("queues")) is { } queues && queues > vcpus)
        {
            problems.Add($"{owner}: {queues} queues for {vcpus} vCPUs");
        }
        List<string?> mapped = [.. driver.Element("iothreads")?.Elements("iothread").Select(t => (string?)t.Attribute("id")) ?? []];
        foreach (var id in mapped.Append((string?)driver.Attribute("iothread")).OfType<string>().Where(id => Number(id) is not { } n || n < 1 || n > threads))
        {
            problems.Add($"{owner}: there is no IOThread {id}");
        }
        if (driver.Element("iothreads") is not null && driver.Attribute("iothread") is not null)
        {
            problems.Add($"{owner}: either one IOThread or a mapping, not both");
        }
        if (driver.Element("iothreads") is not null && driver.Parent!.Name.LocalName == "controller" && !StorageLayout.CanMapScsiQueues(host))
        {
            problems.Add($"{owner}: mapping queues to IOThreads needs libvirt 11.2 and QEMU 10.0");
        }
        if (driver.Element("iothreads") is not null && driver.Parent!.Name.LocalName == "disk" && !StorageLayout.CanMapBlkQueues(host))
        {
            problems.Add($"{owner}: mapping queues to IOThreads needs libvirt 10.0 and QEMU 9.0");
        }
        if (driver.Attribute("queues") is not null && mapped.Count > (Number((string?)driver.Attribute("queues")) ?? 0))
        {
            problems.Add($"{owner}: more IOThreads than queues");
        }
    }

    private static IEnumerable<string> Repeated(IEnumerable<string?> values, string text) => values
        .OfType<string>()
        .GroupBy(v => v, StringComparer.OrdinalIgnoreCase)
        .Where(g => g.Count() > 1)
        .Select(g => string.Format(CultureInfo.InvariantCulture, text, g.Key));

    private static string? Address(XElement? address) =>
        address is null ? null : string.Join(':', AddressParts.Select(a => (string?)address.Attribute(a)));

    private static int? Number(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
