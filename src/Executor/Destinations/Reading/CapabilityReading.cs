using System.Globalization;
using System.Xml.Linq;
using Migrate.Executor.Destinations.Facts;

namespace Migrate.Executor.Destinations.Reading;

/// <summary>NUMA nodes and processor from libvirt's XML of a host's capabilities and of what its domains may have.</summary>
internal static class CapabilityReading
{
    private const int OrdinaryPageKib = 4;

    public static IReadOnlyList<NumaCell> Cells(XElement capabilities) =>
    [
        .. capabilities.Elements("host").Elements("topology").Elements("cells").Elements("cell").Select(cell => new NumaCell
        {
            Id = (int?)cell.Attribute("id") ?? 0,
            MemoryBytes = cell.Element("memory") is { } memory ? (long)memory * 1024 : 0,
            // Of a CPU that is off line libvirt knows the number only.
            Cpus = [.. cell.Elements("cpus").Elements("cpu").Where(cpu => cpu.Attribute("core_id") is not null).Select(cpu => new HostCpu(
                (int)cpu.Attribute("id")!, (int?)cpu.Attribute("socket_id") ?? 0, (int?)cpu.Attribute("die_id") ?? 0, (int)cpu.Attribute("core_id")!,
                CpuList((string?)cpu.Attribute("siblings") ?? (string)cpu.Attribute("id")!)))],
            HugePages = [.. cell.Elements("pages").Where(pages => (int?)pages.Attribute("size") > OrdinaryPageKib)
                .Select(pages => new HugePagePool((long)pages.Attribute("size")! * 1024, (long)pages, null))],
            Distances = [.. cell.Elements("distances").Elements("sibling").Select(other => new NumaDistance((int)other.Attribute("id")!, (int)other.Attribute("value")!))],
        }),
    ];

    /// <summary>Of the guests' side: what modes and models domains may have. Flags and the processor's name are the kernel's matter.</summary>
    public static CpuFacts Cpu(XElement capabilities, XElement? domain)
    {
        var modes = domain?.Elements("cpu").Elements("mode").Where(mode => (string?)mode.Attribute("supported") == "yes").ToList() ?? [];
        XElement? Mode(string name) => modes.FirstOrDefault(mode => (string?)mode.Attribute("name") == name);
        return new CpuFacts
        {
            Vendor = (string?)capabilities.Element("host")?.Element("cpu")?.Element("vendor") ?? "",
            Modes = [.. modes.Select(mode => (string?)mode.Attribute("name")).OfType<string>()],
            UsableModels = [.. (Mode("custom")?.Elements("model") ?? []).Where(model => (string?)model.Attribute("usable") == "yes").Select(model => model.Value).Order(StringComparer.Ordinal)],
            HostModel = (string?)Mode("host-model")?.Element("model"),
            MaxVcpus = (int?)domain?.Element("vcpu")?.Attribute("max"),
        };
    }

    /// <summary>"0-3,8" as libvirt and the kernel write sets of CPUs.</summary>
    public static IReadOnlyList<int> CpuList(string text) =>
    [
        .. text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(range => range.Split('-')).SelectMany(ends =>
        {
            var first = int.Parse(ends[0], CultureInfo.InvariantCulture);
            return Enumerable.Range(first, int.Parse(ends[^1], CultureInfo.InvariantCulture) - first + 1);
        }),
    ];
}
