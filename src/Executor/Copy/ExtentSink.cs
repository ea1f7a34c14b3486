using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using Migrate.Planner;

namespace Migrate.Executor.Copy;

/// <summary>
/// The second half of a copy: hashes and writes extents, many at once, and makes them safe. The order is what keeps the journal true:
/// write, flush of the destination, journal, flush of the journal.
/// </summary>
internal sealed class ExtentSink : IAsyncDisposable
{
    private static readonly TimeSpan SaveLimit = TimeSpan.FromSeconds(15);
    private const long ZeroesPerCommand = 1L << 30;

    private readonly IDiskWriter _destination;
    private readonly CopyJournal _journal;
    private readonly CopyOptions _options;
    private readonly ProgressMeter _meter;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop;
    private readonly SemaphoreSlim _room;
    private readonly bool _zeroesAreThere;
    private readonly Lock _lock = new();
    private List<JournalRecord> _written = [];
    private Task _checkpoint = Task.CompletedTask;
    private ExceptionDispatchInfo? _failure;
    private long _sinceCheckpoint;
    private long _checkpointAt;
    private long _bytesRead;
    private long _bytesWritten;
    private long _bytesZero;

    public ExtentSink(IDiskWriter destination, CopyJournal journal, CopyOptions options, ProgressMeter meter, TimeProvider time, CancellationToken cancellationToken)
    {
        (_destination, _journal, _options, _meter, _time) = (destination, journal, options, meter, time);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _room = new SemaphoreSlim(options.ExtentsInFlight, options.ExtentsInFlight);
        _zeroesAreThere = options.DestinationIsZero && journal.IsFresh;
        _checkpointAt = time.GetTimestamp();
    }

    /// <summary>Cancelled by the caller or by the first failure.</summary>
    public CancellationToken Stopping => _stop.Token;

    /// <summary>The first thing that went wrong here.</summary>
    public ExceptionDispatchInfo? Failure => _failure;

    public long BytesRead => _bytesRead;

    public long BytesWritten => _bytesWritten;

    public long BytesZero => _bytesZero;

    /// <summary>Takes the run over; returns when there is room for the next one.</summary>
    public async Task TakeAsync(ExtentRun run)
    {
        if (run.Memory is null)
        {
            await TakeZeroesAsync(run.First, run.Count);
        }
        else
        {
            var handedOver = false;
            try
            {
                await _room.WaitAsync(Stopping);
                _ = Task.Run(() => WorkAsync(run, () => WriteExtentAsync(run.First, run.Memory.Memory)), CancellationToken.None);
                handedOver = true;
            }
            finally
            {
                if (!handedOver)
                {
                    run.Memory.Dispose();
                }
            }
        }
        StartCheckpointIfDue();
    }

    /// <summary>Waits for everything and makes it safe.</summary>
    public async Task CompleteAsync()
    {
        await DrainAsync();
        await _checkpoint;
        _failure?.Throw();
        Stopping.ThrowIfCancellationRequested();
        await CheckpointAsync(Stopping);
        _failure?.Throw();
    }

    /// <summary>After a failure or a cancellation: journals what can still be made safe in a short time, and is content if that is nothing.</summary>
    public async Task SaveAsync()
    {
        await _stop.CancelAsync();
        await DrainAsync();
        await _checkpoint;
        using var limit = new CancellationTokenSource(SaveLimit, _time);
        await CheckpointAsync(limit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await DrainAsync();
        await _checkpoint;
        _stop.Dispose();
        _room.Dispose();
    }

    private async Task TakeZeroesAsync(long first, long count)
    {
        for (var index = first; index < first + count;)
        {
            var known = _journal.Hashes.IsKnown(index);
            var next = index + 1;
            if (known)
            {
                if (!_journal.Hashes.IsZero(index))
                {
                    throw Changed(index);
                }
            }
            else
            {
                while (next < first + count && next - index < ZeroesPerCommand / Extent.Size && !_journal.Hashes.IsKnown(next))
                {
                    next++;
                }
                var run = new ExtentRun(index, next - index, null);
                if (_zeroesAreThere)
                {
                    Done(new JournalRecord(run.First, (uint)run.Count, default), BytesOf(run), 0);
                }
                else
                {
                    await _room.WaitAsync(Stopping);
                    _ = Task.Run(() => WorkAsync(run, () => WriteZeroesAsync(run)), CancellationToken.None);
                }
            }
            index = next;
        }
    }

    private async Task WorkAsync(ExtentRun run, Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception e)
        {
            Fail(e);
        }
        finally
        {
            run.Memory?.Dispose();
            _room.Release();
        }
    }

