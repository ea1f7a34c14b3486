using Migrate.Executor.Copy.Throttle;

namespace Migrate.Api.Limits;

/// <summary>Reads and changes the stored limits; this process's copies follow at once, others within seconds.</summary>
internal sealed class LimitViews(LimitStore store, CopyThrottles throttles, ISourceLatency latencies, TimeProvider time)
{
    public async Task<IReadOnlyList<LimitView>> ListAsync(CancellationToken cancellationToken)
    {
        var limits = await store.ListAsync(cancellationToken);
        throttles.Use(limits);
        var now = time.GetLocalNow();
        return
        [
            .. limits.OrderBy(x => ThrottleText.Of(x.Key), StringComparer.OrdinalIgnoreCase).Select(x =>
            {
                var counts = x.Value.At(now);
                var latency = counts.LatencyBound is null || x.Key.Name == ThrottleKey.Each ? null : latencies.Latest(x.Key);
                return new LimitView(
                    ThrottleText.Of(x.Key), ThrottleText.Of(x.Value), ThrottleText.Of(counts), latency?.Latency.TotalMilliseconds, (long?)throttles.Find(x.Key)?.LatencyCeiling);
            }),
        ];
    }

    public async Task<IReadOnlyList<LimitView>> SetAsync(SetLimits limits, CancellationToken cancellationToken)
    {
        await store.SetAsync(ThrottleText.Parse(limits.Limits), cancellationToken);
        return await ListAsync(cancellationToken);
    }

    public async Task<bool> RemoveAsync(string of, CancellationToken cancellationToken)
    {
        var removed = await store.RemoveAsync(ThrottleText.ParseKey(of), cancellationToken);
        await ListAsync(cancellationToken);
        return removed;
    }
}
