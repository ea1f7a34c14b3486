namespace Migrate.Executor.Copy;

/// <summary>Counts the extents that are not what they should be and remembers the first of them: a disk that is wrong all over would have millions.</summary>
internal sealed class Differences
{
    public const int Most = 100;

    private readonly Lock _lock = new();
    private readonly SortedSet<VerifyDifference> _first = new(Comparer<VerifyDifference>.Create((a, b) => (a.Offset, a.Side).CompareTo((b.Offset, b.Side))));
    private long _count;

    public long Count => Volatile.Read(ref _count);

    public IReadOnlyList<VerifyDifference> First
    {
        get
        {
            lock (_lock)
            {
                return [.. _first];
            }
        }
    }

    public void Add(long offset, DiskSide side)
    {
        lock (_lock)
        {
            _count++;
            _first.Add(new VerifyDifference(offset, side));
            if (_first.Count > Most)
            {
                _first.Remove(_first.Max);
            }
        }
    }
}
