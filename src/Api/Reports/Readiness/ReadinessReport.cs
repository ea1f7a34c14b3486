using Migrate.Api.Reports.Formats;
using Migrate.Api.Runs;
using Migrate.Executor.Runs.Gates;
using Migrate.Planner.Concerns;

namespace Migrate.Api.Reports.Readiness;

/// <summary>Before a move: what moves, what stands against it, and what is missing before it may begin.</summary>
public sealed record ReadinessReport : Report
{
    public override string Kind => "readiness";
    /// <summary>Name of the plan.</summary>
    public required string Plan { get; init; }
    /// <summary>Name of the source.</summary>
    public required string Source { get; init; }
    /// <summary>Name of the KVM host.</summary>
    public required string Host { get; init; }
    /// <summary>The inventory version that the plan was made against.</summary>
    public required int InventoryVersion { get; init; }
    /// <summary>When that was read, UTC.</summary>
    public required DateTime InventoryTakenAt { get; init; }
    /// <summary>When the plan was checked last against the systems themselves, UTC; null: never.</summary>
    public DateTime? CheckedAt { get; init; }
    public required ReadinessTotals Totals { get; init; }
    /// <summary>Every VM of the plan, by wave.</summary>
    public required IReadOnlyList<ReadinessVm> Vms { get; init; }
    /// <summary>What stands against the move, the most severe first.</summary>
    public required IReadOnlyList<ReadinessConcern> Concerns { get; init; }
    /// <summary>Critical concerns that somebody gave a reason to go on with, and acceptances that were taken back.</summary>
    public required IReadOnlyList<AcceptedRisk> AcceptedRisks { get; init; }
    public required ReadinessBaselines Baselines { get; init; }
    /// <summary>What the destination has, beside what the VMs that are still to move need.</summary>
    public required IReadOnlyList<ReadinessCapacity> Capacity { get; init; }
    /// <summary>When the waves move; without times while none were planned.</summary>
    public required IReadOnlyList<ReadinessWave> Waves { get; init; }
    /// <summary>Of the newest version of the waves; null while they were not planned.</summary>
    public ReadinessWaveVersion? WaveVersion { get; init; }
    /// <summary>Verdicts of Fail of runs of the plan: each holds the waves after its own until somebody accepts it.</summary>
    public required IReadOnlyList<FailedVerdict> FailedVerdicts { get; init; }

    internal override ReportTable Table() => new(
        [
            "wave", "vm", "vm_key", "mode", "state", "blocked_by", "critical", "accepted", "warnings", "information", "power", "guest", "cpus", "memory_bytes", "disks", "capacity_bytes", "copy_bytes",
            "datastores", "baseline_trust", "baseline_until", "change_bytes_per_second", "copy_start", "copy_end", "cutover_start", "downtime_low_s", "downtime_s", "downtime_high_s",
        ],
        Vms.Select(IReadOnlyList<object?> (x) =>
        [
            x.Wave, x.Vm, x.VmKey, x.Mode, x.State, string.Join("; ", x.BlockedBy), x.Critical, x.Accepted, x.Warnings, x.Information, x.PowerState, x.Guest, x.Cpus, x.MemoryBytes, x.Disks, x.CapacityBytes, x.CopyBytes,
            string.Join("; ", x.Datastores), x.BaselineTrust, x.BaselineUntil, x.ChangeBytesPerSecond, x.CopyStart, x.CopyEnd, x.CutoverStart, x.DowntimeSeconds?.Low, x.DowntimeSeconds?.Likely, x.DowntimeSeconds?.High,
        ]));
}

/// <summary>Sums over a plan.</summary>
/// <param name="Vms">VMs of the plan.</param>
/// <param name="Ready">Those that nothing blocks.</param>
/// <param name="Blocked">Those with a Critical concern that nobody accepted.</param>
/// <param name="Begun">Those whose run is under way.</param>
/// <param name="Moved">Those whose run is completed.</param>
/// <param name="CapacityBytes">Sum of their disks.</param>
/// <param name="CopyBytes">What their disks are known to hold.</param>
/// <param name="Critical">Critical concerns, accepted ones too.</param>
/// <param name="Warnings">Warnings.</param>
/// <param name="Information">What is mapped or harmless.</param>
public sealed record ReadinessTotals(int Vms, int Ready, int Blocked, int Begun, int Moved, long CapacityBytes, long CopyBytes, int Critical, int Warnings, int Information);

/// <summary>How ready a VM is.</summary>
public enum VmReadiness
{
    Ready,
    /// <summary>A Critical concern that nobody accepted.</summary>
    Blocked,
    /// <summary>Its run is under way.</summary>
    Begun,
    /// <summary>Its run is completed.</summary>
    Moved,
}

