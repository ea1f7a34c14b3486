using System.Globalization;
using System.Xml.Linq;

namespace Migrate.Executor.Destinations;

/// <summary>Asks a libvirt host, and the kernel when the host is this machine, what the domain's design must know.</summary>
public static class HostProbe
{
    public static async Task<KvmHostFacts> ProbeAsync(LibvirtConnection connection, CancellationToken cancellationToken)
    {
        var versions = await connection.VersionsAsync(cancellationToken);
        var name = await connection.HostNameAsync(cancellationToken);
        var capabilities = XElement.Parse(await connection.HostCapabilitiesAsync(cancellationToken));
        var local = IsThisMachine(connection.Uri);
        var cells = capabilities.Elements("host").Elements("topology").Elements("cells").Elements("cell").ToList();
        return new KvmHostFacts
        {
            Uri = connection.Uri,
            HostName = name,
            Libvirt = versions.Libvirt,
            Qemu = versions.Hypervisor,
            Kernel = local ? (await File.ReadAllTextAsync("/proc/sys/kernel/osrelease", cancellationToken)).Trim() : null,
            CpuModel = (string?)capabilities.Element("host")?.Element("cpu")?.Element("model") ?? "",
            Cpus = cells.Sum(c => (int?)c.Element("cpus")?.Attribute("num") ?? 0),
            NumaNodes = Math.Max(1, cells.Count),
            MemoryBytes = cells.Sum(c => long.Parse(c.Element("memory")?.Value ?? "0", CultureInfo.InvariantCulture)) * 1024,
            IoUring = local ? IoUring.Probe() : new IoUringState(false, "not probed, because the host is not this machine"),
            DomainTypes =
            [
                .. capabilities.Elements("guest").Elements("arch").Where(a => (string?)a.Attribute("name") == "x86_64")
                    .Elements("domain").Select(d => (string?)d.Attribute("type")).OfType<string>().Distinct(),
            ],
        };
    }

    /// <summary>A libvirt URI without a host name means the machine that it is used on.</summary>
    public static bool IsThisMachine(string uri) => System.Uri.TryCreate(uri, UriKind.Absolute, out var parsed) && parsed.Host is "" or "localhost";

    /// <summary>The rotational flag of the block device under a file, directory or device; null where it cannot be told.</summary>
    public static bool? IsRotational(string path) => BlockDevices.IsRotational(path);

    /// <summary>The type of the file system that a path lies on, as the kernel names it; null where it cannot be told.</summary>
    public static string? FileSystemOf(string path) => BlockDevices.MountOf(path)?.FileSystem;
}
