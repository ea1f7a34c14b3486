using Migrate.Api.Reports.Formats;
using Migrate.Api.Runs;
using Migrate.Executor.Runs.Gates;
using Migrate.Executor.Validation;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Reports.WaveResults;

/// <summary>What became of a wave, or of all waves of a plan.</summary>
public sealed record WaveResultReport : Report
{
    public override string Kind => "wave";
    /// <summary>Name of the plan.</summary>
    public required string Plan { get; init; }
    /// <summary>Null: all of them.</summary>
    public int? Wave { get; init; }
    /// <summary>Name of the source.</summary>
    public required string Source { get; init; }
    /// <summary>Name of the KVM host.</summary>
    public required string Host { get; init; }
    public required WaveTotals Totals { get; init; }
    /// <summary>How far off forecasts were; those that the next waves are planned by learn from the rates that were reached.</summary>
    public required IReadOnlyList<ForecastAccuracy> Forecasts { get; init; }
    public required IReadOnlyList<WaveResultVm> Vms { get; init; }
    /// <summary>Verdicts of Fail in it; each holds the waves after its own until somebody accepts it.</summary>
    public required IReadOnlyList<FailedVerdict> FailedVerdicts { get; init; }
    /// <summary>Concerns, cutovers and verdicts that somebody let through with a reason.</summary>
    public required IReadOnlyList<AcceptedRisk> AcceptedRisks { get; init; }
    /// <summary>What was not done as it was planned.</summary>
    public required IReadOnlyList<Deviation> Deviations { get; init; }

    internal override ReportTable Table() => new(
        [
            "wave", "vm", "vm_key", "run", "mode", "result", "phase", "verdict", "accepted_by", "attempt", "started", "finished", "took_s", "capacity_bytes", "allocated_bytes", "sent_bytes", "zero_bytes", "passes",
            "copy_s", "bytes_per_second", "copy_forecast_s", "copy_error", "downtime_s", "downtime_forecast_low_s", "downtime_forecast_s", "downtime_forecast_high_s", "downtime_error", "error_code", "error",
        ],
        Vms.Select(IReadOnlyList<object?> (x) =>
        [
            x.Wave, x.Vm, x.VmKey, x.RunId, x.Mode, x.Result, x.Phase, x.Outcome, x.FailedVerdict?.Accepted?.By, x.Attempt, x.StartedAt, x.FinishedAt, x.Seconds, x.CapacityBytes, x.AllocatedBytes, x.SentBytes,
            x.ZeroBytes, x.Passes, x.CopySeconds, x.BytesPerSecond, x.CopyForecastSeconds, x.CopyError, x.DowntimeSeconds, x.DowntimeForecast?.Low, x.DowntimeForecast?.Likely, x.DowntimeForecast?.High, x.DowntimeError,
            x.Failure?.Code, x.Failure?.Message,
        ]));
}

/// <summary>Sums over a wave.</summary>
/// <param name="Vms">VMs in it.</param>
/// <param name="Moved">Those whose run is completed, whatever its verdict.</param>
/// <param name="Passed">Those with the verdict Pass.</param>
/// <param name="FailedVerdicts">Those with the verdict Fail.</param>
/// <param name="Inconclusive">Those with the verdict Inconclusive.</param>
/// <param name="FailedRuns">Those whose run failed.</param>
/// <param name="RolledBack">Those that went back.</param>
/// <param name="UnderWay">Those whose run is not over.</param>
/// <param name="NotStarted">Those without a run.</param>
/// <param name="CapacityBytes">What disks could hold.</param>
/// <param name="AllocatedBytes">What the source sent of them.</param>
/// <param name="SentBytes">What was written at the destination.</param>
/// <param name="StartedAt">When the first run began, UTC.</param>
/// <param name="FinishedAt">When the last run was over, UTC; null while one is not.</param>
/// <param name="MedianDowntimeSeconds">Of guests that were shut down; null where none was.</param>
/// <param name="LongestDowntimeSeconds">The same.</param>
/// <param name="LongestDowntimeVm">Of which VM.</param>
public sealed record WaveTotals(
    int Vms, int Moved, int Passed, int FailedVerdicts, int Inconclusive, int FailedRuns, int RolledBack, int UnderWay, int NotStarted, long CapacityBytes, long AllocatedBytes, long SentBytes,
    DateTime? StartedAt, DateTime? FinishedAt, double? MedianDowntimeSeconds, double? LongestDowntimeSeconds, string? LongestDowntimeVm);