    private async Task WriteZeroesAsync(ExtentRun run)
    {
        await _destination.WriteZeroesAsync(run.First * Extent.Size, BytesOf(run), Stopping);
        Done(new JournalRecord(run.First, (uint)run.Count, default), BytesOf(run), 0);
    }

    private async Task WriteExtentAsync(long index, Memory<byte> buffer)
    {
        var extent = buffer[..Extent.LengthOf(index, _journal.CapacityBytes)];
        Interlocked.Add(ref _bytesRead, extent.Length);
        var runs = NonZeroRuns.In(extent.Span);
        if (_journal.Hashes.IsKnown(index))
        {
            if (!IsAsJournalled(index, extent.Span))
            {
                throw Changed(index);
            }
            return;
        }
        if (runs.Count == 0 && _zeroesAreThere)
        {
            Done(new JournalRecord(index, 1, default), extent.Length, 0);
            return;
        }
        // Writes are on their way while this thread hashes.
        var (writes, sent) = StartWrites(index * Extent.Size, extent, runs);
        ReadOnlyMemory<byte> hash = runs.Count == 0 ? default : SHA256.HashData(extent.Span);
        await Task.WhenAll(writes);
        Done(new JournalRecord(index, 1, hash), extent.Length, sent);
    }

    private (List<Task> Writes, long Sent) StartWrites(long offset, Memory<byte> extent, List<Range> runs)
    {
        var writes = new List<Task>((2 * runs.Count) + 1);
        long sent = 0;
        var at = 0;
        foreach (var run in runs)
        {
            var (start, end) = (run.Start.Value, run.End.Value);
            Zero(at, start);
            writes.Add(Write(start, end));
            sent += end - start;
            at = end;
        }
        Zero(at, extent.Length);
        return (writes, sent);

        // Asynchronous all the way: an exception thrown at once must not leave the writes before it without anybody waiting for them.
        async Task Write(int from, int to) => await _destination.WriteAsync(offset + from, extent[from..to], Stopping);
        async Task WriteZeroes(int from, int to) => await _destination.WriteZeroesAsync(offset + from, to - from, Stopping);

        void Zero(int from, int to)
        {
            if (to > from && !_zeroesAreThere)
            {
                writes.Add(WriteZeroes(from, to));
            }
        }
    }

    private bool IsAsJournalled(long index, ReadOnlySpan<byte> extent)
    {
        Span<byte> journalled = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> now = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(extent, now);
        _journal.Hashes.CopyHash(index, journalled);
        return now.SequenceEqual(journalled);
    }

    private void Done(JournalRecord record, long bytes, long sent)
    {
        Interlocked.Add(ref _bytesWritten, sent);
        Interlocked.Add(ref _bytesZero, bytes - sent);
        lock (_lock)
        {
            _written.Add(record);
            _sinceCheckpoint += sent;
        }
        _meter.Add(bytes);
    }

    private void StartCheckpointIfDue()
    {
        if (!_checkpoint.IsCompleted)
        {
            return;
        }
        lock (_lock)
        {
            if (_sinceCheckpoint < _options.CheckpointBytes && _time.GetElapsedTime(_checkpointAt) < _options.CheckpointInterval)
            {
                return;
            }
        }
        _checkpoint = CheckpointAsync(Stopping);
    }

    /// <summary>Never throws: a checkpoint that fails fails the copy.</summary>
    private async Task CheckpointAsync(CancellationToken cancellationToken)
    {
        List<JournalRecord> written;
        lock (_lock)
        {
            (written, _written) = (_written, []);
            _sinceCheckpoint = 0;
            _checkpointAt = _time.GetTimestamp();
        }
        try
        {
            if (written.Count > 0)
            {
                await _destination.FlushAsync(cancellationToken);
                await _journal.AppendAsync(written, cancellationToken);
            }
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    private async Task DrainAsync()
    {
        for (var i = 0; i < _options.ExtentsInFlight; i++)
        {
            await _room.WaitAsync(CancellationToken.None);
        }
        _room.Release(_options.ExtentsInFlight);
    }

    private void Fail(Exception e)
    {
        if (e is not OperationCanceledException || !Stopping.IsCancellationRequested)
        {
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(e), null);
        }
        _stop.Cancel();
    }

    private long BytesOf(ExtentRun run) => Math.Min(run.Count * Extent.Size, _journal.CapacityBytes - (run.First * Extent.Size));

    private static MigrateException Changed(long index) => new("source.changed",
        $"The source disk changed since an earlier attempt copied it: the extent at byte {index * Extent.Size} has another content now.",
        "See that the VM stays powered off, delete the namespace with its journal and copy the disk from the start.");
}
