using System.Collections.Concurrent;

namespace Migrate.Planner;

/// <summary>
/// Totals of long lists. To count a hundred thousand rows takes longer than to read a page of them, and many look at the same list; so a total of a
/// thousand or more is at most two seconds old, or some more while somebody else is counting. Smaller ones are always counted.
/// </summary>
public sealed class RecentCounts(TimeProvider time)
{
    private const long Large = 1000;
    private const int MostLists = 1000;
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Usable = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, Known> _known = new(StringComparer.Ordinal);

    /// <summary>Whether the list had a thousand rows or more when it was last counted.</summary>
    public bool IsLong(string list) => _known.ContainsKey(list);

    /// <param name="list">Which list, with all that limits it.</param>
    /// <param name="count">Counts it.</param>
    public async Task<int> OfAsync(string list, Func<Task<int>> count)
    {
        var now = time.GetUtcNow();
        if (_known.TryGetValue(list, out var known) && (now - known.At < Fresh || (now - known.At < Usable && Interlocked.Exchange(ref known.Counting, 1) == 1)))
        {
            return known.Total;
        }

        try
        {
            var total = await count().ConfigureAwait(false);
            if (total >= Large)
            {
                if (_known.Count >= MostLists)
                {
                    _known.Clear();
                }

                _known[list] = new Known(total, now);
            }
            else
            {
                _known.TryRemove(list, out _);
            }

            return total;
        }
        finally
        {
            if (known is not null)
            {
                Interlocked.Exchange(ref known.Counting, 0);
            }
        }
    }

    private sealed class Known(int total, DateTimeOffset at)
    {
        public int Counting;

        public int Total { get; } = total;

        public DateTimeOffset At { get; } = at;
    }
}
