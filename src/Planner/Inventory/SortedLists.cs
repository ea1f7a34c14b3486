using System.Collections.Concurrent;

namespace Migrate.Planner.Inventory;

/// <summary>
/// Ids of what a filter lets through, or of everything in an order that no index has. To find them takes a look at every row, so they are kept, for the pages that are
/// asked for next and for everybody else who looks at the same list.
/// </summary>
internal sealed class SortedLists
{
    // Of ids in all lists together: 16 MiB.
    private const long Most = 2 << 20;

    private readonly ConcurrentDictionary<string, IReadOnlyList<long>> _known = new(StringComparer.Ordinal);
    private long _ids;

    /// <param name="state">All that the list depends on.</param>
    /// <param name="make">Makes it.</param>
    public async Task<IReadOnlyList<long>> OfAsync(string state, Func<Task<IReadOnlyList<long>>> make)
    {
        if (_known.TryGetValue(state, out var known))
        {
            return known;
        }

        long[] ids = [.. await make()];
        if (!_known.TryAdd(state, ids))
        {
            return ids; // Somebody else made it at the same time.
        }

        // States that are over are never asked for again: all go at once, and what is looked at is soon there anew.
        if (Interlocked.Add(ref _ids, ids.Length + (state.Length / 4)) > Most)
        {
            _known.Clear();
            Interlocked.Exchange(ref _ids, 0);
        }

        return ids;
    }
}
