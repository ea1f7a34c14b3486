using Migrate.Api.Concerns;
using Migrate.Api.Inventory;
using Migrate.Api.Runs;
using Migrate.Executor.Domains;
using Migrate.Executor.Runs.Gates;
using Migrate.Executor.Validation;
using Migrate.Executor.Validation.Latency;
using Migrate.Planner.Baselines;
using Migrate.Planner.Baselines.Profiles;
using Migrate.Planner.Baselines.Series;
using Migrate.Planner.Baselines.Trust;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;

namespace Migrate.Api.Reports;

/// <summary>What happened to one VM and what is proven: the numbers that the HTML report shows, and nothing else.</summary>
public sealed record RunReport
{
    /// <summary>Version of this program.</summary>
    public required string ToolVersion { get; init; }
    /// <summary>UTC.</summary>
    public required DateTime GeneratedAt { get; init; }
    public required Guid RunId { get; init; }
    public required string Plan { get; init; }
    public required int Wave { get; init; }
    public required string Vm { get; init; }
    public required RunPhase Phase { get; init; }
    /// <summary>Null while there is no verdict.</summary>
    public Outcome? Outcome { get; init; }
    /// <summary>The verdict of Fail, with who accepted it; null for any other.</summary>
    public FailedVerdict? FailedVerdict { get; init; }
    public required int Attempt { get; init; }
    /// <summary>UTC.</summary>
    public DateTime? StartedAt { get; init; }
    /// <summary>UTC.</summary>
    public DateTime? FinishedAt { get; init; }
    public ReportFailure? Failure { get; init; }
    public required ReportSource Source { get; init; }
    public required ReportDestination Destination { get; init; }
    public required IReadOnlyList<ReportDisk> Disks { get; init; }
    /// <summary>Of a warm run, the newest ones, oldest first.</summary>
    public IReadOnlyList<PassView> Passes { get; init; } = [];
    /// <summary>Data, boot, identity and latency, each with its reasons.</summary>
    public required IReadOnlyList<AspectVerdict> Aspects { get; init; }
    public required IReadOnlyList<LatencyComparison> Latencies { get; init; }
    /// <summary>What latencies were compared with; null when none was taken.</summary>
    public ReportBaseline? Baseline { get; init; }
    /// <summary>What was changed on the source and how it is undone.</summary>
    public required IReadOnlyList<string> SourceChanges { get; init; }
    /// <summary>Null when the run did not shut its guest down.</summary>
    public DowntimeView? Downtime { get; init; }
    public required IReadOnlyList<RunEventView> TimeLine { get; init; }
}

/// <summary>Why a run failed.</summary>
/// <param name="Code">Stable code.</param>
/// <param name="Message">What went wrong.</param>
/// <param name="Remedy">What to do about it.</param>
/// <param name="LeftBehind">What is left and how to remove it.</param>
public sealed record ReportFailure(string Code, string Message, string Remedy, IReadOnlyList<string> LeftBehind);

/// <summary>The VM as it was on the source, from the inventory version that the plan was made against.</summary>
/// <param name="Name">Name of the source.</param>
/// <param name="Url">Its URL, or the paths of its files.</param>
/// <param name="Product">The product that answered.</param>
/// <param name="InventoryVersion">Number of the version.</param>
/// <param name="Host">ESXi host.</param>
/// <param name="Guest">Operating system as vSphere names it.</param>
/// <param name="PowerState">When the inventory was taken.</param>
/// <param name="Cpus">vCPUs.</param>
/// <param name="MemoryBytes">Bytes.</param>
/// <param name="Firmware">bios or efi.</param>
/// <param name="Topology">The way from its datastores down to the HBAs.</param>
public sealed record ReportSource(
    string Name,
    string Url,
    string Product,
    int InventoryVersion,
    string Host,
    string Guest,
    string PowerState,
    int Cpus,
    long MemoryBytes,
    string Firmware,
    IReadOnlyList<TopologyView> Topology);

/// <summary>Where the VM moved to.</summary>
/// <param name="Host">Name of the KVM host.</param>
/// <param name="Uri">Its libvirt URI.</param>
/// <param name="DomainType">kvm or qemu.</param>
/// <param name="DomainTypeReason">Why that type.</param>
/// <param name="Attachment">backing or nvme-tcp.</param>
/// <param name="DomainName">Null until it is defined.</param>
/// <param name="DomainXml">As it was given to libvirt.</param>
/// <param name="Reasons">Why each setting is as it is.</param>
public sealed record ReportDestination(
    string Host,
    string Uri,
    string? DomainType,
    string? DomainTypeReason,
    string Attachment,
    string? DomainName,
    string? DomainXml,
    IReadOnlyList<SettingReason> Reasons);

