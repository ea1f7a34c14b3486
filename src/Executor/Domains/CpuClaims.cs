using System.Xml.Linq;

namespace Migrate.Executor.Domains;

/// <summary>Which CPUs domains have for themselves, by their definitions.</summary>
public static class CpuClaims
{
    /// <summary>Of all domains that pin to single CPUs, ours or not, but for those of this run.</summary>
    public static IReadOnlyList<CpuClaim> Of(IEnumerable<string> definitions, Guid runId) =>
    [
        .. definitions.Select(XElement.Parse).Where(domain => !DomainDesign.IsOfRun(domain, runId))
            .Select(domain => new CpuClaim(
                domain.Element("name")?.Value ?? "?",
                [
                    .. domain.Elements("cputune").Elements().Where(e => e.Name.LocalName is "vcpupin" or "iothreadpin" or "emulatorpin")
                        .Select(e => (string?)e.Attribute("cpuset")).OfType<string>()
                        // A range is a preference that is shared, and no claim.
                        .Select(set => int.TryParse(set, out var cpu) ? cpu : (int?)null).OfType<int>().Distinct().Order(),
                ]))
            .Where(claim => claim.Cpus.Count > 0),
    ];
}