/// <summary>How far off forecasts of one kind were. An error is what it took, divided by what was forecast, less 1: 0.25 took a quarter longer, -0.5 half as long.</summary>
/// <param name="What">copy time or downtime.</param>
/// <param name="Vms">Of how many VMs both are known.</param>
/// <param name="MedianError">Null without any.</param>
/// <param name="WorstError">The one that is farthest from 0.</param>
/// <param name="WorstVm">Of which VM.</param>
/// <param name="WithinBand">Of downtimes: how many were between the forecast's low and high; null for copy times, which have no band.</param>
public sealed record ForecastAccuracy(string What, int Vms, double? MedianError, double? WorstError, string? WorstVm, int? WithinBand);

/// <summary>What became of a VM.</summary>
public enum VmResult
{
    /// <summary>Moved, and everything proven.</summary>
    Passed,
    /// <summary>Moved; not all could be compared.</summary>
    Inconclusive,
    /// <summary>Moved, with a failed verdict that somebody accepted.</summary>
    Accepted,
    /// <summary>Moved, with a failed verdict.</summary>
    FailedVerdict,
    /// <summary>Its run failed, and can be retried or rolled back.</summary>
    FailedRun,
    RolledBack,
    UnderWay,
    NotStarted,
}

/// <summary>One VM of a wave, by its newest run.</summary>
public sealed record WaveResultVm
{
    public required string Vm { get; init; }
    /// <summary>Managed object id.</summary>
    public required string VmKey { get; init; }
    public required int Wave { get; init; }
    /// <summary>Null while it was not started.</summary>
    public Guid? RunId { get; init; }
    public required MigrationMode Mode { get; init; }
    public required VmResult Result { get; init; }
    public RunPhase? Phase { get; init; }
    /// <summary>Null while there is no verdict.</summary>
    public Outcome? Outcome { get; init; }
    /// <summary>The verdict of Fail, with who accepted it.</summary>
    public FailedVerdict? FailedVerdict { get; init; }
    public int? Attempt { get; init; }
    /// <summary>UTC.</summary>
    public DateTime? StartedAt { get; init; }
    /// <summary>UTC.</summary>
    public DateTime? FinishedAt { get; init; }
    /// <summary>Between the two.</summary>
    public double? Seconds { get; init; }
    /// <summary>In the order in which they began first.</summary>
    public required IReadOnlyList<PhaseTime> Phases { get; init; }
    /// <summary>What its disks could hold.</summary>
    public required long CapacityBytes { get; init; }
    /// <summary>What the source sent of them, all passes together.</summary>
    public required long AllocatedBytes { get; init; }
    /// <summary>What was written at the destination.</summary>
    public required long SentBytes { get; init; }
    /// <summary>What was zero and not written.</summary>
    public required long ZeroBytes { get; init; }
    /// <summary>Of a warm run; 0 of a cold one.</summary>
    public required int Passes { get; init; }
    /// <summary>Of the first copy, all disks together; null until it is done.</summary>
    public double? CopySeconds { get; init; }
    /// <summary>What the source sent in the first copy over that time.</summary>
    public double? BytesPerSecond { get; init; }
    /// <summary>By the approved waves; else, of a cold run, by the rates that its plan expects. Null where nothing was forecast.</summary>
    public double? CopyForecastSeconds { get; init; }
    /// <summary>waves, or the plan's rates.</summary>
    public string? CopyForecastFrom { get; init; }
    /// <summary>What it took over what was forecast, less 1; null of less than 256 MiB, which measure how long a copy takes to begin.</summary>
    public double? CopyError { get; init; }
    /// <summary>Null when the run did not shut its guest down.</summary>
    public double? DowntimeSeconds { get; init; }
    /// <summary>Just before it, or where nothing told then, by the approved waves.</summary>
    public BandView? DowntimeForecast { get; init; }
    /// <summary>just before it, or waves.</summary>
    public string? DowntimeForecastFrom { get; init; }
    /// <summary>What it took over what was likely, less 1.</summary>
    public double? DowntimeError { get; init; }
    /// <summary>Why its run failed, if it did.</summary>
    public ReportFailure? Failure { get; init; }
}

/// <summary>A phase of a run.</summary>
/// <param name="Phase">Which.</param>
/// <param name="At">When it began first, UTC.</param>
/// <param name="Seconds">Until the next one began first; null of the one that lasts.</param>
public sealed record PhaseTime(RunPhase Phase, DateTime At, double? Seconds);
