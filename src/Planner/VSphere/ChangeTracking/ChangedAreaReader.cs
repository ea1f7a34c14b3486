using System.Runtime.CompilerServices;

namespace Migrate.Planner.VSphere.ChangeTracking;

/// <summary>
/// Walks the answers of QueryChangedDiskAreas over a whole disk. An empty answer only says that its stretch did not change, so only the
/// offset decides when to end; the offset of the disk's end is never asked for, servers refuse it; and an answer that does not lead on is
/// an error instead of an endless loop.
/// </summary>
internal static class ChangedAreaReader
{
    /// <summary>
    /// The areas, ascending, inside the disk, neighbours and overlaps made one. One page is held at a time.
    /// </summary>
    /// <param name="ask">Asks for the page at an offset.</param>
    /// <param name="capacityBytes">Of the disk as it was frozen; any number, also no multiple of anything.</param>
    /// <param name="disk">What to call it in errors.</param>
    /// <param name="cancellationToken">Checked before every page.</param>
    /// <exception cref="MigrateException">source.cbt-answer: the answers make no sense.</exception>
    public static async IAsyncEnumerable<ChangedArea> ReadAsync(Func<long, CancellationToken, Task<ChangedAreaPage>> ask, long capacityBytes, string disk,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ChangedArea? open = null;
        List<ChangedArea> told = [];
        for (var offset = 0L; offset < capacityBytes;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var page = await ask(offset, cancellationToken);
            var next = page.Start + page.Length;
            if (page.Length <= 0 || page.Start > offset || next <= offset)
            {
                throw Nonsense(disk, $"the answer about offset {offset} speaks of {page.Length} bytes from {page.Start}");
            }

            List<ChangedArea> before = told;
            told = [];
            foreach (var area in page.Areas.Where(a => a.Length > 0).OrderBy(a => a.Offset))
            {
                if (area.Offset < 0 || area.End < area.Offset)
                {
                    throw Nonsense(disk, $"an area of {area.Length} bytes at {area.Offset}");
                }

                // What the page before has told already is not told again; what lies behind the disk is not there.
                var start = Math.Max(area.Offset, open?.Offset ?? 0);
                if (area.Offset < start && !before.Exists(t => t.Offset <= area.Offset && Math.Min(area.End, start) <= t.End))
                {
                    // Too late to be given in its place: without this it would be lost.
                    throw Nonsense(disk, $"the answer about offset {offset} names {area.Length} bytes at {area.Offset}, which the answers before passed over");
                }

                var end = Math.Min(area.End, capacityBytes);
                if (end <= start)
                {
                    continue;
                }

                if (open is { } last && start <= last.End)
                {
                    open = new ChangedArea(last.Offset, Math.Max(last.End, end) - last.Offset);
                    continue;
                }

                if (open is { } done)
                {
                    told.Add(done);
                    yield return done;
                }

                open = new ChangedArea(start, end - start);
            }

            offset = next;
        }

        if (open is { } rest)
        {
            yield return rest;
        }
    }

    private static MigrateException Nonsense(string disk, string what) => new("source.cbt-answer",
        $"The source's answer about changed areas of {disk} makes no sense: {what}.",
        "Do not trust change tracking here: copy the disk in full, and tell the product and build of the source.");
}
