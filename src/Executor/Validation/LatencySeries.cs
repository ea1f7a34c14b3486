using Migrate.Planner.Baselines;

namespace Migrate.Executor.Validation;

/// <summary>One direction of a disk's baseline: the intervals that had I/O, in time's order.</summary>
internal sealed class LatencySeries
{
    internal readonly record struct Point(double Iops, double LatencyUs);

    private LatencySeries(IEnumerable<(double? Iops, double? LatencyUs, double? BytesPerSecond)> samples)
    {
        var all = samples.ToList();
        // An interval without I/O has no latency, and one without a count cannot be weighted.
        var used = all.Where(s => s is { Iops: > 0, LatencyUs: not null }).ToList();
        Points = [.. used.Select(s => new Point(s.Iops!.Value, s.LatencyUs!.Value))];
        var known = all.Where(s => s.Iops is not null).ToList();
        Iops = known.Count == 0 ? 0 : known.Average(s => s.Iops!.Value);
        var sized = used.Where(s => s.BytesPerSecond is not null).ToList();
        BytesPerOperation = sized.Count == 0 ? null : sized.Sum(s => s.BytesPerSecond!.Value) / sized.Sum(s => s.Iops!.Value);
    }

    public IReadOnlyList<Point> Points { get; }
    /// <summary>Mean over all intervals, idle ones included.</summary>
    public double Iops { get; }
    public double? BytesPerOperation { get; }
    /// <summary>Mean over all I/Os: intervals are of one length, so IOPS are the weights.</summary>
    public double? MeanUs => Mean(Points);

    public static LatencySeries Reads(IEnumerable<BaselineSample> samples) =>
        new(samples.OrderBy(s => s.At).Select(s => (s.ReadIops, s.ReadLatencyUs, s.ReadBytesPerSecond)));

    public static LatencySeries Writes(IEnumerable<BaselineSample> samples) =>
        new(samples.OrderBy(s => s.At).Select(s => (s.WriteIops, s.WriteLatencyUs, s.WriteBytesPerSecond)));

    public static double? Mean(IReadOnlyList<Point> points) =>
        points.Count == 0 ? null : points.Sum(p => p.Iops * p.LatencyUs) / points.Sum(p => p.Iops);
}
