using Migrate.Executor.Validation.Identity;
using Migrate.Planner.Inventory;

namespace Migrate.Api.Reports.HandOver;

/// <summary>A guest's identity as a table: what was before, what is after, what became of it.</summary>
internal static class IdentityRows
{
    private const string Equal = "equal";
    private const string Differs = "differs";
    private const string NotCompared = "not compared";

    public static IReadOnlyList<IdentityRow> Of(IdentityFinding? finding)
    {
        if (finding is null)
        {
            return [];
        }

        var (before, after) = (finding.Before, finding.After);
        List<(string What, string? Before, string? After)> rows =
        [
            ("host name", before?.HostName, after?.HostName),
            ("operating system", before?.System, after?.System),
        ];
        foreach (var mac in (before?.Interfaces ?? []).Concat(after?.Interfaces ?? []).Select(x => x.Mac).Distinct())
        {
            rows.Add(($"interface of {mac}", Card(before, mac)?.Name, Card(after, mac)?.Name));
            rows.Add(($"addresses of {mac}", Addresses(before, mac), Addresses(after, mac)));
        }

        rows.Add(("default gateways", Join(before?.Gateways), Join(after?.Gateways)));
        rows.Add(("routes", Join(before?.Routes?.Select(Route)), Join(after?.Routes?.Select(Route))));
        rows.Add(("DNS servers", Join(before?.DnsServers), Join(after?.DnsServers)));
        rows.Add(("search domains", Join(before?.SearchDomains), Join(after?.SearchDomains)));
        return
        [
            // What the judge found comes first: what it calls a difference is one.
            .. finding.Differences.Select(x => new IdentityRow($"{x.Subject} ({x.Code})", x.Before, x.After, Differs, x.Remedy)),
            .. rows.Where(x => x.Before is not null || x.After is not null).Select(x => new IdentityRow(
                x.What, x.Before, x.After, x.Before is null || x.After is null || finding.State == IdentityState.NotCompared ? NotCompared : Same(x.Before, x.After) ? Equal : "see above", null)),
            .. finding.NotCompared.Select(x => new IdentityRow("not compared", null, null, NotCompared, x)),
        ];
    }

    private static bool Same(string before, string after) => string.Equals(before, after, StringComparison.OrdinalIgnoreCase);

    private static IdentityInterface? Card(GuestIdentity? identity, string mac) => identity?.Interfaces.FirstOrDefault(x => x.Mac == mac);

    private static string? Addresses(GuestIdentity? identity, string mac) => Card(identity, mac) is { } card ? Join(card.Addresses.Where(x => x.Lasts).Select(x => $"{x}")) : null;

    private static string Route(GuestRoute route) => $"{route.Network}/{route.PrefixLength} via {route.Gateway}";

    private static string? Join(IEnumerable<string>? values) => values is null ? null : string.Join(", ", values.Order(StringComparer.Ordinal)) is { Length: > 0 } text ? text : "none";
}
