using Migrate.Planner.Baselines.Histograms;

namespace Migrate.Executor.Validation.Latency;

/// <summary>
/// One direction of one disk over one interval: what was done in it and how long it took on average. Intervals without I/O have no latency
/// and are not among these.
/// </summary>
/// <param name="EndedAt">UTC.</param>
/// <param name="Seconds">Its length, 20 s as a rule.</param>
/// <param name="Operations">I/Os in it, more than 0.</param>
/// <param name="Bytes">Of them together; null where the source does not tell.</param>
/// <param name="MeanUs">Mean time of these I/Os in microseconds.</param>
/// <param name="Counts">I/Os per bin of the histogram of <see cref="LatencyEvidence.LimitsUs"/>; null where only means are known.</param>
public sealed record LatencyInterval(DateTime EndedAt, double Seconds, double Operations, double? Bytes, double MeanUs, IReadOnlyList<long>? Counts = null);

/// <summary>How fast one disk answered in one direction, on one side of the move. What is empty or null was not observed.</summary>
public sealed record LatencyEvidence
{
    public static LatencyEvidence None { get; } = new();

    /// <summary>In order of time.</summary>
    public IReadOnlyList<LatencyInterval> Intervals { get; init; } = [];

    /// <summary>How long it was observed, intervals without I/O included.</summary>
    public double ObservedSeconds { get; init; }

    /// <summary>Inclusive upper limits of the histogram's bins in microseconds, ascending; bins are one more than limits: the last has none.</summary>
    public IReadOnlyList<long> LimitsUs { get; init; } = [];

    /// <summary>Single I/Os per bin over all of the time; empty where no histogram was counted.</summary>
    public IReadOnlyList<long> Counts { get; init; } = [];

    /// <summary>Where the histogram is from: "vscsiStats", "fio", "QEMU"; null without one.</summary>
    public string? Origin { get; init; }

    /// <summary>When <see cref="Counts"/> were counted, if not interval by interval; null: nobody said.</summary>
    public CountedSpan? Counted { get; init; }

    /// <summary>Why figures of this side decide nothing, each a clause in words; none if they may.</summary>
    public IReadOnlyList<string> Refusals { get; init; } = [];

    /// <summary>Whether more time alone may mend all of that.</summary>
    public bool RefusalsMayPass { get; init; }
}
