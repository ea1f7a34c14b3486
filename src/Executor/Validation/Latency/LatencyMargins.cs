namespace Migrate.Executor.Validation.Latency;

/// <summary>A figure of the distribution of latency over I/Os.</summary>
public enum LatencyMetric
{
    Mean,
    P50,
    P95,
    P99,
}

/// <summary>How much slower "no worse" may be. Formulas: docs/verdict.md.</summary>
public sealed record LatencyMargins
{
    public static LatencyMargins Standard { get; } = new();

    /// <summary>Fewer I/Os above a limit than this share, and it is one of the tail.</summary>
    private const double Tail = 0.03;

    /// <summary>Share by which the mean, the median and the 95th percentile may grow, and each limit of the distribution below the tail.</summary>
    public double Relative { get; init; } = 0.10;

    /// <summary>Share by which the 99th percentile may grow, and each limit of the tail: they are made of fewer I/Os.</summary>
    public double RelativeOfTail { get; init; } = 0.20;

    /// <summary>Microseconds that are forgiven on top: 80 µs that become 95 µs are no failure.</summary>
    public double AbsoluteUs { get; init; } = 50;

    /// <summary>Share of all I/Os that may be above a limit in addition, however few were before.</summary>
    public double Share { get; init; } = 0.001;

    /// <summary>And in addition this part of the standard deviation of a single I/O's being above, √(S·(1−S)).</summary>
    public double Deviation { get; init; } = 0.05;

    /// <summary>What a figure in microseconds may come to.</summary>
    public double Of(LatencyMetric metric, double us) => (us * (1 + (metric == LatencyMetric.P99 ? RelativeOfTail : Relative))) + AbsoluteUs;

    /// <summary>Where the I/Os that were within this limit may come to, if this share (0…1) was above it.</summary>
    public double OfLimit(double us, double above) => (us * (1 + (above < Tail ? RelativeOfTail : Relative))) + AbsoluteUs;

    /// <summary>By how much the share of I/Os above a limit may grow.</summary>
    public double OfShare(double above) => Share + (Deviation * Math.Sqrt(above * (1 - above)));
}
