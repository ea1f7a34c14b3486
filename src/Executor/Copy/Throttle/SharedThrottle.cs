using Migrate.Planner;

namespace Migrate.Executor.Copy.Throttle;

/// <summary>What a read does at an hour at which nothing may be taken.</summary>
public enum AtClosedHours
{
    Wait,
    /// <summary>It holds a snapshot open, which must not grow until the hours are over: throws <c>copy.hours-closed</c>.</summary>
    GiveUp,
    /// <summary>A service is down until it is through: limits by the hour do not count for it, only the usual ones.</summary>
    Ignore,
}

/// <summary>The limit of one host, datastore or link, for all copies that use it.</summary>
public sealed class SharedThrottle
{
    internal const string ClosedHours = "At this hour nothing may be copied";

    /// <summary>How soon a closed window that opens, or a limit that was lifted, is noticed.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly Cap _cap;
    private readonly TokenBucket _forLatency;
    private readonly LatencyGuard? _guard;
    private volatile ThrottleProfile _profile = ThrottleProfile.Unlimited;
    private volatile TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _waitingForCap;
    private int _waitingForLatency;

    internal SharedThrottle(ThrottleKey key, ISourceLatency? latency, LatencyGuardOptions guard, ICapStore? store, TimeProvider time)
    {
        (Key, _time, _cap, _forLatency) = (key, time, new Cap(key, store, time), new TokenBucket(time));
        _guard = key.Scope != ThrottleScope.Link && latency is not null ? new LatencyGuard(latency, key, guard, time) : null;
    }

    public ThrottleKey Key { get; }

    public PauseGate Gate { get; } = new();

    /// <summary>Counts from the next read on; what waits for the old one begins at once.</summary>
    public ThrottleProfile Profile
    {
        get => _profile;
        set
        {
            value.Check(Key);
            _profile = value;
            Interlocked.Exchange(ref _changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        }
    }

    /// <summary>Bytes per second that the source's latency leaves; null when it is well.</summary>
    public double? LatencyCeiling => _guard?.Ceiling;

    /// <summary>What holds copies back here now, to be read after "held back by"; null when nothing does.</summary>
    public string? Says =>
        Volatile.Read(ref _waitingForLatency) > 0 ? _guard!.Says
        : Volatile.Read(ref _waitingForCap) > 0 ? $"the limit {ThrottleText.Of(Key)}={ThrottleText.Of(Now)}"
        : Gate.IsPaused ? $"a pause of {ThrottleText.Of(Key)}" : null;

    private ThrottleLimits Now => _profile.At(_time.GetLocalNow());

    /// <summary>Waits until a read of so many bytes may begin.</summary>
    public async ValueTask TakeAsync(long bytes, CancellationToken cancellationToken, AtClosedHours hours = AtClosedHours.Wait)
    {
        await Gate.PassAsync(cancellationToken);
        ThrottleLimits limits;
        while ((limits = LimitsNow(hours)).IsClosed)
        {
            if (hours == AtClosedHours.GiveUp)
            {
                throw new MigrateException(
                    "copy.hours-closed", $"{ClosedHours} over {Key}.", "It goes on when the hours of its limit allow it; or change the limit.")
                { IsTransient = true };
            }

            await WaitAsync(Look, isLatency: false, cancellationToken);
        }
        var forLatency = _guard?.Take(bytes, limits.LatencyBound) is { } ceiling ? _forLatency.Take(bytes, ceiling) : TimeSpan.Zero;
        var forCap = await _cap.TakeAsync(bytes, limits, cancellationToken);
        var isLatency = forLatency > forCap;
        await WaitAsync(isLatency ? forLatency : forCap, isLatency, cancellationToken);
    }

    private async ValueTask WaitAsync(TimeSpan wait, bool isLatency, CancellationToken cancellationToken)
    {
        if (wait <= TimeSpan.Zero)
        {
            return;
        }
        var changed = _changed.Task;
        Count(isLatency, 1);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            if (await Task.WhenAny(Task.Delay(wait, _time, over.Token), changed) == changed)
            {
                await over.CancelAsync(); // The timer.
            }
        }
        finally
        {
            Count(isLatency, -1);
        }
        cancellationToken.ThrowIfCancellationRequested();
        await Gate.PassAsync(cancellationToken);
    }

    /// <summary>Whether something may be taken now, and when that changes (UTC); null when it never does.</summary>
    public (bool IsOpen, DateTime? ChangesAt) Hours()
    {
        var now = _time.GetLocalNow();
        var change = _profile.NextChange(now.DateTime);
        return (!_profile.At(now).IsClosed, change is { } local ? now.UtcDateTime + (local - now.DateTime) : null);
    }

    private ThrottleLimits LimitsNow(AtClosedHours hours) => hours != AtClosedHours.Ignore ? Now
        : _profile.Usual.IsClosed ? ThrottleLimits.None
        : _profile.Usual;

    private void Count(bool isLatency, int change)
    {
        if (isLatency)
        {
            Interlocked.Add(ref _waitingForLatency, change);
        }
        else
        {
            Interlocked.Add(ref _waitingForCap, change);
        }
    }
}
