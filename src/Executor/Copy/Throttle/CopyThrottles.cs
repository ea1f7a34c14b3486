using System.Collections.Concurrent;

namespace Migrate.Executor.Copy.Throttle;

/// <summary>All limits that hold in this process. Copies do not know of each other; what they share is found here by its name.</summary>
/// <param name="time">For rates and times of day.</param>
/// <param name="latency">What makes copies give way to a datastore's own work; null where nobody measures it.</param>
/// <param name="guard">How they give way.</param>
/// <param name="own">Limits of this process alone, beside those that it shares with others.</param>
public sealed class CopyThrottles(
    TimeProvider time, ISourceLatency? latency = null, LatencyGuardOptions? guard = null, IReadOnlyDictionary<ThrottleKey, ThrottleProfile>? own = null)
{
    private readonly ConcurrentDictionary<ThrottleKey, SharedThrottle> _shared = new();
    private readonly ConcurrentDictionary<ThrottleKey, SharedThrottle> _own = new();
    private readonly IReadOnlyDictionary<ThrottleKey, ThrottleProfile> _ownLimits = own ?? new Dictionary<ThrottleKey, ThrottleProfile>();
    private IReadOnlyDictionary<ThrottleKey, ThrottleProfile> _limits = new Dictionary<ThrottleKey, ThrottleProfile>();

    /// <summary>Where other processes take of the same limits; null when this one is alone.</summary>
    internal ICapStore? Store { get; init; }

    /// <summary>Made when it was not known before, unlimited unless a limit was set for it.</summary>
    public SharedThrottle Of(ThrottleKey key) => _shared.GetOrAdd(key, k => Make(k, Store, Find(_limits, k)));

    /// <summary>Null when nothing has used it yet.</summary>
    public SharedThrottle? Find(ThrottleKey key) => _shared.GetValueOrDefault(key);

    /// <summary>For one copy: everything that it uses.</summary>
    public CopyThrottle For(params IEnumerable<ThrottleKey> uses) => For(AtClosedHours.Wait, uses);

    /// <inheritdoc cref="For(IEnumerable{ThrottleKey})"/>
    public CopyThrottle For(AtClosedHours hours, IEnumerable<ThrottleKey> uses) => new([.. ThrottlesOf(uses)], hours);

    /// <summary>Whether a copy with these uses may read now, and when that may change (UTC); null when it never does.</summary>
    public (bool IsOpen, DateTime? ChangesAt) HoursOf(IEnumerable<ThrottleKey> uses)
    {
        var all = ThrottlesOf(uses).Select(x => x.Hours()).ToList();
        var closed = all.Where(x => !x.IsOpen).ToList();
        return closed.Count > 0 ? (false, closed.Max(x => x.ChangesAt)) : (true, all.Min(x => x.ChangesAt));
    }

    /// <summary>The longest time for which a copy with these uses may read without a break; null when no hours are closed to it.</summary>
    public TimeSpan? LongestOpen(IEnumerable<ThrottleKey> uses) => ThrottleProfile.LongestOpen([.. ThrottlesOf(uses).Select(x => x.Profile)]);

    /// <summary>While a datastore is read: its latency can be asked for. Null where nobody measures it.</summary>
    public IDisposable? Watch(WatchedDatastore? datastore) => datastore is null ? null : latency?.Watch(datastore);

    /// <summary>These limits hold from now on, and no others but this process's own.</summary>
    public void Use(IReadOnlyDictionary<ThrottleKey, ThrottleProfile> limits)
    {
        _limits = limits;
        foreach (var (key, throttle) in _shared)
        {
            var profile = Find(limits, key) ?? ThrottleProfile.Unlimited;
            if (!ThrottleText.Of(profile).SequenceEqual(ThrottleText.Of(throttle.Profile)))
            {
                throttle.Profile = profile;
            }
        }
    }

    private IEnumerable<SharedThrottle> ThrottlesOf(IEnumerable<ThrottleKey> uses) => uses.Distinct().SelectMany(key => Find(_ownLimits, key) is { } own
        ? [Of(key), _own.GetOrAdd(key, k => Make(k, store: null, own))]
        : new[] { Of(key) });

    private static ThrottleProfile? Find(IReadOnlyDictionary<ThrottleKey, ThrottleProfile> limits, ThrottleKey key) =>
        limits.GetValueOrDefault(key) ?? limits.GetValueOrDefault(key with { Name = ThrottleKey.Each });

    private SharedThrottle Make(ThrottleKey key, ICapStore? store, ThrottleProfile? profile) =>
        new(key, latency, guard ?? new LatencyGuardOptions(), store, time) { Profile = profile ?? ThrottleProfile.Unlimited };
}

/// <summary>What holds one copy back: the limits that it shares, and a gate of its own.</summary>
public sealed class CopyThrottle(IReadOnlyList<SharedThrottle> shared, AtClosedHours hours = AtClosedHours.Wait)
{
    private volatile string? _said;

    /// <summary>A copy that nothing holds back.</summary>
    public static CopyThrottle None => new([]);

    /// <summary>Pauses this copy alone. Reads under way are finished and made safe.</summary>
    public PauseGate Gate { get; } = new();

    /// <summary>What holds the copy back, or did so last; to be read after "held back by".</summary>
    public string? Says => _said = (Gate.IsPaused ? "a pause" : shared.Select(x => x.Says).FirstOrDefault(x => x is not null)) ?? _said;

    /// <summary>Waits until a read of so many bytes may begin.</summary>
    public async ValueTask TakeAsync(long bytes, CancellationToken cancellationToken)
    {
        await Gate.PassAsync(cancellationToken);
        await TakeOfAllAsync(bytes, cancellationToken);
        await Gate.PassAsync(cancellationToken);
    }

    /// <summary>
    /// Of all at the same time, and the longest wait counts: limits in a row would each begin to fill only when the one before had let the read
    /// through, so that two of the same rate would leave half of it.
    /// </summary>
    private async Task TakeOfAllAsync(long bytes, CancellationToken cancellationToken)
    {
        using var refused = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAll(shared.Select(TakeAsync));

        async Task TakeAsync(SharedThrottle one)
        {
            try
            {
                await one.TakeAsync(bytes, refused.Token, hours);
            }
            catch
            {
                await refused.CancelAsync(); // Whoever refuses does so at once, and not after the others' waits.
                throw;
            }
        }
    }
}
