using Migrate.Planner.Concerns;
using Migrate.Planner.Plans;

namespace Migrate.Api.Pages.Plans;

/// <summary>What a network of the source can become, as forms of pages say it.</summary>
internal static class NetworkKinds
{
    /// <summary>What <see cref="HostNetworkChoice"/> sent.</summary>
    public static NetworkMapping MappingOf(string kind, string there) => kind.Split(':', 2) is [var known, var name] ? new NetworkMapping(known, name) : new NetworkMapping(kind, there);

    public static string About(TargetNetwork network) => $"{network.Forward ?? "isolated"}{(network.Bridge is { } bridge ? $", {bridge}" : "")}{(network.Active ? "" : ", not running")}";

    /// <summary>Where the choices come from.</summary>
    public static string Offered(string host, TargetFacts? facts) => facts switch
    {
        null => $"{host} was not probed yet: its bridges and networks are not known, and names are taken as they are typed.",
        { Bridges: null } or { Networks: null } => $"{host} was probed on {Text.Time(facts.ReadAt)} and could not tell all its bridges and networks: those that it did not tell are named by hand.",
        _ => $"{host} was probed on {Text.Time(facts.ReadAt)} and has {Text.Count(facts.Bridges.Count, "bridge")} and {Text.Count(facts.Networks.Count, "network")} of libvirt. What was made since can be named beside the choice.",
    };
}
