namespace Migrate.Executor.Copy.Throttle;

/// <summary>
/// The rate that a datastore can bear: a sample over the bound halves what the copies take, every good one gives a fixed step back
/// (additive increase, multiplicative decrease), until they take less than they may.
/// </summary>
internal sealed class LatencyGuard(ISourceLatency source, string datastore, LatencyGuardOptions options, TimeProvider time)
{
    private readonly Lock _lock = new();
    private DateTimeOffset _seen = time.GetUtcNow();
    private long _lookedAt = time.GetTimestamp();
    private double _taken;

    /// <summary>Bytes per second; null while nothing has to be held back.</summary>
    public double? Ceiling { get; private set; }

    /// <summary>Notes that bytes are about to be taken, and looks whether there is a new sample.</summary>
    public double? Take(long bytes)
    {
        lock (_lock)
        {
            if (source.Latest(datastore) is { } sample && sample.At > _seen && time.GetUtcNow() - sample.At < options.OldestSample)
            {
                var seconds = time.GetElapsedTime(_lookedAt).TotalSeconds;
                Judge(sample.Latency, seconds > 0 ? _taken / seconds : 0);
                (_seen, _lookedAt, _taken) = (sample.At, time.GetTimestamp(), 0);
            }
            _taken += bytes;
            return Ceiling;
        }
    }

    private void Judge(TimeSpan latency, double rate)
    {
        if (latency > options.Bound)
        {
            Ceiling = Math.Max(options.FloorBytesPerSecond, Math.Min(rate, Ceiling ?? rate) * options.Backoff);
        }
        else if (Ceiling is { } ceiling)
        {
            // With room to spare it is not the ceiling any more that holds the copies.
            Ceiling = rate < ceiling / 2 && ceiling > 2 * options.StepBytesPerSecond ? null : ceiling + options.StepBytesPerSecond;
        }
    }
}
