using System.Globalization;
using System.Xml.Linq;
using Migrate.Executor.Destinations;

namespace Migrate.Executor.Domains;

/// <summary>Pins name CPUs that the host has, once each, and none that another domain of ours has for itself; guest NUMA adds up.</summary>
internal static class CpuRules
{
    private static readonly string[] TopologyParts = ["sockets", "dies", "cores", "threads"];

    public static IEnumerable<string> Check(XElement domain, KvmHostFacts host, IReadOnlyList<CpuClaim> claims)
    {
        List<(string Who, int Cpu)> pins = [.. domain.Elements("cputune").Elements().Where(e => e.Attribute("cpuset") is not null).Select(e => (Name(e), Number((string?)e.Attribute("cpuset"))))];
        HashSet<int> known = [.. host.Cells.SelectMany(c => c.Cpus).Select(c => c.Id)];
        foreach (var (who, cpu) in pins)
        {
            if (!known.Contains(cpu))
            {
                yield return $"{who} is pinned to CPU {cpu}, which the host is not known to have";
            }
            if (claims.FirstOrDefault(c => c.Cpus.Contains(cpu)) is { } claim)
            {
                yield return $"{who} is pinned to CPU {cpu}, which the domain {claim.Domain} has for itself";
            }
        }
        foreach (var twice in pins.GroupBy(p => p.Cpu).Where(g => g.Count() > 1))
        {
            yield return $"{string.Join(" and ", twice.Select(p => p.Who))} are pinned to CPU {twice.Key}";
        }
        var vcpus = Number(domain.Element("vcpu")?.Value);
        foreach (var stray in domain.Elements("cputune").Elements("vcpupin").Select(e => Number((string?)e.Attribute("vcpu"))).Where(v => v < 0 || v >= vcpus))
        {
            yield return $"vCPU {stray} is pinned, and there are {vcpus}";
        }
        if (domain.Element("cpu")?.Element("topology") is { } topology
            && TopologyParts.Aggregate(1, (n, part) => n * Math.Max(1, Number((string?)topology.Attribute(part)))) != vcpus)
        {
            yield return $"the topology does not make {vcpus} vCPUs";
        }
        if (domain.Element("cpu")?.Element("numa") is { } numa && numa.Elements("cell").Sum(c => (long?)c.Attribute("memory") ?? 0) != ((long?)domain.Element("memory") ?? 0))
        {
            yield return "the memory of the guest's NUMA nodes does not add up to the guest's";
        }
    }

    private static string Name(XElement pin) => pin.Name.LocalName switch
    {
        "vcpupin" => $"vCPU {(string?)pin.Attribute("vcpu")}",
        "iothreadpin" => $"IOThread {(string?)pin.Attribute("iothread")}",
        _ => "the emulator",
    };

    /// <summary>-1 for what is no number, a range for one: nothing here pins to more than one CPU.</summary>
    private static int Number(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;
}
