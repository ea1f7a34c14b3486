using System.Xml.Linq;
using Migrate.Executor.Destinations.Reading;
using Migrate.Planner;

namespace Migrate.Executor.Destinations;

/// <summary>
/// Asks a libvirt host, and the kernel when the host is this machine, what the domain's design must know: quickly, since a guest may be
/// down meanwhile. All else that there is to know of a host, <see cref="HostFactsReader"/> reads.
/// </summary>
public static class HostProbe
{
    public static async Task<KvmHostFacts> ProbeAsync(LibvirtConnection connection, CancellationToken cancellationToken)
    {
        var versions = await connection.VersionsAsync(cancellationToken);
        var name = await connection.HostNameAsync(cancellationToken);
        var capabilities = XElement.Parse(await connection.HostCapabilitiesAsync(cancellationToken));
        var local = IsThisMachine(connection.Uri);
        List<string> types =
        [
            .. capabilities.Elements("guest").Elements("arch").Where(a => (string?)a.Attribute("name") == "x86_64")
                .Elements("domain").Select(d => (string?)d.Attribute("type")).OfType<string>().Distinct(),
        ];
        var domain = await DomainCapabilitiesAsync(connection, types, cancellationToken);
        var features = domain is null ? new HostFeatures(null, null, null) : HostFeatures.Of(domain);
        var topology = capabilities.Elements("host").Elements("topology").Elements("cells").Elements("cell").ToList();
        var cells = CapabilityReading.Cells(capabilities);
        return new KvmHostFacts
        {
            Uri = connection.Uri,
            HostName = name,
            Libvirt = versions.Libvirt,
            Qemu = versions.Hypervisor,
            Kernel = local ? (await File.ReadAllTextAsync("/proc/sys/kernel/osrelease", cancellationToken)).Trim() : null,
            CpuModel = (string?)capabilities.Element("host")?.Element("cpu")?.Element("model") ?? "",
            Cpu = CapabilityReading.Cpu(capabilities, domain),
            Cpus = topology.Sum(c => (int?)c.Element("cpus")?.Attribute("num") ?? 0),
            NumaNodes = Math.Max(1, cells.Count),
            Cells = cells,
            MemoryBytes = await connection.MemoryAsync(cancellationToken) ?? cells.Sum(c => c.MemoryBytes),
            IoUring = local ? IoUring.Probe() : new IoUringState(false, "not probed, because the host is not this machine"),
            DomainTypes = types,
            Nested = local ? HostFeatures.Nested() : null,
            Efi = features.Efi,
            SecureBoot = features.SecureBoot,
            TpmEmulator = features.TpmEmulator,
            HugePageBytes = HostFeatures.HugePageBytes(topology),
            Luns = local ? HostFeatures.Luns() : null,
        };
    }

    /// <summary>A host that does not tell what its domains may contain is a host all the same: what is not known stays unknown.</summary>
    private static async Task<XElement?> DomainCapabilitiesAsync(LibvirtConnection connection, List<string> types, CancellationToken cancellationToken)
    {
        try
        {
            return types.Count == 0 ? null : XElement.Parse(await connection.DomainCapabilitiesAsync(types.Contains("kvm") ? "kvm" : types[0], cancellationToken));
        }
        catch (MigrateException e) when (e.Code == "libvirt.domain-type")
        {
            return null;
        }
    }

    /// <summary>A libvirt URI without a host name means the machine that it is used on; one by SSH or TLS may lead anywhere, even where it says localhost.</summary>
    public static bool IsThisMachine(string uri) => LibvirtUri.TryParse(uri, []) is { IsThisMachine: true };

    /// <summary>The rotational flag of the block device under a file, directory or device; null where it cannot be told.</summary>
    public static bool? IsRotational(string path) => BlockDevices.IsRotational(path);

    /// <summary>The type of the file system that a path lies on, as the kernel names it; null where it cannot be told.</summary>
    public static string? FileSystemOf(string path) => BlockDevices.MountOf(path)?.FileSystem;
}
