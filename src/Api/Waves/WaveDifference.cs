using Migrate.Api.Pages.Waves;
using Migrate.Executor.Waves;
using Migrate.Planner;
using Migrate.Planner.Persistence;
using Migrate.Planner.Waves;

namespace Migrate.Api.Waves;

/// <summary>Which VMs move otherwise by one schedule than by another: in another wave, or at another time.</summary>
internal static class WaveDifference
{
    /// <summary>By the begin of their cutovers, those that do not move any more are last.</summary>
    public static readonly ListOrders<WaveVmChange> Orders = new ListOrders<WaveVmChange>("cutover").Last(x => x.Key)
        .By("cutover", x => x.After == null, x => (x.After ?? x.Before)!.CutoverStart).By("wave", x => x.After == null ? int.MaxValue : x.After.Wave, x => x.Name).By("vm", x => x.Name);

    /// <summary>What differs between two versions but for their VMs: as the page shows it and the API answers it.</summary>
    public static WaveVersionDiff Between(string plan, WaveVersion from, WaveVersion to, int vms) => new(
        WavePlanEndpoints.View(plan, from),
        WavePlanEndpoints.View(plan, to),
        [.. WaveRulesForm.Differences(RulesOf(from), RulesOf(to)).Select(x => new WaveRuleChange(x.Label, x.Before, x.After))],
        vms);

    /// <summary>The VMs that move otherwise.</summary>
    /// <exception cref="MigrateException">list.order-unknown.</exception>
    public static async Task<IReadOnlyList<WaveVmChange>> VmsAsync(WavePlans waves, WaveVersion from, WaveVersion to, string? sort, CancellationToken cancellationToken) =>
        Of(await AllAsync(waves, from, cancellationToken), await AllAsync(waves, to, cancellationToken), sort);

    /// <summary>The same of two schedules.</summary>
    public static IReadOnlyList<WaveVmChange> Of(IReadOnlyList<VmMove> before, IReadOnlyList<VmMove> after, string? sort = null)
    {
        var (then, now) = (before.ToDictionary(x => x.Key), after.Select(x => x.Key).ToHashSet());
        return
        [
            .. Orders.Apply(
                after.Where(x => !then.TryGetValue(x.Key, out var was) || !IsSame(was, x)).Select(x => new WaveVmChange(x.Key, x.Name, Times(then.GetValueOrDefault(x.Key)), Times(x)))
                    .Concat(before.Where(x => !now.Contains(x.Key)).Select(x => new WaveVmChange(x.Key, x.Name, Times(x), null))),
                sort),
        ];
    }

    /// <summary>Why it is then may be said otherwise, and its copy may take longer: it moves at the same times all the same.</summary>
    private static bool IsSame(VmMove one, VmMove other) =>
        (one.Wave, one.CopyStart, one.CutoverStart, one.CutoverEnd) == (other.Wave, other.CopyStart, other.CutoverStart, other.CutoverEnd);

    private static WaveVmTimes? Times(VmMove? move) => move is null ? null : new WaveVmTimes(move.Wave, move.CopyStart, move.CutoverStart, move.CutoverEnd, move.DowntimeSeconds.Likely, move.Why);

    private static WaveRules RulesOf(WaveVersion version) => PlannerJson.Read(version.Rules, PlannerJson.Default.WaveRules);

    private static async Task<IReadOnlyList<VmMove>> AllAsync(WavePlans waves, WaveVersion version, CancellationToken cancellationToken) =>
        (await waves.VmsAsync(version.Id, null, null, 0, int.MaxValue, cancellationToken)).Items;
}
