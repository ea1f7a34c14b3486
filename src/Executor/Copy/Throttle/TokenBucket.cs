namespace Migrate.Executor.Copy.Throttle;

/// <summary>
/// Tokens that come at a rate, which may be another one every time. Whoever takes more than there are makes a debt and waits until it is paid,
/// so that takers of any size are served in turn.
/// </summary>
internal sealed class TokenBucket(TimeProvider time)
{
    /// <summary>What may gather while nobody takes: a quarter of a second's worth.</summary>
    private const double BurstSeconds = 0.25;

    private readonly Lock _lock = new();
    private double _level;
    private long _at = time.GetTimestamp();

    /// <summary>Takes, and says how long to wait before going on.</summary>
    public TimeSpan Take(double amount, double perSecond)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            _level = Math.Min(perSecond * BurstSeconds, _level + (time.GetElapsedTime(_at, now).TotalSeconds * perSecond)) - amount;
            _at = now;
            return _level >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-_level / perSecond);
        }
    }
}
