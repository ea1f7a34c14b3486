using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.Waves;

namespace Migrate.Executor.Waves;

/// <summary>Times that were promised before.</summary>
/// <param name="Approved">Of the newest version that was approved: what has begun keeps them.</param>
/// <param name="Newest">Of the newest version, where the rules keep it.</param>
internal sealed record SettledMoves(IReadOnlyList<VmMove> Approved, IReadOnlyList<VmMove> Newest)
{
    /// <summary>Of a group all or none. What is kept only by the rules must lie between <paramref name="start"/> and <paramref name="end"/>, else it is planned again.</summary>
    public IReadOnlyList<Pin> Pins(
        IReadOnlyDictionary<string, RunPhase> runs, WaveRules rules, IReadOnlyList<Vm> vms, IReadOnlyList<MoveGroup> groups, DateTime start, DateTime end)
    {
        var present = vms.Select(x => x.Key).ToHashSet();
        var begun = runs.Where(x => x.Value != RunPhase.Completed).Select(x => x.Key).ToHashSet();
        var members = groups.Select(x => x.Tiers.SelectMany(y => y).ToList()).ToList();
        foreach (var group in members.Where(x => x.Exists(begun.Contains)))
        {
            begun.UnionWith(group);
        }

        // A member that the newest version does not have, or that is to be planned again, takes its group with it.
        var again = vms.Where(x => rules.Replan.Any(pattern => WaveGroups.Names(pattern, x))).Select(x => x.Key).ToHashSet();
        var known = Newest.Where(x => x.CutoverStart >= start && x.CutoverEnd <= end).Select(x => x.Key).ToHashSet();
        again.UnionWith(present.Where(x => !known.Contains(x)));
        Spread(again, groups);

        return
        [
            .. Approved.Where(x => begun.Contains(x.Key)).Concat(Newest.Where(x => !begun.Contains(x.Key) && !again.Contains(x.Key))).Where(x => present.Contains(x.Key))
                .Select(x => new Pin(x.Key, x.CutoverStart, x.Host, x.CopyStart, x.CopyEnd)),
        ];
    }

    /// <summary>With a member its whole group is planned again, and with a group those that move after it.</summary>
    private static void Spread(HashSet<string> again, IReadOnlyList<MoveGroup> groups)
    {
        HashSet<string> spread = [];
        for (var grew = true; grew;)
        {
            grew = false;
            foreach (var group in groups.Where(x => !spread.Contains(x.Name) && (x.After.Any(spread.Contains) || x.Tiers.SelectMany(tier => tier).Any(again.Contains))).ToList())
            {
                spread.Add(group.Name);
                again.UnionWith(group.Tiers.SelectMany(x => x));
                grew = true;
            }
        }
    }
}
