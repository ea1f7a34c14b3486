using Migrate.Executor.Jobs;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Copy;

/// <summary>
/// What of one disk is known to be safe at the destination. It is in the database, so that a worker on any machine goes on where another one
/// was killed. Records are added only after a flush of the destination, each time in a transaction that is durable and that only the holder of
/// the run's lease can make: a worker that was overtaken cannot vouch for anything. It belongs to the namespace it describes: delete both or neither.
/// </summary>
public sealed class CopyJournal : IAsyncDisposable
{
    private const int SegmentsAtOnce = 128;

    private readonly JournalStore _store;
    private readonly LeaseClaim _claim;
    private readonly SemaphoreSlim _turn = new(1, 1);

    private CopyJournal(JournalStore store, LeaseClaim claim, RunDisk disk, bool isFresh)
    {
        (_store, _claim, RunDiskId, DiskId, CapacityBytes, IsFresh) = (store, claim, disk.Id, disk.NamespaceUuid, disk.CapacityBytes, isFresh);
        Hashes = new ExtentHashes(disk.CapacityBytes, new KeptHashes(store, claim, disk.Id));
    }

    public Guid RunDiskId { get; }

    /// <summary>The destination's UUID.</summary>
    public Guid DiskId { get; }

    public long CapacityBytes { get; }

    /// <summary>True when there was no journal before: no earlier attempt can have written to the destination.</summary>
    public bool IsFresh { get; private set; }

    /// <summary>Whether nothing can have been written to the destination yet; from now on it may have been.</summary>
    internal bool TakeFreshness()
    {
        var fresh = IsFresh;
        IsFresh = false;
        return fresh;
    }

    /// <summary>Bytes of the disk that are safe at the destination.</summary>
    public long DurableBytes => Hashes.KnownBytes;

    public bool IsComplete => Hashes.IsComplete;

    internal ExtentHashes Hashes { get; }

    internal static async Task<CopyJournal> OpenAsync(JournalStore store, LeaseClaim claim, RunDisk disk, CancellationToken cancellationToken)
    {
        try
        {
            var journal = new CopyJournal(store, claim, disk, await store.BeginAsync(claim, disk, cancellationToken));
            await foreach (var (number, states) in store.StatesAsync(disk.Id, cancellationToken))
            {
                if (number >= 0 && number < (journal.Hashes.Count + Segment.Extents - 1) / Segment.Extents
                    && SegmentFormat.Read(states, journal.Hashes.ExtentsOf(number)) is { } segment)
                {
                    journal.Hashes.Replace(number, segment);
                }
            }

            return journal;
        }
        catch (Exception e) when (DatabaseTrouble.Is(e))
        {
            throw Unusable(disk.NamespaceUuid, e);
        }
    }

    /// <summary>
    /// Adds records and returns once they survive a crash. The destination must have been flushed before. Throws
    /// <see cref="LeaseLostException"/> when another worker has the run; nothing is added then.
    /// </summary>
    internal async Task AppendAsync(IReadOnlyCollection<JournalRecord> records, CancellationToken cancellationToken)
    {
        if (records.Count == 0)
        {
            return;
        }

        await _turn.WaitAsync(cancellationToken);
        try
        {
            // So many at once that their memory is bounded: each segment may have 32 KiB of hashes.
            foreach (var some in BySegment(records).Chunk(SegmentsAtOnce))
            {
                List<(int Number, Segment Segment)> changed = [.. some.Select(x => (x.Key, Changed(x.Key, x.Value)))];
                await _store.SaveAsync(
                    _claim, RunDiskId, changed.Select(x => (x.Number, SegmentFormat.States(x.Segment, Hashes.ExtentsOf(x.Number)), SegmentFormat.Hashes(x.Segment))),
                    cancellationToken);
                // Only now: what could not be stored is not known.
                foreach (var (number, segment) in changed)
                {
                    Hashes.Replace(number, segment);
                }
            }
        }
        catch (Exception e) when (DatabaseTrouble.Is(e))
        {
            throw Unusable(DiskId, e);
        }
        finally
        {
            _turn.Release();
        }
    }

    public ValueTask DisposeAsync()
    {
        _turn.Dispose();
        return ValueTask.CompletedTask;
    }

    private Segment Changed(int number, List<JournalRecord> records)
    {
        var segment = Hashes.CopyOf(number);
        var (begin, end) = ((long)number * Segment.Extents, ((long)number + 1) * Segment.Extents);
        foreach (var record in records)
        {
            for (var index = Math.Max(begin, record.First); index < Math.Min(end, record.First + record.Count); index++)
            {
                if (record.IsForgotten)
                {
                    segment.Forget(index);
                }
                else if (record.IsZero)
                {
                    segment.SetZero(index);
                }
                else
                {
                    segment.SetData(index, record.Hash.Span);
                }
            }
        }

        return segment;
    }

    private static SortedDictionary<int, List<JournalRecord>> BySegment(IReadOnlyCollection<JournalRecord> records)
    {
        var segments = new SortedDictionary<int, List<JournalRecord>>();
        foreach (var record in records)
        {
            for (var number = Segment.NumberOf(record.First); number <= Segment.NumberOf(record.First + record.Count - 1); number++)
            {
                if (!segments.TryGetValue(number, out var found))
                {
                    segments[number] = found = [];
                }

                found.Add(record);
            }
        }

        return segments;
    }

    private static MigrateException Unusable(Guid diskId, Exception e) => new(
        "copy.journal-unusable", $"The journal of namespace {diskId} cannot be read or written: {e.Message}",
        "See that the database answers and has room, then retry: the copy goes on where the journal ends.", e)
    { IsTransient = true };

    private sealed class KeptHashes(JournalStore store, LeaseClaim claim, Guid runDiskId) : IKeptHashes
    {
        public IEnumerable<(int Number, byte[] Hashes)> Load(int first, int count) => store.LoadHashes(runDiskId, first, count);

        public Exception Damaged(int number)
        {
            store.Forget(claim, runDiskId, number);
            return new MigrateException(
                "copy.journal-damaged", $"The database gives back other hashes than were written for the extents from {(long)number * Segment.Extents} MiB on.",
                "Check the database's storage. A retry copies these extents again.")
            { IsTransient = true };
        }
    }
}
