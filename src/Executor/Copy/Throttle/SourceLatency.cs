namespace Migrate.Executor.Copy.Throttle;

/// <summary>How long the source's own reads and writes take now, as its performance counters say.</summary>
public interface ISourceLatency
{
    /// <summary>The newest sample of a datastore; null when there is none.</summary>
    LatencySample? Latest(string datastore);
}

/// <summary>One sample.</summary>
/// <param name="Latency">Mean over the sample's interval.</param>
/// <param name="At">End of that interval, UTC; a sample counts once.</param>
public readonly record struct LatencySample(TimeSpan Latency, DateTimeOffset At);

/// <summary>How copies give way to production.</summary>
public sealed record LatencyGuardOptions
{
    /// <summary>Over this a datastore counts as hurt.</summary>
    public TimeSpan Bound { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Never held below this: a copy that stands still keeps a snapshot open, which hurts more.</summary>
    public long FloorBytesPerSecond { get; init; } = 4L << 20;

    /// <summary>Given back with every good sample.</summary>
    public long StepBytesPerSecond { get; init; } = 8L << 20;

    /// <summary>What a bad sample leaves of the present rate.</summary>
    public double Backoff { get; init; } = 0.5;

    /// <summary>Older samples say nothing about now.</summary>
    public TimeSpan OldestSample { get; init; } = TimeSpan.FromMinutes(2);
}