/// <summary>One disk: how it was copied and what proves that it is the same.</summary>
/// <param name="Label">e.g. Hard disk 1.</param>
/// <param name="FileName">Datastore path on the source.</param>
/// <param name="Datastore">Name of the datastore.</param>
/// <param name="Reader">https-folder or export-lease.</param>
/// <param name="ReaderReason">Why that reader.</param>
/// <param name="NamespaceUuid">The namespace that it was copied to.</param>
/// <param name="CapacityBytes">Bytes.</param>
/// <param name="BytesRead">Bytes that the source sent.</param>
/// <param name="BytesWritten">Bytes written to the namespace.</param>
/// <param name="BytesZero">Bytes that are zero and were not written.</param>
/// <param name="CopySeconds">How long the copy took; null until it is done.</param>
/// <param name="BytesPerSecond">Capacity over that time.</param>
/// <param name="SourceHash">SHA-256 over the SHA-256 of every 1 MiB that the source sent, hex.</param>
/// <param name="DestinationHash">The same, when all of the namespace was read back and is what the source sent; how that was compared is in the manifest.</param>
/// <param name="Equal">Whether they are equal; null until both are known.</param>
public sealed record ReportDisk(
    string Label,
    string FileName,
    string Datastore,
    string Reader,
    string ReaderReason,
    Guid NamespaceUuid,
    long CapacityBytes,
    long BytesRead,
    long BytesWritten,
    long BytesZero,
    double? CopySeconds,
    double? BytesPerSecond,
    string? SourceHash,
    string? DestinationHash,
    bool? Equal)
{
    /// <summary>How the copy was proven; null until it was.</summary>
    public VerifyLevel? Verified { get; init; }
}

/// <summary>How the VM's storage was measured before the move, and how far that can be trusted.</summary>
/// <param name="CollectedAt">When the run took it, UTC.</param>
/// <param name="From">Its first sample, UTC; null without samples.</param>
/// <param name="To">Its last sample, UTC.</param>
/// <param name="Intervals">How many intervals of all disks together have a sample.</param>
/// <param name="IntervalSeconds">Every latency is the mean of such an interval, every percentile one of such means: never of single I/Os.</param>
/// <param name="Trust">High, Medium or Low; unknown for a baseline of before this was judged.</param>
/// <param name="Reasons">Everything that speaks against it, the gravest first.</param>
/// <param name="Disks">Each disk's load, for the whole and by hour of the week; without a disk of which nothing was measured.</param>
public sealed record ReportBaseline(
    DateTime CollectedAt, DateTime? From, DateTime? To, int Intervals, int IntervalSeconds, string Trust, IReadOnlyList<TrustReason> Reasons, IReadOnlyList<DiskProfile> Disks)
{
    internal static ReportBaseline? Of(Baseline? baseline)
    {
        if (baseline is null)
        {
            return null;
        }

        List<DateTime> times = [.. baseline.Disks.SelectMany(disk => disk.Samples).Select(sample => sample.At)];
        return new ReportBaseline(
            baseline.CollectedAt, times.Count == 0 ? null : times.Min(), times.Count == 0 ? null : times.Max(), times.Count, SampleSeries.IntervalSeconds,
            baseline.Trust?.Level.ToString() ?? "unknown", baseline.Trust?.Reasons ?? [],
            [.. baseline.Disks.Where(disk => disk.Series is { Count: > 0 }).Select(disk => DiskProfile.Of(disk.Instance, disk.DiskKey, disk.Series!, SampleSeries.IntervalSeconds))]);
    }
}

/// <summary>All VMs of a plan: where each is and what is proven.</summary>
/// <param name="ToolVersion">Version of this program.</param>
/// <param name="GeneratedAt">UTC.</param>
/// <param name="Plan">Name of the plan.</param>
/// <param name="Source">Name of the source.</param>
/// <param name="Host">Name of the KVM host.</param>
/// <param name="InventoryVersion">The inventory version that it was made against.</param>
/// <param name="Vms">Every VM of the plan, by wave.</param>
/// <param name="Overrides">Critical concerns that somebody gave a reason to go on with, lifted ones too.</param>
/// <param name="Check">What the newest check by probes found; null when none was made.</param>
/// <param name="Runs">The report of the newest run of each VM, for the first 50 that have one.</param>
public sealed record PlanReport(
    string ToolVersion,
    DateTime GeneratedAt,
    string Plan,
    string Source,
    string Host,
    int InventoryVersion,
    IReadOnlyList<PlanReportRow> Vms,
    IReadOnlyList<OverrideView> Overrides,
    PlanCheckView? Check,
    IReadOnlyList<RunReport> Runs);

/// <summary>One VM in a plan's report.</summary>
/// <param name="Vm">Name.</param>
/// <param name="Wave">Wave number.</param>
/// <param name="Concerns">Counts: critical, warnings, information.</param>
/// <param name="RunId">Its newest run; null while it was not started.</param>
/// <param name="Phase">Where that is.</param>
/// <param name="Outcome">Pass, Fail or Inconclusive.</param>
/// <param name="CapacityBytes">Sum of its disks.</param>
/// <param name="Seconds">From start to end of the run.</param>
/// <param name="Error">Why it failed, if it did.</param>
public sealed record PlanReportRow(
    string Vm, int Wave, ConcernCounts Concerns, Guid? RunId, RunPhase? Phase, string? Outcome, long CapacityBytes, double? Seconds, string? Error);

/// <summary>How many concerns of each severity.</summary>
/// <param name="Critical">Blocks the start.</param>
/// <param name="Warning">May lose something.</param>
/// <param name="Information">Mapped or harmless.</param>
public sealed record ConcernCounts(int Critical, int Warning, int Information);
