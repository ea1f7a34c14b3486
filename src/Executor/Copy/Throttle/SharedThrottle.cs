namespace Migrate.Executor.Copy.Throttle;

/// <summary>The limit of one host, datastore or link, for all copies of this process that use it.</summary>
public sealed class SharedThrottle
{
    /// <summary>How soon a closed window that opens, or a limit that was lifted, is noticed.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly TokenBucket _bytes;
    private readonly TokenBucket _reads;
    private readonly LatencyGuard? _guard;
    private volatile ThrottleProfile _profile = ThrottleProfile.Unlimited;

    internal SharedThrottle(ThrottleKey key, ISourceLatency? latency, LatencyGuardOptions guard, TimeProvider time)
    {
        (Key, _time, _bytes, _reads) = (key, time, new TokenBucket(time), new TokenBucket(time));
        _guard = key.Scope == ThrottleScope.Datastore && latency is not null ? new LatencyGuard(latency, key.Name, guard, time) : null;
    }

    public ThrottleKey Key { get; }

    public PauseGate Gate { get; } = new();

    /// <summary>Counts from the next read on.</summary>
    public ThrottleProfile Profile
    {
        get => _profile;
        set
        {
            value.Check(Key);
            _profile = value;
        }
    }

    /// <summary>Bytes per second that the source's latency leaves; null when it is well.</summary>
    public double? LatencyCeiling => _guard?.Ceiling;

    /// <summary>Waits until a read of so many bytes may begin.</summary>
    public async ValueTask TakeAsync(long bytes, CancellationToken cancellationToken)
    {
        await Gate.PassAsync(cancellationToken);
        ThrottleLimits limits;
        while ((limits = _profile.At(_time.GetLocalNow())).IsClosed)
        {
            await Task.Delay(Look, _time, cancellationToken);
            await Gate.PassAsync(cancellationToken);
        }
        var rate = Least(limits.BytesPerSecond, _guard?.Take(bytes));
        var wait = rate is { } r ? _bytes.Take(bytes, r) : TimeSpan.Zero;
        var waitForReads = limits.Iops is { } iops ? _reads.Take(1, iops) : TimeSpan.Zero;
        wait = wait > waitForReads ? wait : waitForReads;
        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, _time, cancellationToken);
            await Gate.PassAsync(cancellationToken);
        }
    }

    private static double? Least(double? a, double? b) => a is null ? b : b is null ? a : Math.Min(a.Value, b.Value);
}
