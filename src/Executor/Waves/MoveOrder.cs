using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner;
using Migrate.Planner.Persistence;
using Migrate.Planner.Waves;

namespace Migrate.Executor.Waves;

/// <summary>
/// What must serve at its destination before a VM goes down: the lower tiers of its group, and the groups that its group comes after. Approved waves write it
/// beside each VM, as group and tier and not as names, so that it costs as much as there are VMs.
/// </summary>
internal static class MoveOrder
{
    private const int MostNamed = 5;

    /// <summary>By keys of VMs. One that is in no group comes after nothing.</summary>
    public static IReadOnlyDictionary<string, (string? Group, int? Tier, string? After)> Of(IReadOnlyList<MoveGroup> groups) =>
        groups.SelectMany(group => group.Tiers.SelectMany((tier, i) => tier.Select(vm => (Vm: vm, Group: group, Tier: i))))
            .ToDictionary(x => x.Vm, x => ((string?)x.Group.Name, (int?)x.Tier, x.Group.After.Count == 0 ? null : JsonSerializer.Serialize(x.Group.After, PlannerJson.Default.IReadOnlyListString)));

    /// <summary>Names of what a VM still waits for, some of them, and how many it is; null: the VM comes after nothing.</summary>
    public static async Task<WaitedFor?> WaitsForAsync(MigrateDb db, PlanVm vm, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> after = vm.MoveAfter is null ? [] : PlannerJson.Read(vm.MoveAfter, PlannerJson.Default.IReadOnlyListString);
        if (vm.MoveGroup is null || (vm.MoveTier == 0 && after.Count == 0))
        {
            return null;
        }

        var before = db.PlanVms.AsNoTracking().Where(x => x.PlanId == vm.PlanId && ((x.MoveGroup == vm.MoveGroup && x.MoveTier < vm.MoveTier) || after.Contains(x.MoveGroup)));
        // Seen to have booted, where its downtime was timed; and nobody takes it back just now.
        var missing = before.Where(x => !db.Runs.Any(run => run.PlanVmId == x.Id
            && (run.Phase == RunPhase.Validating || run.Phase == RunPhase.Completed
                || ((run.Phase == RunPhase.Failed || run.Phase == RunPhase.Paused) && run.ResumePhase == RunPhase.Validating))
            && (run.DowntimeEndedAt != null || run.DowntimeStartedAt == null)
            && (run.Request == null || (run.Request != RunRequest.RollBack && run.Request != RunRequest.RollBackAndDeleteData))));
        var names = await missing.OrderBy(x => x.MoveTier).ThenBy(x => x.VmName).Select(x => x.VmName).Take(MostNamed).ToListAsync(cancellationToken);
        return new WaitedFor(vm.MoveGroup, names, names.Count < MostNamed ? names.Count : await missing.CountAsync(cancellationToken), await before.CountAsync(cancellationToken));
    }
}

/// <summary>What a VM goes down after.</summary>
/// <param name="Group">Its group.</param>
/// <param name="Names">VMs that do not serve at their destination yet: the first of them.</param>
/// <param name="Missing">How many do not.</param>
/// <param name="All">How many must.</param>
public sealed record WaitedFor(string Group, IReadOnlyList<string> Names, int Missing, int All);