/// <summary>One VM of a plan.</summary>
public sealed record ReadinessVm
{
    public required string Vm { get; init; }
    /// <summary>Managed object id.</summary>
    public required string VmKey { get; init; }
    public required int Wave { get; init; }
    public required MigrationMode Mode { get; init; }
    public required VmReadiness State { get; init; }
    /// <summary>Ids of the Critical concerns that nobody accepted.</summary>
    public required IReadOnlyList<string> BlockedBy { get; init; }
    public required int Critical { get; init; }
    /// <summary>How many of the Critical ones somebody accepted.</summary>
    public required int Accepted { get; init; }
    public required int Warnings { get; init; }
    public required int Information { get; init; }
    public required string PowerState { get; init; }
    public required string Guest { get; init; }
    public required int Cpus { get; init; }
    public required long MemoryBytes { get; init; }
    public required int Disks { get; init; }
    public required long CapacityBytes { get; init; }
    /// <summary>What its disks are known to hold: as much is copied at first. One of which nobody tells is taken to be full.</summary>
    public required long CopyBytes { get; init; }
    public required IReadOnlyList<string> Datastores { get; init; }
    /// <summary>High, Medium or Low; null without a baseline.</summary>
    public string? BaselineTrust { get; init; }
    /// <summary>Its newest sample, UTC.</summary>
    public DateTime? BaselineUntil { get; init; }
    /// <summary>What is written to it; null where that was not measured.</summary>
    public double? ChangeBytesPerSecond { get; init; }
    /// <summary>Of the newest version of the waves, UTC; null while it has none.</summary>
    public DateTime? CopyStart { get; init; }
    /// <summary>UTC.</summary>
    public DateTime? CopyEnd { get; init; }
    /// <summary>When it goes down, UTC.</summary>
    public DateTime? CutoverStart { get; init; }
    /// <summary>For how long it is expected to be off, in seconds.</summary>
    public BandView? DowntimeSeconds { get; init; }
}

/// <summary>One concern with all that it was found on.</summary>
/// <param name="Id">Stable, e.g. disk.rdm; docs/concerns.md explains it.</param>
/// <param name="Severity">Critical ones block the start.</param>
/// <param name="Label">In a few words.</param>
/// <param name="Vms">How many VMs have it.</param>
/// <param name="Unaccepted">On how many of those that are still to begin nobody accepted it; 0 for what does not block.</param>
/// <param name="Remedies">What to do about it.</param>
/// <param name="Findings">Where it was found.</param>
public sealed record ReadinessConcern(string Id, ConcernSeverity Severity, string Label, int Vms, int Unaccepted, IReadOnlyList<string> Remedies, IReadOnlyList<ReadinessFinding> Findings);

/// <summary>Where a concern was found.</summary>
/// <param name="Vm">Name of the VM; null when it is about all of the plan's.</param>
/// <param name="Subject">Disk, card, host or whatever it is about.</param>
/// <param name="Assessment">What it means for the move.</param>
public sealed record ReadinessFinding(string? Vm, string Subject, string Assessment);

/// <summary>How well the VMs' storage was measured before the move: what latencies after it can be compared with.</summary>
/// <param name="High">VMs whose baseline decides.</param>
/// <param name="Medium">VMs whose baseline decides for somebody who reads the reasons.</param>
/// <param name="Low">VMs whose baseline is good for a look.</param>
/// <param name="None">VMs without one.</param>
/// <param name="Reasons">What speaks against them, the most frequent first.</param>
public sealed record ReadinessBaselines(int High, int Medium, int Low, int None, IReadOnlyList<ReadinessDoubt> Reasons);

/// <summary>Something that keeps baselines from being trusted more.</summary>
/// <param name="Code">Stable.</param>
/// <param name="AtMost">The highest trust that is left.</param>
/// <param name="Vms">How many VMs it is so for.</param>
/// <param name="Message">As it reads for one of them.</param>
/// <param name="Remedy">What would make it better; empty where nothing would.</param>
public sealed record ReadinessDoubt(string Code, string AtMost, int Vms, string Message, string Remedy);

/// <summary>Something that the destination has too little of, or enough.</summary>
/// <param name="What">storage, memory or CPUs.</param>
/// <param name="Unit">bytes or CPUs.</param>
/// <param name="Needed">By the VMs that are still to move.</param>
/// <param name="Available">What is there for them; null where nobody could be asked.</param>
/// <param name="Standing">Whether it is enough.</param>
/// <param name="Statement">In words.</param>
public sealed record ReadinessCapacity(string What, string Unit, long Needed, long? Available, Standing Standing, string Statement);

/// <summary>One wave.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Vms">VMs in it.</param>
/// <param name="Blocked">How many of them are blocked.</param>
/// <param name="CopyBytes">What is copied for it at first.</param>
/// <param name="Windows">Name of its windows; null where VMs may be off at any time.</param>
/// <param name="CopyStart">UTC; null while no times were planned.</param>
/// <param name="FirstCutover">When its first VM goes down, UTC.</param>
/// <param name="LastCutover">When its last VM serves, UTC.</param>
/// <param name="LongestDowntimeSeconds">Of its VM that is off the longest.</param>
public sealed record ReadinessWave(int Number, int Vms, int Blocked, long CopyBytes, string? Windows, DateTime? CopyStart, DateTime? FirstCutover, DateTime? LastCutover, BandView? LongestDowntimeSeconds);

/// <summary>The version of the waves that the times are from.</summary>
/// <param name="Number">From 1.</param>
/// <param name="MadeAt">UTC.</param>
/// <param name="ApprovedAt">UTC; null: nothing follows from it yet.</param>
/// <param name="ApprovedBy">By whom.</param>
/// <param name="ApprovedBecause">Why.</param>
/// <param name="Assumptions">What was taken for granted since nothing told.</param>
public sealed record ReadinessWaveVersion(int Number, DateTime MadeAt, DateTime? ApprovedAt, string? ApprovedBy, string? ApprovedBecause, IReadOnlyList<string> Assumptions);
