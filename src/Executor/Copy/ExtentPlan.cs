using System.Runtime.CompilerServices;
using Migrate.Executor.Sources;
using Migrate.Planner;

namespace Migrate.Executor.Copy;

/// <summary>Extents next to each other that are dealt with alike: read, or known to be zero without reading.</summary>
/// <param name="First">The first extent.</param>
/// <param name="Count">How many; one when <paramref name="Parts"/> says that only some of its bytes are to be read.</param>
/// <param name="IsZero">The source says so.</param>
/// <param name="Parts">What of the extent may hold data, ascending; null when all of it may.</param>
internal readonly record struct ExtentPlan(long First, long Count, bool IsZero, IReadOnlyList<DiskRange>? Parts = null);

/// <summary>
/// Says in ascending order what to do with the wanted extents of a disk, from the source's map. A map that leaves bytes out or goes back is
/// refused: such bytes must never look copied.
/// </summary>
internal sealed class ExtentPlanner(IRangeReader source)
{
    /// <summary>Wanted extents closer than this are asked about together: one question costs more than the answer about some GiB too many.</summary>
    private const int LongestGap = 1024;

    /// <summary>64 GiB: nobody has to wait until a source has described 62 TiB.</summary>
    private const int LongestWindow = 64 * 1024;

    private readonly long _capacity = source.CapacityBytes;
    private readonly long _extents = Extent.CountFor(source.CapacityBytes);

    public async IAsyncEnumerable<ExtentPlan> PlanAsync(Func<long, bool> isWanted, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var at = NextWanted(0, isWanted); at < _extents; at = NextWanted(at, isWanted))
        {
            var end = at + 1;
            for (var next = NextWanted(end, isWanted); next < _extents && next - end < LongestGap && next - at < LongestWindow; next = NextWanted(end, isWanted))
            {
                end = next + 1;
            }
            await foreach (var plan in WindowAsync(at, end, cancellationToken))
            {
                foreach (var wanted in Wanted(plan, isWanted))
                {
                    yield return wanted;
                }
            }
            at = end;
        }
    }

    private async IAsyncEnumerable<ExtentPlan> WindowAsync(long first, long end, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (covered, endBytes) = (first * Extent.Size, Math.Min(end * Extent.Size, _capacity));
        var next = first;
        var parts = new List<DiskRange>();
        await foreach (var range in source.MapAsync(covered, endBytes - covered, cancellationToken))
        {
            if (range.Offset != covered || range.Length <= 0 || range.End > endBytes)
            {
                throw BadMap($"describes {range.Length} bytes at {range.Offset} where byte {covered} was due");
            }
            covered = range.End;
            for (var at = range.Offset; range.Kind == RangeKind.Data && at < range.End;)
            {
                var index = at / Extent.Size;
                if (parts.Count > 0 && index > next)
                {
                    yield return Close(next++, parts);
                }
                if (index > next)
                {
                    yield return new ExtentPlan(next, index - next, IsZero: true);
                    next = index;
                }
                if (at % Extent.Size == 0 && range.End >= at + Extent.LengthOf(index, _capacity))
                {
                    next = range.End == _capacity ? _extents : range.End / Extent.Size;
                    yield return new ExtentPlan(index, next - index, IsZero: false);
                    at = Math.Min(next * Extent.Size, _capacity);
                }
                else
                {
                    var partEnd = Math.Min(range.End, (index * Extent.Size) + Extent.LengthOf(index, _capacity));
                    AddPart(parts, at, partEnd, index);
                    at = partEnd;
                }
            }
        }
        if (covered != endBytes)
        {
            throw BadMap($"ends at byte {covered}, {endBytes - covered} bytes early");
        }
        if (parts.Count > 0)
        {
            yield return Close(next++, parts);
        }
        if (next < end)
        {
            yield return new ExtentPlan(next, end - next, IsZero: true);
        }
    }

    /// <summary>In whole granules, and over holes that are too short to be worth a read of their own.</summary>
    private void AddPart(List<DiskRange> parts, long from, long to, long index)
    {
        from = from / NonZeroRuns.Granule * NonZeroRuns.Granule;
        to = Math.Min((to + NonZeroRuns.Granule - 1) / NonZeroRuns.Granule * NonZeroRuns.Granule, (index * Extent.Size) + Extent.LengthOf(index, _capacity));
        if (parts.Count > 0 && from - parts[^1].End < NonZeroRuns.ShortestHole)
        {
            from = parts[^1].Offset;
            parts.RemoveAt(parts.Count - 1);
        }
        parts.Add(new DiskRange(from, to - from, RangeKind.Data));
    }

    private ExtentPlan Close(long index, List<DiskRange> parts)
    {
        var isWhole = parts is [{ } only] && only.Length == Extent.LengthOf(index, _capacity);
        var plan = new ExtentPlan(index, 1, IsZero: false, isWhole ? null : [.. parts]);
        parts.Clear();
        return plan;
    }

    private static IEnumerable<ExtentPlan> Wanted(ExtentPlan plan, Func<long, bool> isWanted)
    {
        for (var (at, end) = (plan.First, plan.First + plan.Count); at < end;)
        {
            var first = at;
            while (at < end && isWanted(at))
            {
                at++;
            }
            if (at > first)
            {
                yield return plan with { First = first, Count = at - first };
            }
            while (at < end && !isWanted(at))
            {
                at++;
            }
        }
    }

    private long NextWanted(long from, Func<long, bool> isWanted)
    {
        while (from < _extents && !isWanted(from))
        {
            from++;
        }
        return from;
    }

    private static MigrateException BadMap(string what) => new("source.map-incomplete", $"The source {what} when it says what is allocated.",
        "Copy the disk with another reader and report this one.");
}
