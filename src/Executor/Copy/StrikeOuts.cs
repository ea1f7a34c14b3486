namespace Migrate.Executor.Copy;

/// <summary>
/// The one way into the journal of a copy that writes from many threads. Extents that are about to be overwritten are struck out together: one
/// append, which costs a flush, serves all that came while the one before was under way.
/// </summary>
internal sealed class StrikeOuts(CopyJournal journal) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Lock _lock = new();
    private Batch _next = new();

    /// <summary>Returns once nothing is durably known of these extents any more.</summary>
    public async Task AddAsync(long first, long count, CancellationToken cancellationToken)
    {
        Batch mine;
        lock (_lock)
        {
            mine = _next;
            for (var index = first; index < first + count; index++)
            {
                mine.Records.Add(JournalRecord.Forgotten(index));
            }
        }
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (!mine.IsDone)
            {
                lock (_lock)
                {
                    _next = new Batch();
                }
                await journal.AppendAsync(mine.Records, cancellationToken);
                mine.IsDone = true;
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    public async Task AppendAsync(IReadOnlyCollection<JournalRecord> records, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            await journal.AppendAsync(records, cancellationToken);
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private sealed class Batch
    {
        public List<JournalRecord> Records { get; } = [];

        /// <summary>Set and read inside the gate.</summary>
        public bool IsDone { get; set; }
    }
}
