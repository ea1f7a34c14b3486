namespace Migrate.Executor.Copy;

/// <summary>
/// Makes safe what a copy has written. The order is what keeps the journal true: write, flush of the destination, journal, flush of the journal.
/// One is made beside the copy at a time, after so much data or so much time, whatever the data is: zeroes take time, too.
/// </summary>
/// <param name="destination">Is flushed.</param>
/// <param name="strikeOuts">The way into the journal.</param>
/// <param name="readBack">What is journalled was read back; null when that is not wanted.</param>
/// <param name="options">How often.</param>
/// <param name="stages">Where the time goes.</param>
/// <param name="time">How long since the last one.</param>
/// <param name="fail">Told when one fails.</param>
internal sealed class Checkpoints(
    IDiskWriter destination, StrikeOuts strikeOuts, ReadBack? readBack, CopyOptions options, CopyStages stages, TimeProvider time, Action<Exception> fail)
{
    private readonly Lock _lock = new();
    private List<WrittenRecord> _written = [];
    private Task _running = Task.CompletedTask;
    private long _since;
    private long _at = time.GetTimestamp();

    /// <summary>These extents are at the destination, though perhaps only in its memory.</summary>
    /// <param name="record">For the journal.</param>
    /// <param name="sent">Bytes that were sent as data.</param>
    /// <param name="check">Checksum of an extent with data, when what is written is read back.</param>
    public void Add(JournalRecord record, long sent, UInt128 check)
    {
        lock (_lock)
        {
            _written.Add(new WrittenRecord(record, check));
            _since += sent;
        }
    }

    /// <summary>Starts one beside the copy; waits for the one under way only when as much again is waiting to be made safe.</summary>
    public async ValueTask StartIfDueAsync(CancellationToken cancellationToken)
    {
        long waiting;
        lock (_lock)
        {
            waiting = _since;
            if (waiting < options.CheckpointBytes && time.GetElapsedTime(_at) < options.CheckpointInterval)
            {
                return;
            }
        }
        if (!_running.IsCompleted)
        {
            if (waiting < options.CheckpointBytes)
            {
                return;
            }
            stages.WaitForRoom.Enter();
            await _running;
            stages.WaitForRoom.Leave();
        }
        _running = RunAsync(cancellationToken);
    }

    /// <summary>Waits for the one under way.</summary>
    public Task EndedAsync() => _running;

    /// <summary>Never throws: a checkpoint that fails fails the copy.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        List<WrittenRecord> written;
        lock (_lock)
        {
            (written, _written) = (_written, []);
            _since = 0;
            _at = time.GetTimestamp();
        }
        try
        {
            if (written.Count > 0)
            {
                stages.Write.Enter();
                try
                {
                    // A flush that was sent cannot be taken back, but uses no buffer: nobody has to wait for it, nor should it cost the connection.
                    await destination.FlushAsync(CancellationToken.None).AsTask().WaitAsync(cancellationToken);
                    await (readBack?.CheckAsync(written, cancellationToken) ?? Task.CompletedTask);
                }
                finally
                {
                    stages.Write.Leave();
                }
                await strikeOuts.AppendAsync([.. written.Select(w => w.Record)], cancellationToken);
                readBack?.Journalled(written);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Nothing is wrong with what was written: the last checkpoint of a copy that stops makes it safe.
            lock (_lock)
            {
                _written.InsertRange(0, written);
            }
        }
        catch (Exception e)
        {
            fail(e);
        }
    }
}
