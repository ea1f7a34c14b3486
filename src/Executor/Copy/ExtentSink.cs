using System.Buffers;
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
    private readonly KnownExtents _known;
    private readonly ProgressMeter _meter;
    private readonly TimeProvider _time;
    private readonly CopyStages _stages;
    private readonly CancellationTokenSource _stop;
    private readonly SemaphoreSlim _room;
    private readonly int _places;
    private readonly StrikeOuts _strikeOuts;
    private readonly bool _zeroesAreThere;
    private readonly Lock _lock = new();
    private readonly ReadBack? _readBack;
    private List<(JournalRecord Record, bool IsSent)> _written = [];
    private Task _checkpoint = Task.CompletedTask;
    private ExceptionDispatchInfo? _failure;
    private long _sinceCheckpoint;
    private long _checkpointAt;
    private long _bytesWritten;
    private long _bytesZero;

    /// <param name="destination">Where extents go.</param>
    /// <param name="journal">Of this destination.</param>
    /// <param name="options">Limits, checkpoints and state of the destination.</param>
    /// <param name="known">What an extent means that the journal knows already.</param>
    /// <param name="readAhead">Extents that may be on their way from the source beside those in flight here.</param>
    /// <param name="meter">Told of every settled extent.</param>
    /// <param name="stages">Where the time goes.</param>
    /// <param name="time">For checkpoints.</param>
    /// <param name="cancellationToken">Stops taking; what is under way is waited for.</param>
    public ExtentSink(IDiskWriter destination, CopyJournal journal, CopyOptions options, KnownExtents known, int readAhead, ProgressMeter meter, CopyStages stages, TimeProvider time,
        CancellationToken cancellationToken)
    {
        (_destination, _journal, _options, _known, _meter, _stages, _time) = (destination, journal, options, known, meter, stages, time);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _places = options.ExtentsInFlight + readAhead;
        _room = new SemaphoreSlim(_places, _places);
        _strikeOuts = new StrikeOuts(journal);
        _zeroesAreThere = journal.TakeFreshness() && options.DestinationIsZero;
        _readBack = options.ReadBackBeforeJournal ? new ReadBack(destination, journal.CapacityBytes, options) : null;
        _checkpointAt = time.GetTimestamp();
    }

    /// <summary>Cancelled by the caller or by the first failure.</summary>
    public CancellationToken Stopping => _stop.Token;

    /// <summary>The first thing that went wrong here.</summary>
    public ExceptionDispatchInfo? Failure => _failure;

    public long BytesWritten => Volatile.Read(ref _bytesWritten);

    public long BytesReadBack => _readBack?.Bytes ?? 0;

    public long BytesZero => Volatile.Read(ref _bytesZero);

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
                await RoomAsync(1);
                _ = Task.Run(() => WorkAsync(run.Memory, () => SettleAsync(run.First, run.Memory.Memory)), CancellationToken.None);
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
        await CheckpointIfDueAsync();
    }

    /// <summary>
    /// Has extents read by <paramref name="fill"/> into buffers of the pool, on other threads, and settles them; returns when room and buffers
    /// for them were found. Once it has returned, fill is called for certain.
    /// </summary>
    public async Task TakeAsync(long first, int count, Func<IMemoryOwner<byte>[], Task> fill)
    {
        await RoomAsync(count);
        IMemoryOwner<byte>[] buffers;
        _stages.WaitForRoom.Enter();
        try
        {
            buffers = await _options.Pool.RentAsync(count, Stopping);
        }
        catch
        {
            _room.Release(count);
            throw;
        }
        finally
        {
            _stages.WaitForRoom.Leave();
        }
        _ = Task.Run(() => FillAsync(first, buffers, fill), CancellationToken.None);
        await CheckpointIfDueAsync();
    }

    /// <summary>Waits until a read of so many bytes may begin; a long wait does not put off what is due.</summary>
    public async ValueTask PermitAsync(long bytes)
    {
        var permitted = _options.Throttle.TakeAsync(bytes, Stopping);
        if (permitted.IsCompletedSuccessfully)
        {
            return;
        }
        _stages.WaitForLimit.Enter();
        try
        {
            var waiting = permitted.AsTask();
            while (await Task.WhenAny(waiting, Task.Delay(_options.CheckpointInterval, _time, Stopping)) != waiting && !Stopping.IsCancellationRequested)
            {
                await CheckpointIfDueAsync();
            }
            await waiting;
        }
        finally
        {
            _stages.WaitForLimit.Leave();
        }
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
        // A checkpoint that was cancelled is no failure, but neither is the journal complete.
        Stopping.ThrowIfCancellationRequested();
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
        _strikeOuts.Dispose();
    }

    private async Task RoomAsync(int count)
    {
        _stages.WaitForRoom.Enter();
        var got = 0;
        try
        {
            for (; got < count; got++)
            {
                await _room.WaitAsync(Stopping);
            }
        }
        catch when (got > 0)
        {
            _room.Release(got);
            throw;
        }
        finally
        {
            _stages.WaitForRoom.Leave();
        }
    }

    private async Task FillAsync(long first, IMemoryOwner<byte>[] buffers, Func<IMemoryOwner<byte>[], Task> fill)
    {
        try
        {
            await fill(buffers);
        }
        catch (Exception e)
        {
            Fail(e);
            Array.ForEach(buffers, b => b.Dispose());
            _room.Release(buffers.Length);
            return;
        }
        for (var i = 1; i < buffers.Length; i++)
        {
            var (index, buffer) = (first + i, buffers[i]);
            _ = Task.Run(() => WorkAsync(buffer, () => SettleAsync(index, buffer.Memory)), CancellationToken.None);
        }
        await WorkAsync(buffers[0], () => SettleAsync(first, buffers[0].Memory));
    }

    private async Task TakeZeroesAsync(long first, long count)
    {
        for (var (index, end) = (first, first + count); index < end;)
        {
            var state = StateOf(index);
            var next = index + 1;
            while (next < end && next - index < ZeroesPerCommand / Extent.Size && StateOf(next) == state)
            {
                next++;
            }
            var run = new ExtentRun(index, next - index, null);
            if (state == ZeroState.IsZero)
            {
                Settled(BytesOf(run));
            }
            else if (state == ZeroState.HoldsData && _known == KnownExtents.MustMatch)
            {
                throw Changed(index);
            }
            else if (state == ZeroState.Unknown && _zeroesAreThere)
            {
                Done(new JournalRecord(run.First, (uint)run.Count, default), BytesOf(run), 0, isThere: true);
            }
            else
            {
                await RoomAsync(1);
                _ = Task.Run(() => WorkAsync(null, () => WriteZeroesAsync(run, strikeOut: state == ZeroState.HoldsData)), CancellationToken.None);
            }
            index = next;
        }

        ZeroState StateOf(long index) => !_journal.Hashes.IsKnown(index) ? ZeroState.Unknown : _journal.Hashes.IsZero(index) ? ZeroState.IsZero : ZeroState.HoldsData;
    }

    private async Task WorkAsync(IMemoryOwner<byte>? memory, Func<Task> work)
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
            memory?.Dispose();
            _room.Release();
        }
    }

    private async Task WriteZeroesAsync(ExtentRun run, bool strikeOut)
    {
        if (strikeOut)
        {
            await _strikeOuts.AddAsync(run.First, run.Count, Stopping);
        }
        _stages.Write.Enter();
        try
        {
            await _destination.WriteZeroesAsync(run.First * Extent.Size, BytesOf(run), Stopping);
        }
        finally
        {
            _stages.Write.Leave();
        }
        Done(new JournalRecord(run.First, (uint)run.Count, default), BytesOf(run), 0);
    }

    /// <summary>Makes the destination's extent what the source's is, and knows its hash.</summary>
    private async Task SettleAsync(long index, Memory<byte> buffer)
    {
        var extent = buffer[..Extent.LengthOf(index, _journal.CapacityBytes)];
        var known = _journal.Hashes.IsKnown(index);
        _stages.Hash.Enter();
        List<Range> runs;
        ReadOnlyMemory<byte> hash = default;
        try
        {
            runs = NonZeroRuns.In(extent.Span);
            hash = runs.Count == 0 ? default : SHA256.HashData(extent.Span);
            if (known && IsAsJournalled(index, hash.Span))
            {
                Settled(extent.Length);
                return;
            }
        }
        finally
        {
            _stages.Hash.Leave(extent.Length);
        }
        if (known)
        {
            await (_known == KnownExtents.Replace ? _strikeOuts.AddAsync(index, 1, Stopping) : throw Changed(index));
        }
        if (runs.Count == 0 && _zeroesAreThere && !known)
        {
            Done(new JournalRecord(index, 1, default), extent.Length, 0, isThere: true);
            return;
        }
        _stages.Write.Enter();
        long sent = 0;
        try
        {
            (var writes, sent) = StartWrites(index * Extent.Size, extent, runs, zeroesAreThere: _zeroesAreThere && !known);
            await Task.WhenAll(writes);
        }
        finally
        {
            _stages.Write.Leave(sent);
        }
        Done(new JournalRecord(index, 1, hash), extent.Length, sent);
    }

    private (List<Task> Writes, long Sent) StartWrites(long offset, Memory<byte> extent, List<Range> runs, bool zeroesAreThere)
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
            if (to > from && !zeroesAreThere)
            {
                writes.Add(WriteZeroes(from, to));
            }
        }
    }

    /// <param name="index">A known extent.</param>
    /// <param name="hash">Of what the source has; empty when that is zero.</param>
    private bool IsAsJournalled(long index, ReadOnlySpan<byte> hash)
    {
        if (hash.IsEmpty || _journal.Hashes.IsZero(index))
        {
            return hash.IsEmpty && _journal.Hashes.IsZero(index);
        }
        Span<byte> journalled = stackalloc byte[SHA256.HashSizeInBytes];
        _journal.Hashes.CopyHash(index, journalled);
        return hash.SequenceEqual(journalled);
    }

    /// <summary>The destination has it already. An earlier attempt's bytes are counted from the beginning, a pass's only now.</summary>
    private void Settled(long bytes)
    {
        if (_known == KnownExtents.Replace)
        {
            _meter.Add(bytes);
        }
    }

    /// <param name="record">For the journal.</param>
    /// <param name="bytes">Of the disk.</param>
    /// <param name="sent">As data.</param>
    /// <param name="isThere">The destination was zero there already, and nothing was sent.</param>
    private void Done(JournalRecord record, long bytes, long sent, bool isThere = false)
    {
        Interlocked.Add(ref _bytesWritten, sent);
        Interlocked.Add(ref _bytesZero, bytes - sent);
        lock (_lock)
        {
            _written.Add((record, !isThere));
            _sinceCheckpoint += sent;
        }
        _meter.Add(bytes);
    }

    /// <summary>Starts one beside the copy; waits for the one under way only when as much again is waiting to be made safe.</summary>
    private async Task CheckpointIfDueAsync()
    {
        long waiting;
        lock (_lock)
        {
            waiting = _sinceCheckpoint;
            if (waiting < _options.CheckpointBytes && _time.GetElapsedTime(_checkpointAt) < _options.CheckpointInterval)
            {
                return;
            }
        }
        if (!_checkpoint.IsCompleted)
        {
            if (waiting < _options.CheckpointBytes)
            {
                return;
            }
            _stages.WaitForRoom.Enter();
            await _checkpoint;
            _stages.WaitForRoom.Leave();
        }
        _checkpoint = CheckpointAsync(Stopping);
    }

    /// <summary>Never throws: a checkpoint that fails fails the copy.</summary>
    private async Task CheckpointAsync(CancellationToken cancellationToken)
    {
        List<(JournalRecord Record, bool IsSent)> written;
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
                _stages.Write.Enter();
                try
                {
                    await _destination.FlushAsync(cancellationToken);
                    await (_readBack?.CheckAsync(written.Where(w => w.IsSent).Select(w => w.Record), cancellationToken) ?? Task.CompletedTask);
                }
                finally
                {
                    _stages.Write.Leave();
                }
                await _strikeOuts.AppendAsync([.. written.Select(w => w.Record)], cancellationToken);
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
            Fail(e);
        }
    }

    private async Task DrainAsync()
    {
        for (var i = 0; i < _places; i++)
        {
            await _room.WaitAsync(CancellationToken.None);
        }
        _room.Release(_places);
    }

    private void Fail(Exception e)
    {
        if (e is not OperationCanceledException || !Stopping.IsCancellationRequested)
        {
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(e), null);
        }
        _stop.Cancel();
    }

    private enum ZeroState
    {
        Unknown,
        IsZero,
        HoldsData,
    }

    private long BytesOf(ExtentRun run) => Math.Min(run.Count * Extent.Size, _journal.CapacityBytes - (run.First * Extent.Size));

    private static MigrateException Changed(long index) => new("source.changed",
        $"The source disk changed since an earlier attempt copied it: the extent at byte {index * Extent.Size} has another content now.",
        "See that the VM stays powered off, delete the namespace with its journal and copy the disk from the start.");
}
