using Migrate.Planner.Baselines;
using Migrate.Planner.Baselines.Histograms;
using Migrate.Planner.Baselines.Series;
using Migrate.Planner.Baselines.Trust;

namespace Migrate.Executor.Validation.Latency;

/// <summary>The side before the move: what was collected of the source, and the histogram of single I/Os that was imported, if any.</summary>
public static class BaselineLatency
{
    /// <param name="baseline">Null: none was collected.</param>
    /// <param name="histograms">Imported ones of the VM; the newest of the disk counts, of those that say when they were counted if one does.</param>
    /// <param name="diskKey">Device key in the VM.</param>
    /// <param name="direction">read | write.</param>
    public static LatencyEvidence Of(Baseline? baseline, IReadOnlyList<DiskHistograms> histograms, int diskKey, string direction)
    {
        var samples = baseline?.Disks.FirstOrDefault(disk => disk.DiskKey == diskKey)?.Samples ?? [];
        // fio's histograms are of its own load and not of the VM's.
        var newest = histograms.Where(x => x.DiskKey == diskKey && x.Origin == HistogramImport.VscsiStatsOrigin).MaxBy(x => (x.Counted is not null, x.ImportedAt));
        var histogram = newest?.Histograms.FirstOrDefault(x => x.Metric == HistogramMetric.Latency && x.Direction == (direction == "read" ? IoDirection.Read : IoDirection.Write) && x.Count > 0);
        return new LatencyEvidence
        {
            Intervals = [.. samples.OrderBy(x => x.At).Select(x => IntervalOf(x, direction)).OfType<LatencyInterval>()],
            LimitsUs = histogram is null ? [] : [.. histogram.Bins.Where(x => x.UpTo is not null).Select(x => (long)x.UpTo!.Value)],
            Counts = histogram is null ? [] : [.. histogram.Bins.Select(x => x.Count)],
            Origin = histogram is null ? null : HistogramImport.VscsiStatsOrigin,
            Counted = histogram is null ? null : newest!.Counted,
            ObservedSeconds = samples.Count * SampleSeries.IntervalSeconds,
            Refusals = RefusalsOf(baseline, diskKey),
        };
    }

    /// <summary>A baseline of low trust is good for a look and for no decision. What is another disk's matter forbids nothing here; that I/O is too little is judged by its figures.</summary>
    private static IReadOnlyList<string> RefusalsOf(Baseline? baseline, int diskKey) => baseline switch
    {
        null => ["there is no baseline from the source"],
        { Trust: { Level: TrustLevel.Low } trust } => [.. trust.Reasons.Where(x => x.AtMost == TrustLevel.Low && x.Code != TrustCode.TooFewSamples && (x.DiskKey ?? diskKey) == diskKey).Select(x => $"{x.Message.TrimEnd('.')} ({x.Code}{(x.Remedy.Length > 0 ? $": {x.Remedy.TrimEnd('.')}" : "")})")],
        _ => [],
    };

    /// <summary>An interval without I/O has no latency, and one without a count cannot be weighed.</summary>
    private static LatencyInterval? IntervalOf(BaselineSample sample, string direction)
    {
        var (iops, us, bytes) = direction == "read"
            ? (sample.ReadIops, sample.ReadLatencyUs, sample.ReadBytesPerSecond)
            : (sample.WriteIops, sample.WriteLatencyUs, sample.WriteBytesPerSecond);
        return iops is > 0 && us is { } latency
            ? new LatencyInterval(sample.At, SampleSeries.IntervalSeconds, iops.Value * SampleSeries.IntervalSeconds, bytes * SampleSeries.IntervalSeconds, latency)
            : null;
    }
}
