using Migrate.Planner.VSphere.ChangeTracking;

namespace Migrate.Executor.Copy;

/// <summary>Which extents a pass reads: those that its basis names, and those of which the journal does not know what the destination has at this moment.</summary>
internal static class WantedExtents
{
    /// <param name="journal">Of the destination.</param>
    /// <param name="basis">As the tracker's pass decided.</param>
    /// <param name="areas">What it names.</param>
    /// <param name="staleAreas">As in <see cref="ChangeCopyOptions.StaleAreas"/>.</param>
    /// <param name="cancellationToken">Ends the questions.</param>
    /// <returns>And whether the source named all of them as changed.</returns>
    public static async Task<(ExtentSet Wanted, bool IsNamed)> OfAsync(
        CopyJournal journal, PassBasis basis, IAsyncEnumerable<ChangedArea> areas, IAsyncEnumerable<ChangedArea>? staleAreas, CancellationToken cancellationToken)
    {
        var hashes = journal.Hashes;
        var named = basis == PassBasis.Everything ? null : await ExtentSet.OfAsync(areas, journal.CapacityBytes, cancellationToken);
        var stale = staleAreas is not null && basis != PassBasis.Changes ? await ExtentSet.OfAsync(staleAreas, journal.CapacityBytes, cancellationToken) : null;
        var wanted = new ExtentSet(journal.CapacityBytes);
        var isNamed = basis == PassBasis.Changes;
        for (var index = 0L; index < wanted.Extents; index++)
        {
            if (IsWanted(index))
            {
                wanted.Add(index);
                isNamed = isNamed && named!.Contains(index);
            }
        }
        return (wanted, isNamed);

        bool IsWanted(long index)
        {
            var isUnknown = !hashes.IsKnown(index);
            var isData = !isUnknown && !hashes.IsZero(index);
            return (basis, stale) switch
            {
                (PassBasis.Changes, _) => isUnknown || named!.Contains(index),
                (PassBasis.Everything, null) => true,
                // What an earlier attempt took for zero it may have taken on the source's word.
                (PassBasis.Everything, _) => !isData || stale.Contains(index),
                // Used areas name all that is not zero: what nobody knows is zero then, and what an attempt that was given up copied is read again …
                (_, null) => isData || named!.Contains(index),
                // … unless it did not change since. Data where the source says that nobody uses anything is looked at all the same.
                _ => stale.Contains(index) || (isUnknown ? named!.Contains(index) : isData && !named!.Contains(index)),
            };
        }
    }
}
