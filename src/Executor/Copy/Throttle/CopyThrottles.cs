using System.Collections.Concurrent;

namespace Migrate.Executor.Copy.Throttle;

/// <summary>All limits of this process. Copies do not know of each other; what they share is found here by its name.</summary>
/// <param name="time">For rates and times of day.</param>
/// <param name="latency">What makes copies give way to a datastore's own work; null where nobody measures it.</param>
/// <param name="guard">How they give way.</param>
/// <param name="limits">To begin with; they may be changed at any time.</param>
public sealed class CopyThrottles(
    TimeProvider time, ISourceLatency? latency = null, LatencyGuardOptions? guard = null, IReadOnlyDictionary<ThrottleKey, ThrottleProfile>? limits = null)
{
    private readonly ConcurrentDictionary<ThrottleKey, SharedThrottle> _throttles = new();

    /// <summary>Made when it was not known before, unlimited unless a limit was given for it.</summary>
    public SharedThrottle Of(ThrottleKey key) => _throttles.GetOrAdd(key, k => new SharedThrottle(k, latency, guard ?? new LatencyGuardOptions(), time)
    {
        Profile = limits?.GetValueOrDefault(k) ?? ThrottleProfile.Unlimited,
    });

    /// <summary>For one copy: everything that it uses.</summary>
    public CopyThrottle For(params IEnumerable<ThrottleKey> uses) => new([.. uses.Distinct().Select(Of)]);
}

/// <summary>What holds one copy back: the limits that it shares, and a gate of its own.</summary>
public sealed class CopyThrottle(IReadOnlyList<SharedThrottle> shared)
{
    /// <summary>A copy that nothing holds back.</summary>
    public static CopyThrottle None => new([]);

    /// <summary>Pauses this copy alone. Reads under way are finished and made safe.</summary>
    public PauseGate Gate { get; } = new();

    /// <summary>Waits until a read of so many bytes may begin.</summary>
    public async ValueTask TakeAsync(long bytes, CancellationToken cancellationToken)
    {
        await Gate.PassAsync(cancellationToken);
        foreach (var one in shared)
        {
            await one.TakeAsync(bytes, cancellationToken);
        }
        await Gate.PassAsync(cancellationToken);
    }
}
