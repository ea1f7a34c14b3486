using System.Collections.Concurrent;

namespace Migrate.Planner.Inventory;

/// <summary>Ids in an order that takes long to make, kept some seconds for the pages that are asked for one after another.</summary>
internal sealed class SortedLists(TimeProvider time)
{
    private const int MostLists = 20;
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, (DateTimeOffset At, IReadOnlyList<long> Ids)> _known = new(StringComparer.Ordinal);

    /// <param name="state">All that the order depends on; what is left out of it is at most some seconds old.</param>
    /// <param name="make">Makes it.</param>
    public async Task<IReadOnlyList<long>> OfAsync(string state, Func<Task<IReadOnlyList<long>>> make)
    {
        var now = time.GetUtcNow();
        if (_known.TryGetValue(state, out var known) && now - known.At < Fresh)
        {
            return known.Ids;
        }

        var ids = await make();
        if (_known.Count >= MostLists)
        {
            _known.Clear();
        }

        _known[state] = (now, ids);
        return ids;
    }
}
