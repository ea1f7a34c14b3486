namespace Migrate.Executor.Validation.Latency;

/// <summary>One disk, one direction, before and after the move, and what follows from it. All latencies in microseconds.</summary>
public sealed record LatencyComparison
{
    public required int DiskKey { get; init; }
    public required string Label { get; init; }
    /// <summary>read | write.</summary>
    public required string Direction { get; init; }
    public required Outcome Outcome { get; init; }
    /// <summary>Why the outcome is what it is, in words.</summary>
    public required string Statement { get; init; }
    /// <summary>Hardly any I/O on either side: there is nothing to judge, and the VM's verdict does not wait for it.</summary>
    public bool Idle { get; init; }
    /// <summary>What would have to be there for a decision, each in words; empty where one was made.</summary>
    public IReadOnlyList<string> Missing { get; init; } = [];
    /// <summary>Whether a longer observation can decide what is open.</summary>
    public bool TimeMayDecide { get; init; }

    public LatencySide Before { get; init; } = new();
    public LatencySide After { get; init; } = new();

    /// <summary>Share (0…1) of the I/Os before that lie in hours and loads which both sides have: only these are compared.</summary>
    public double Coverage { get; init; }
    /// <summary>Hours of the day or week with I/O before, and those of them that both sides have.</summary>
    public int Hours { get; init; }
    public int CommonHours { get; init; }
    /// <summary>The mean and percentiles of 20 s means over I/Os, at the same hours and loads; empty where too little is there.</summary>
    public IReadOnlyList<FigureComparison> Figures { get; init; } = [];
    /// <summary>Shares of single I/Os above limits; empty where one side has no histogram.</summary>
    public IReadOnlyList<LimitComparison> Limits { get; init; } = [];

    /// <summary>Bins of the histogram after that hold the quantiles of single I/Os.</summary>
    public LatencyBin? P50 { get; init; }
    public LatencyBin? P95 { get; init; }
    public LatencyBin? P99 { get; init; }
}

/// <summary>What was observed on one side.</summary>
public sealed record LatencySide
{
    /// <summary>Intervals with I/O.</summary>
    public int Intervals { get; init; }
    /// <summary>Of them, those with enough I/O to be compared.</summary>
    public int UsedIntervals { get; init; }
    public double Operations { get; init; }
    /// <summary>Over the intervals with I/O.</summary>
    public double Iops { get; init; }
    public double? BytesPerOperation { get; init; }
    /// <summary>Over all I/Os.</summary>
    public double? MeanUs { get; init; }
    /// <summary>End of the first and of the last interval, UTC.</summary>
    public DateTime? From { get; init; }
    public DateTime? To { get; init; }
    /// <summary>Where the histogram of single I/Os is from; null without one.</summary>
    public string? Origin { get; init; }
    /// <summary>When that one was counted, if not interval by interval, UTC; null: nobody said.</summary>
    public DateTime? CountedFrom { get; init; }
    public DateTime? CountedTo { get; init; }
    /// <summary>The histogram of single I/Os; empty without one.</summary>
    public IReadOnlyList<LatencyBin> Bins { get; init; } = [];
    /// <summary>Distribution of the 20 s means over I/Os, at the hours and loads that are compared: share (0…1) of I/Os in intervals of at most so many µs.</summary>
    public IReadOnlyList<CurvePoint> Curve { get; init; } = [];
}

/// <summary>A point of a cumulative distribution.</summary>
public sealed record CurvePoint(double Us, double Share);

/// <summary>One figure: what it was, may come to and is, with bands (90 % two-sided) and the one-sided bounds that decided.</summary>
/// <param name="Metric">Of 20 s means over I/Os.</param>
/// <param name="Before">With its band.</param>
/// <param name="After">With its band.</param>
/// <param name="LimitUs">What it may come to.</param>
/// <param name="LowerUs">It is not below this, at the verdict's error; above the limit it fails; null where hardly anything is known.</param>
/// <param name="UpperUs">It is not above this, at the verdict's error; below the limit it passes; null where hardly anything is known.</param>
/// <param name="Outcome">Of this figure, several others considered.</param>
public sealed record FigureComparison(LatencyMetric Metric, Band Before, Band After, double LimitUs, double? LowerUs, double? UpperUs, Outcome Outcome);

/// <summary>A figure and where it would be on nine of ten days like this one.</summary>
public sealed record Band(double Us, double FromUs, double ToUs);

/// <summary>One limit of the histogram.</summary>
/// <param name="BeforeUs">I/Os before are counted above this.</param>
/// <param name="AfterUs">I/Os after above this: the limit and what the margin adds.</param>
/// <param name="AboveBefore">Share (0…1).</param>
/// <param name="AboveAfter">Share (0…1).</param>
/// <param name="Allowed">Share (0…1) that may be above after the move.</param>
/// <param name="Outcome">Of this limit, several others considered.</param>
public sealed record LimitComparison(double BeforeUs, double AfterUs, double AboveBefore, double AboveAfter, double Allowed, Outcome Outcome);
