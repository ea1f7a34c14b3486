using System.Buffers;
using System.Runtime.ExceptionServices;

namespace Migrate.Executor.Copy;

/// <summary>
/// The second half of a copy: takes extents as long as there is room and has them hashed and written, many at once, and made safe.
/// </summary>
internal sealed class ExtentSink : IAsyncDisposable
{
    /// <summary>
    /// Half of the 10 s in which a process that is told to stop hands its runs over; the rest is for its rows, and for reads of a target that falls silent
    /// just then. What is on its way is waited for in any case, since its buffers are in use; its destination sees to it that this takes less.
    /// </summary>
    internal static readonly TimeSpan SaveLimit = TimeSpan.FromSeconds(5);
    private const long ZeroesAtOnce = 128L << 20;

    private readonly CopyOptions _options;
    private readonly CopyStages _stages;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop;
    private readonly SemaphoreSlim _room;
    private readonly int _places;
    private readonly StrikeOuts _strikeOuts;
    private readonly ReadBack? _readBack;
    private readonly Checkpoints _checkpoints;
    private readonly ExtentSettler _settler;
    private ExceptionDispatchInfo? _failure;

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
        (_options, _stages, _time) = (options, stages, time);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _places = options.ExtentsInFlight + readAhead;
        _room = new SemaphoreSlim(_places, _places);
        _strikeOuts = new StrikeOuts(journal);
        _readBack = options.ReadBackBeforeJournal ? new ReadBack(destination, journal.CapacityBytes, options) : null;
        _checkpoints = new Checkpoints(destination, _strikeOuts, _readBack, options, stages, time, Fail);
        _settler = new ExtentSettler(destination, journal, known, journal.TakeFreshness() && options.DestinationIsZero, _strikeOuts, _checkpoints, _readBack is not null, meter, stages);
    }

    /// <summary>Cancelled by the caller or by the first failure.</summary>
    public CancellationToken Stopping => _stop.Token;

    /// <summary>The first thing that went wrong here.</summary>
    public ExceptionDispatchInfo? Failure => _failure;

    public long BytesWritten => _settler.BytesWritten;

    public long BytesReadBack => _readBack?.Bytes ?? 0;

    public long BytesZero => _settler.BytesZero;

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
                _ = Task.Run(() => WorkAsync(run.Memory, () => _settler.SettleAsync(run.First, run.Memory.Memory, Stopping)), CancellationToken.None);
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
        await _checkpoints.StartIfDueAsync(Stopping);
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
        await _checkpoints.StartIfDueAsync(Stopping);
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
                await _checkpoints.StartIfDueAsync(Stopping);
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
        await _checkpoints.EndedAsync();
        _failure?.Throw();
        Stopping.ThrowIfCancellationRequested();
        await _checkpoints.RunAsync(Stopping);
        _failure?.Throw();
        // A checkpoint that was cancelled is no failure, but neither is the journal complete.
        Stopping.ThrowIfCancellationRequested();
    }

    /// <summary>After a failure or a cancellation: journals what can still be made safe in a short time, and is content if that is nothing.</summary>
    public async Task SaveAsync()
    {
        using var limit = new CancellationTokenSource(SaveLimit, _time);
        await _stop.CancelAsync();
        await DrainAsync();
        await _checkpoints.EndedAsync();
        await _checkpoints.RunAsync(limit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await DrainAsync();
        await _checkpoints.EndedAsync();
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
            _ = Task.Run(() => WorkAsync(buffer, () => _settler.SettleAsync(index, buffer.Memory, Stopping)), CancellationToken.None);
        }
        await WorkAsync(buffers[0], () => _settler.SettleAsync(first, buffers[0].Memory, Stopping));
    }

    /// <summary>In commands that are not too long, and with checkpoints between them: a long run takes a slow destination hours.</summary>
    private async Task TakeZeroesAsync(long first, long count)
    {
        for (var (index, end) = (first, first + count); index < end;)
        {
            var state = _settler.ZeroStateOf(index);
            var next = index + 1;
            while (next < end && next - index < ZeroesAtOnce / Extent.Size && _settler.ZeroStateOf(next) == state)
            {
                next++;
            }
            var run = new ExtentRun(index, next - index, null);
            if (state is ZeroState.IsKnown or ZeroState.IsThere)
            {
                _settler.SettleThere(run, state);
            }
            else
            {
                await RoomAsync(1);
                _ = Task.Run(() => WorkAsync(null, () => _settler.WriteZeroesAsync(run, state, Stopping)), CancellationToken.None);
            }
            await _checkpoints.StartIfDueAsync(Stopping);
            index = next;
        }
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
}
