using Migrate.Api.Plans;
using Migrate.Planner.Plans.Mappings;

namespace Migrate.Api.Cli;

internal static class MappingText
{
    public static void Write(PlanMappingsView mappings, TextWriter output)
    {
        var networks = new Table("NETWORK", "VLAN", "VMS", "CARDS", "BECOMES", "ON THE HOST", "CONCERNS");
        foreach (var one in mappings.Networks)
        {
            networks.Add(one.Network, string.Join(", ", one.Vlans), one.Vms, one.Cards, one.Target is null ? "NOT MAPPED" : ChangedMapping.Words(one.Target), There(one, mappings.Targets), Concerns(one.Concerns));
        }

        networks.Write(output);
        foreach (var line in mappings.Networks.SelectMany(x => x.Fixed.Select(line => $"{x.Network} stays: {line}")))
        {
            output.WriteLine(Table.Clean(line));
        }

        output.WriteLine();
        var datastores = new Table("DATASTORE", "TYPE", "VMS", "DISKS", "CAPACITY", "READ BY", "BECOMES", "CONCERNS");
        foreach (var one in mappings.Datastores)
        {
            datastores.Add(
                one.Datastore, one.Type, one.Vms, one.Disks, Text.Bytes(one.CapacityBytes), string.Join(", ", one.Readers.Select(x => $"{x.Reader} ({x.Disks})")),
                $"namespaces of the target{(mappings.Targets.Attachment is { } way ? $", by {way}" : "")}", Concerns(one.Concerns));
        }

        datastores.Write(output);
        output.WriteLine();
        var there = mappings.Targets;
        output.WriteLine(Table.Clean($"Host: {there.Host ?? "(removed)"}, {(there.ProbedAt is { } at ? $"probed {Text.Time(at)}" : "not probed")}"));
        output.WriteLine(Table.Clean($"Bridges: {Names(there.Bridges)}"));
        output.WriteLine(Table.Clean($"Networks of libvirt: {Names(there.Networks?.Select(x => x.Active ? x.Name : $"{x.Name} (not running)").ToList())}"));
        output.WriteLine(Table.Clean($"Target: {(there.Directory is null ? "does not answer" : $"{there.Directory}, {Text.Bytes(there.FreeBytes ?? 0)} free")}"));
    }

    /// <summary>What changed, and what follows from it, a line each.</summary>
    public static IEnumerable<string> Consequences(ChangedPlanMappings changed)
    {
        if (changed.Changed.Count == 0)
        {
            yield return "Nothing changed: all of it was so already.";
        }

        foreach (var one in changed.Changed)
        {
            yield return $"'{one.Network}' becomes {(one.To is null ? "nothing: the plan no longer knows it" : ChangedMapping.Words(one.To))}; it was {ChangedMapping.Words(one.From)}. {Text.Count(one.Vms, "VM")} of the plan use it.";
        }

        if (changed.Runs.Count > 0)
        {
            yield return $"{Text.Count(changed.Runs.Count, "run")} under way get{(changed.Runs.Count == 1 ? "s" : "")} it at the cutover, and what was approved for that no longer holds: {string.Join(", ", changed.Runs)}.";
        }

        if (changed.WavesToApproveAgain is { } version)
        {
            yield return $"{Text.Count(changed.WithoutWave.Count, "VM")} lost the times that were approved, and {(changed.WithoutWave.Count == 1 ? "is" : "are")} in no wave: approve version {version} of the waves again ('migrate wave approve'), or plan them anew.";
        }
    }

    private static string There(NetworkUse use, MappingTargets there) => use switch
    {
        { Target: null or { Kind: "user" or "none" } } => "",
        { Target: { Kind: "network" } target, IsThere: true } when there.Networks?.Any(x => x.Name == target.Name && !x.Active) == true => "not running",
        { IsThere: true } => "yes",
        { IsThere: false } => "NO",
        _ => "not known",
    };

    private static string Concerns(IReadOnlyList<ConcernUse> concerns) => string.Join(", ", concerns.Select(x => $"{x.Id} ({x.Vms})"));

    private static string Names(IReadOnlyList<string>? names) => names is null ? "not known" : names.Count == 0 ? "none" : string.Join(", ", names);
}
