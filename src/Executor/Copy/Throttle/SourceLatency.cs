using Migrate.Planner.Persistence;

namespace Migrate.Executor.Copy.Throttle;

/// <summary>How long the source's own reads and writes take now, as its performance counters say.</summary>
public interface ISourceLatency
{
    /// <summary>The newest sample of a datastore, or the worst of those of a source host's datastores that are read; null when there is none.</summary>
    LatencySample? Latest(ThrottleKey key);

    /// <summary>Says that a datastore is read from now on, until that is disposed. Samples are taken only while somebody asks for them.</summary>
    IDisposable Watch(WatchedDatastore datastore);
}

/// <summary>A datastore that is read.</summary>
/// <param name="Source">Its server.</param>
/// <param name="Hosts">Names in limits of the server, and of the ESXi host whose VM is read.</param>
/// <param name="Name">The datastore's name in limits.</param>
/// <param name="Key">Managed object id.</param>
public sealed record WatchedDatastore(Source Source, IReadOnlyList<string> Hosts, string Name, string Key);

/// <summary>One sample.</summary>
/// <param name="Latency">Mean over the sample's interval.</param>
/// <param name="At">When it was first seen here, UTC; a sample counts once.</param>
public readonly record struct LatencySample(TimeSpan Latency, DateTimeOffset At);

/// <summary>How copies give way to production, where a limit has a bound of latency.</summary>
public sealed record LatencyGuardOptions
{
    /// <summary>Between two looks at a datastore's counters, of which there are new ones each 20 s.</summary>
    public TimeSpan PollEvery { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Never held below this, all processes together: a copy that stands still keeps a snapshot open, which hurts more.</summary>
    public long FloorBytesPerSecond { get; init; } = 4L << 20;

    /// <summary>Given back with every good sample, to all processes together.</summary>
    public long StepBytesPerSecond { get; init; } = 8L << 20;

    /// <summary>What a bad sample leaves of the present rate.</summary>
    public double Backoff { get; init; } = 0.5;

    /// <summary>How many processes copy: each has its share of the floor and of a step.</summary>
    internal Func<int> Processes { get; init; } = () => 1;

    /// <summary>Older samples say nothing about now.</summary>
    public TimeSpan OldestSample { get; init; } = TimeSpan.FromMinutes(2);
}
