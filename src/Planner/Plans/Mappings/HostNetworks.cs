using Migrate.Planner.Concerns;

namespace Migrate.Planner.Plans.Mappings;

/// <summary>Whether a KVM host has what a network is mapped to, as far as its last probe tells.</summary>
public static class HostNetworks
{
    private const int Named = 8;

    /// <summary>Null where the probe could not look, or there is nothing to look for.</summary>
    public static bool? Has(TargetHost? host, NetworkMapping mapping) => mapping.Kind switch
    {
        "bridge" => host?.Facts?.Bridges?.Contains(mapping.Name),
        "network" => host?.Facts?.Networks?.Any(network => network.Name == mapping.Name),
        _ => null,
    };

    internal static IEnumerable<PlanProblem> Check(TargetHost? host, IEnumerable<KeyValuePair<string, NetworkMapping>> mappings)
    {
        foreach ((string network, NetworkMapping mapping) in mappings.Where(one => !string.IsNullOrWhiteSpace(one.Value.Name) && Has(host, one.Value) == false))
        {
            bool isBridge = mapping.Kind == "bridge";
            List<string> there = isBridge ? [.. host!.Facts!.Bridges!] : [.. host!.Facts!.Networks!.Select(known => known.Name)];
            string what = isBridge ? "bridge" : "network of libvirt's";
            yield return new PlanProblem("plan.host-without-network", network,
                $"Network '{network}' is mapped to the {what} '{mapping.Name}', and the KVM host '{host.Name}' has none of that name{(host.Facts.ReadAt is { } at ? $" (probed {at:u})" : "")}.",
                $"{(there.Count == 0 ? $"It has no {what}. Make one" : $"It has {string.Join(", ", there.Take(Named))}{(there.Count > Named ? ", …" : "")}. Use one of them, or make it")} there and probe the host again ('migrate host probe {host.Name}').");
        }
    }
}
