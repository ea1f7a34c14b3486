namespace Migrate.Executor.Copy.Throttle;

/// <summary>What is taken of a limit by all processes together; null limits take nothing.</summary>
internal interface ICapStore
{
    /// <summary>Takes, and says what is left; below zero is a debt, which is paid by waiting.</summary>
    Task<CapLevels> TakeAsync(ThrottleKey key, long bytes, int reads, ThrottleLimits limits, CancellationToken cancellationToken);
}

internal readonly record struct CapLevels(double Bytes, double Reads);

/// <summary>
/// Bytes and reads per second of one limit. With a store, processes share it: each takes some of it at once, a quarter of a second's worth,
/// so that a limit costs the database four statements in a second, however many take part.
/// </summary>
internal sealed class Cap(ThrottleKey key, ICapStore? store, TimeProvider time)
{
    private const double AtOnceSeconds = 0.25;

    private readonly Lock _lock = new();
    private readonly TokenBucket _bytes = new(time);
    private readonly TokenBucket _reads = new(time);
    private long _bytesLeft;
    private int _readsLeft;

    /// <summary>Takes one read of so many bytes, and says how long to wait before it may begin.</summary>
    public async ValueTask<TimeSpan> TakeAsync(long bytes, ThrottleLimits limits, CancellationToken cancellationToken)
    {
        if (limits is { BytesPerSecond: null, Iops: null })
        {
            return TimeSpan.Zero;
        }
        if (store is null)
        {
            return Longer(
                limits.BytesPerSecond is { } rate ? _bytes.Take(bytes, rate) : TimeSpan.Zero,
                limits.Iops is { } iops ? _reads.Take(1, iops) : TimeSpan.Zero);
        }
        long moreBytes;
        int moreReads;
        lock (_lock)
        {
            moreBytes = limits.BytesPerSecond is { } rate && _bytesLeft < bytes ? Math.Max(bytes - _bytesLeft, (long)(rate * AtOnceSeconds)) : 0;
            moreReads = limits.Iops is { } iops && _readsLeft < 1 ? Math.Max(1, (int)(iops * AtOnceSeconds)) : 0;
            _bytesLeft = limits.BytesPerSecond is null ? 0 : _bytesLeft + moreBytes - bytes;
            _readsLeft = limits.Iops is null ? 0 : _readsLeft + moreReads - 1;
        }
        if (moreBytes == 0 && moreReads == 0)
        {
            return TimeSpan.Zero;
        }
        var level = await store.TakeAsync(key, moreBytes, moreReads, limits, cancellationToken);
        return Longer(Debt(level.Bytes, limits.BytesPerSecond), Debt(level.Reads, limits.Iops));
    }

    private static TimeSpan Debt(double level, double? perSecond) => level < 0 && perSecond > 0 ? TimeSpan.FromSeconds(Math.Min(-level / perSecond.Value, 3600)) : TimeSpan.Zero;

    private static TimeSpan Longer(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
