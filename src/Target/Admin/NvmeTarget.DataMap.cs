namespace Migrate.Target.Admin;

// For whoever reads all of a namespace from elsewhere: NVMe has no simple word for what is a hole.
public sealed partial class NvmeTarget
{
    private const int MostRuns = 4096;

    /// <summary>
    /// Where the namespace keeps something, of what was flushed; what is written meanwhile may be missing. Storage that does not tell, as devices do
    /// not, is taken to keep everything.
    /// </summary>
    /// <param name="uuid">Which.</param>
    /// <param name="from">The byte to begin at: 0, and then what the answer before said.</param>
    /// <exception cref="TargetException"><c>target.no-such-namespace</c>; <c>target.namespace-offline</c>; <c>target.invalid-offset</c>.</exception>
    public DataMap FindData(Guid uuid, long from)
    {
        var (_, one) = Need(uuid);
        var capacity = one.CapacityBytes;
        if (from < 0 || from > capacity)
        {
            throw new TargetException("target.invalid-offset", $"Namespace {uuid} has {capacity} bytes and no byte {from}.", "Begin at 0, and go on where the answer before ended.");
        }

        var stripe = Environment.CurrentManagedThreadId;
        if (!one.TryEnterAsTarget(stripe, out var period))
        {
            throw new TargetException("target.namespace-offline", $"Namespace {uuid} is offline: its backing may be somebody else's.", "Bring it online first.");
        }

        try
        {
            var runs = new List<DataRun>();
            var at = from;
            while (at < capacity && runs.Count < MostRuns)
            {
                if (!period.Backing!.TryFindData(at, out var start, out var end))
                {
                    (start, end) = (at, capacity);
                }

                (start, end) = (Math.Min(start, capacity), Math.Min(end, capacity));
                if (end > start)
                {
                    runs.Add(new DataRun(start, end - start));
                }

                at = end > at ? end : capacity;
            }

            return new DataMap(runs, at);
        }
        finally
        {
            period.Exit(stripe);
        }
    }
}
