using System.Text.Json.Serialization;
using Migrate.Planner.Baselines.Series;
using Migrate.Planner.Baselines.Trust;

namespace Migrate.Planner.Baselines;

/// <summary>
/// How a VM's storage behaved on the source. Every figure is a mean of a 20 s interval (PerformanceManager's realtime
/// samples), never a single I/O's latency; labels and reports must say so.
/// </summary>
public sealed partial record Baseline
{
    public required string VmKey { get; init; }
    public required DateTime CollectedAt { get; init; }
    /// <summary>Counters that the server does not have or does not fill, by group.name.rollup.</summary>
    public IReadOnlyList<string> MissingCounters { get; init; } = [];
    public IReadOnlyList<DiskBaseline> Disks { get; init; } = [];
    /// <summary>How far it decides anything; null in baselines of before this was judged.</summary>
    public BaselineTrust? Trust { get; init; }
}

public sealed record DiskBaseline
{
    public required int DiskKey { get; init; }
    /// <summary>PerformanceManager's instance, e.g. "scsi0:0".</summary>
    public required string Instance { get; init; }
    public IReadOnlyList<BaselineSample> Samples { get; init; } = [];
    /// <summary>The same with all counters; null where it was not stored so.</summary>
    [JsonIgnore]
    public SampleSeries? Series { get; init; }
}

/// <summary>One 20 s interval. Null where the server gave no value (-1 or absent).</summary>
public sealed record BaselineSample(
    DateTime At,
    double? ReadIops,
    double? WriteIops,
    double? ReadLatencyUs,
    double? WriteLatencyUs,
    double? ReadBytesPerSecond,
    double? WriteBytesPerSecond,
    double? ReadOutstanding,
    double? WriteOutstanding);
