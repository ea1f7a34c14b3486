using Migrate.Api.Pages.Waves;
using Migrate.Executor.Waves;
using Migrate.Planner;
using Migrate.Planner.Persistence;
using Migrate.Planner.Waves;

namespace Migrate.Api.Waves;

/// <summary>Which VMs move otherwise by one schedule than by another: in another wave, or at another time.</summary>
internal static class WaveDifference
{
    /// <summary>What differs between two versions, in rules and VMs: as the page shows it and the API answers it.</summary>
    public static async Task<WaveVersionDiff> BetweenAsync(WavePlans waves, string plan, WaveVersion from, WaveVersion to, CancellationToken cancellationToken) => new(
        WavePlanEndpoints.View(plan, from),
        WavePlanEndpoints.View(plan, to),
        [.. WaveRulesForm.Differences(RulesOf(from), RulesOf(to)).Select(x => new WaveRuleChange(x.Label, x.Before, x.After))],
        Of(await AllAsync(waves, from, cancellationToken), await AllAsync(waves, to, cancellationToken)));

    /// <summary>By the begin of their cutovers; those that do not move any more are last.</summary>
    public static List<WaveVmChange> Of(IReadOnlyList<VmMove> before, IReadOnlyList<VmMove> after)
    {
        var (then, now) = (before.ToDictionary(x => x.Key), after.Select(x => x.Key).ToHashSet());
        return
        [
            .. after.Where(x => !then.TryGetValue(x.Key, out var was) || !IsSame(was, x)).OrderBy(x => x.CutoverStart).Select(x => new WaveVmChange(x.Key, x.Name, Times(then.GetValueOrDefault(x.Key)), Times(x))),
            .. before.Where(x => !now.Contains(x.Key)).OrderBy(x => x.CutoverStart).Select(x => new WaveVmChange(x.Key, x.Name, Times(x), null)),
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
