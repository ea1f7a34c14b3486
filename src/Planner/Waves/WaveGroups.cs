using System.IO.Enumeration;
using Migrate.Planner.Inventory;

namespace Migrate.Planner.Waves;

/// <summary>Which VMs move together: what the operator says, and what the source tells of the rest.</summary>
public static class WaveGroups
{
    /// <param name="rules">Of the operator.</param>
    /// <param name="inventory">For what the source tells.</param>
    /// <param name="planned">All VMs of the plan, also those that have moved.</param>
    /// <param name="vms">Those that are to be moved.</param>
    /// <param name="problems">What is wrong with the rules.</param>
    public static IReadOnlyList<MoveGroup> Of(WaveRules rules, SourceInventory inventory, IReadOnlyList<Vm> planned, IReadOnlyList<Vm> vms, List<string> problems)
    {
        List<MoveGroup> groups = [];
        HashSet<string> taken = [];
        HashSet<string> moved = [];
        foreach (var rule in rules.Groups)
        {
            List<IReadOnlyList<string>> tiers = [];
            foreach (var tier in rule.Tiers)
            {
                foreach (var pattern in tier.Where(x => !planned.Any(vm => Names(x, vm))))
                {
                    problems.Add($"group '{rule.Name}': no VM of the plan is called '{pattern}'");
                }

                // What an earlier tier names is not in a later one: "*" can stand for the rest.
                var earlier = tiers.SelectMany(x => x).ToHashSet();
                tiers.Add([.. vms.Where(vm => !earlier.Contains(vm.Key) && tier.Any(pattern => Names(pattern, vm))).Select(x => x.Key)]);
            }

            if (rule.Tiers.Any(x => x.Count > 0) && tiers.TrueForAll(x => x.Count == 0))
            {
                moved.Add(rule.Name); // All of it has: nothing has to wait for it.
                continue;
            }

            groups.Add(new MoveGroup(rule.Name, tiers, rule.After ?? [], rule.Windows));
            taken.UnionWith(tiers.SelectMany(x => x));
        }

        groups = groups.ConvertAll(x => x with { After = [.. x.After.Where(name => !moved.Contains(name))] });
        foreach (var by in rules.GroupBy)
        {
            Infer(by, inventory, vms, taken, groups, problems);
        }

        return groups;
    }

    /// <summary>Sets of VMs that must be on different hosts.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Apart(SourceInventory inventory, IReadOnlyCollection<string> vms) =>
    [
        .. inventory.Clusters.SelectMany(x => x.Rules).Where(x => x is { Enabled: true, Mandatory: true, Kind: DrsRuleKind.VmAntiAffinity })
            .Select(x => x.VmKeys.Where(vms.Contains).ToList()).Where(x => x.Count > 1),
    ];

    /// <summary>A pattern with * and ? against name and key, without regard to case.</summary>
    public static bool Names(string pattern, Vm vm) => FileSystemName.MatchesSimpleExpression(pattern, vm.Name) || FileSystemName.MatchesSimpleExpression(pattern, vm.Key);

    private static void Infer(string by, SourceInventory inventory, IReadOnlyList<Vm> vms, HashSet<string> taken, List<MoveGroup> groups, List<string> problems)
    {
        var free = vms.Where(x => !taken.Contains(x.Key)).ToList();
        var keys = free.Select(x => x.Key).ToHashSet();
        IEnumerable<(string Name, IEnumerable<string> Keys)>? found = by switch
        {
            "vapp" => free.Where(x => x.VApp is not null).GroupBy(x => x.VApp!).Select(x => ($"vApp {x.Key}", x.Select(vm => vm.Key))),
            "folder" => free.Where(x => x.Folder.Length > 0).GroupBy(x => x.Folder).Select(x => ($"folder {x.Key}", x.Select(vm => vm.Key))),
            "drs" => inventory.Clusters.SelectMany(x => x.Rules).Where(x => x is { Enabled: true, Kind: DrsRuleKind.VmAffinity }).Select(x => ($"DRS rule {x.Name}", x.VmKeys.Where(keys.Contains))),
            _ when by.StartsWith("tag:", StringComparison.Ordinal) => free
                .SelectMany(x => x.Tags.Where(tag => string.Equals(tag.Category, by[4..], StringComparison.OrdinalIgnoreCase)).Take(1), (vm, tag) => (vm, tag))
                .GroupBy(x => x.tag.Name).Select(x => ($"{by[4..]} {x.Key}", x.Select(y => y.vm.Key))),
            _ => null,
        };
        if (found is null)
        {
            problems.Add($"groups cannot be made by '{by}': use vapp, folder, drs or tag:CATEGORY");
            return;
        }

        foreach (var (name, named) in found.ToList())
        {
            // Of several rules that name a VM the first one has it.
            List<string> members = [.. named.Where(taken.Add)];
            if (members.Count > 1)
            {
                groups.Add(new MoveGroup(groups.Exists(x => x.Name == name) ? $"{name} ({groups.Count + 1})" : name, [members], []));
            }
        }
    }
}
