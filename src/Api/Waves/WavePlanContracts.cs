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

/// <summary>What became of the waves under several sets of rules. None is kept as a version.</summary>
/// <param name="Newest">The newest version that is kept, by which VMs are said to move otherwise; null where there is none.</param>
/// <param name="DowntimeSeconds">For how long VMs are likely to be off by that version, all added up.</param>
/// <param name="Variants">In the order of the request.</param>
public sealed record WavesCompared(WaveVersionView? Newest, double? DowntimeSeconds, IReadOnlyList<WaveComparison> Variants);

/// <summary>What came of one set of rules.</summary>
/// <param name="Name">Of the variant.</param>
/// <param name="Rules">Of the variant.</param>
/// <param name="Summary">What came out; null where these rules allow no plan.</param>
/// <param name="DowntimeSeconds">For how long VMs are likely to be off, all added up; null where there is no plan.</param>
/// <param name="Waves">By time.</param>
/// <param name="Binding">How many VMs each constraint binds to their time.</param>
/// <param name="Assumptions">What was taken for granted.</param>
/// <param name="ChangedVms">How many VMs move otherwise than by the newest version; all of them where there is none.</param>
/// <param name="Vms">The first 500 of these, by the begin of their cutovers.</param>
/// <param name="Problem">Why there is no plan; null where there is one.</param>
public sealed record WaveComparison(
    string Name, WaveRules Rules, WaveSummaryView? Summary, double? DowntimeSeconds, IReadOnlyList<PlannedWave> Waves, IReadOnlyDictionary<string, int> Binding, IReadOnlyList<string> Assumptions,
    int ChangedVms, IReadOnlyList<WaveVmChange> Vms, string? Problem);

/// <summary>What differs between two versions of a plan's waves.</summary>
/// <param name="From">The one that is compared with.</param>
/// <param name="To">The one that is compared.</param>
/// <param name="Rules">Rules that say something else; empty where only what was planned from changed meanwhile.</param>
/// <param name="VmCount">How many VMs move otherwise; which, is a list of its own.</param>
public sealed record WaveVersionDiff(WaveVersionView From, WaveVersionView To, IReadOnlyList<WaveRuleChange> Rules, int VmCount);

/// <summary>A rule that says something else.</summary>
/// <param name="Rule">What it is about, in words.</param>
/// <param name="Before">As it was, a line for each; empty where nothing was said.</param>
/// <param name="After">As it is.</param>
public sealed record WaveRuleChange(string Rule, string Before, string After);

/// <summary>A VM that moves otherwise.</summary>
/// <param name="Key">Of the VM.</param>
/// <param name="Name">Of the VM.</param>
/// <param name="Before">How it moved; null where it did not.</param>
/// <param name="After">How it moves; null where it does not any more.</param>
public sealed record WaveVmChange(string Key, string Name, WaveVmTimes? Before, WaveVmTimes? After);

/// <summary>When a VM moves.</summary>
/// <param name="Wave">Number of its wave.</param>
/// <param name="CopyStart">When its copy begins, UTC.</param>
/// <param name="CutoverStart">When it goes down, UTC.</param>
/// <param name="CutoverEnd">By when it should serve, UTC.</param>
/// <param name="DowntimeSeconds">For how long it is likely to be off.</param>
/// <param name="Why">Why then and not earlier.</param>
public sealed record WaveVmTimes(int Wave, DateTime CopyStart, DateTime CutoverStart, DateTime CutoverEnd, double DowntimeSeconds, WaveReason Why);
