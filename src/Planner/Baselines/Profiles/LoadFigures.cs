namespace Migrate.Planner.Baselines.Profiles;

/// <summary>A figure's mean and percentiles over 20 s intervals. Never percentiles of single I/Os.</summary>
public sealed record Spread(double Mean, double P50, double P95);

/// <summary>
/// One direction of one disk over some hours. Formulas are in docs/baselines.md; null where no interval carried the counter.
/// </summary>
/// <param name="Iops">Per interval, idle ones included.</param>
/// <param name="LatencyUs">Of 20 s means, each weighing as much as it has I/Os: the mean is exact over all I/Os, the percentiles hide
/// slow single I/Os.</param>
/// <param name="BytesPerSecond">Throughput per interval, idle ones included.</param>
/// <param name="BytesPerIo">Mean over all I/Os.</param>
/// <param name="Outstanding">I/Os under way, per interval.</param>
public sealed record DirectionFigures(Spread? Iops, Spread? LatencyUs, Spread? BytesPerSecond, double? BytesPerIo, Spread? Outstanding);

/// <param name="Samples">20 s intervals that carry any figure.</param>
/// <param name="SequentialShare">Share (0…1) of I/Os less than 64 blocks of 512 bytes from the one before.</param>
/// <param name="ChangeBytesPerSecond">How fast the disk changes; what it means depends on <paramref name="ChangeOrigin"/>.</param>
/// <param name="ChangeOrigin">Null where nothing was measured.</param>
public sealed record LoadFigures(
    int Samples, DirectionFigures Read, DirectionFigures Write, double? SequentialShare, double? ChangeBytesPerSecond, ChangeOrigin? ChangeOrigin = null);
