namespace Migrate.Simulator.Disks;

/// <summary>
/// Runs of bytes in ascending order that never overlap, each with a tag: what was written there. Costs memory by the number of runs, not
/// of bytes, so a disk of 62 TiB is as cheap as a small one. Not safe to use from several threads.
/// </summary>
public sealed class RunMap
{
    /// <summary>About 100 MB; a rehearsal that writes more finely than that has a mistake in it.</summary>
    private const int MostRuns = 4_000_000;

    private readonly List<Run> _runs = [];

    public long Bytes { get; private set; }

    public int Count => _runs.Count;

    /// <summary>Tags [start, end), whatever was there before. Neighbours of the same tag become one run.</summary>
    public void Set(long start, long end, ulong tag = 0)
    {
        if (start >= end)
        {
            return;
        }

        var first = FirstEndingAtOrAfter(start);
        var last = first;
        Run? before = null, after = null;
        while (last < _runs.Count && _runs[last].Start <= end)
        {
            var run = _runs[last++];
            Bytes -= run.End - run.Start;
            if (run.Tag == tag)
            {
                (start, end) = (Math.Min(start, run.Start), Math.Max(end, run.End));
                continue;
            }

            before = run.Start < start ? run with { End = Math.Min(run.End, start) } : before;
            after = run.End > end ? run with { Start = Math.Max(run.Start, end) } : after;
        }

        Run[] put = [.. before is { } b ? new[] { b } : [], new Run(start, end, tag), .. after is { } a ? new[] { a } : []];
        Bytes += put.Sum(r => r.End - r.Start);
        if (_runs.Count + put.Length > MostRuns)
        {
            throw new InvalidOperationException($"The guests' writes are in more than {MostRuns} pieces: write larger or nearer blocks.");
        }

        _runs.RemoveRange(first, last - first);
        _runs.InsertRange(first, put);
    }

    /// <summary>Takes over everything of <paramref name="upper"/>, which wins.</summary>
    public void Add(RunMap upper)
    {
        foreach (var run in upper._runs)
        {
            Set(run.Start, run.End, run.Tag);
        }
    }

    /// <summary>The runs that reach into [from, to), cut to it.</summary>
    public IEnumerable<Run> In(long from, long to)
    {
        for (var i = FirstEndingAtOrAfter(from + 1); i < _runs.Count && _runs[i].Start < to; i++)
        {
            yield return _runs[i] with { Start = Math.Max(_runs[i].Start, from), End = Math.Min(_runs[i].End, to) };
        }
    }

    private int FirstEndingAtOrAfter(long offset)
    {
        var (low, high) = (0, _runs.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _runs[middle].End >= offset ? (low, middle) : (middle + 1, high);
        }

        return low;
    }
}

/// <summary>[Start, End) and what it is tagged with.</summary>
public readonly record struct Run(long Start, long End, ulong Tag);
