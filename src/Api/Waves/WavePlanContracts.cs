using Migrate.Executor.Runs.Gates;
using Migrate.Planner.Waves;

namespace Migrate.Api.Waves;

/// <summary>A version of a plan's waves as lists show it.</summary>
/// <param name="Plan">Name of the plan.</param>
/// <param name="Number">From 1.</param>
/// <param name="MadeAt">UTC.</param>
/// <param name="MadeBy">Who asked for it.</param>
/// <param name="ApprovedAt">UTC; null while it is not.</param>
/// <param name="ApprovedBy">By whom.</param>
/// <param name="ApprovedBecause">The reason.</param>
/// <param name="Summary">What came out.</param>
public sealed record WaveVersionView(
    string Plan, int Number, DateTime MadeAt, string MadeBy, DateTime? ApprovedAt, string? ApprovedBy, string? ApprovedBecause, WaveSummaryView Summary);

/// <summary>Waves in figures.</summary>
/// <param name="Start">Nothing begins before, UTC.</param>
/// <param name="End">When the last VM serves, UTC.</param>
/// <param name="BoundEnd">No schedule ends before, UTC.</param>
/// <param name="Gap">By what share it may be longer than the shortest one; 0 is proven to be the best.</param>
/// <param name="VmCount">VMs.</param>
/// <param name="WaveCount">Waves.</param>
/// <param name="CopyBytes">What is copied at first.</param>
/// <param name="Schedules">Schedules that were tried.</param>
/// <param name="IsCutShort">Time ran out: the same request may give another schedule on another machine.</param>
public sealed record WaveSummaryView(DateTime Start, DateTime End, DateTime BoundEnd, double Gap, int VmCount, int WaveCount, long CopyBytes, int Schedules, bool IsCutShort)
{
    internal static WaveSummaryView Of(WaveSchedule schedule, int vms) => new(
        schedule.Start, schedule.End, schedule.BoundEnd, schedule.Gap, vms, schedule.Waves.Count, schedule.Waves.Sum(x => x.CopyBytes), schedule.Made, schedule.IsCutShort);
}

/// <summary>A version with its waves; its VMs are a list of their own.</summary>
/// <param name="Version">The version.</param>
/// <param name="Waves">By time.</param>
/// <param name="Assumptions">What was taken for granted since nothing told.</param>
/// <param name="Rules">What the operator said.</param>
/// <param name="FailedVerdicts">Of runs of the plan; each holds the waves after its own until somebody accepts it.</param>
public sealed record WaveVersionDetail(WaveVersionView Version, IReadOnlyList<PlannedWave> Waves, IReadOnlyList<string> Assumptions, WaveRules Rules, IReadOnlyList<FailedVerdict> FailedVerdicts);

/// <summary>Approves a version: from then on its times count.</summary>
/// <param name="Reason">Why, or by whose word.</param>
/// <param name="By">Who says so, kept beside the authenticated name.</param>
public sealed record ApproveWaves(string Reason, string? By = null);

/// <summary>Asks how several sets of rules compare; nothing is kept.</summary>
/// <param name="Variants">1 to 8.</param>
public sealed record CompareWaves(IReadOnlyList<WaveVariant> Variants);

/// <param name="Name">For people.</param>
/// <param name="Rules">As for a version.</param>
public sealed record WaveVariant(string Name, WaveRules Rules);

/// <summary>What came of one set of rules.</summary>
/// <param name="Name">Of the variant.</param>
/// <param name="Summary">What came out; null where these rules allow no plan.</param>
/// <param name="Waves">By time.</param>
/// <param name="Binding">How many VMs each constraint binds to their time.</param>
/// <param name="Assumptions">What was taken for granted.</param>
/// <param name="Problem">Why there is no plan; null where there is one.</param>
public sealed record WaveComparison(
    string Name, WaveSummaryView? Summary, IReadOnlyList<PlannedWave> Waves, IReadOnlyDictionary<string, int> Binding, IReadOnlyList<string> Assumptions, string? Problem);
