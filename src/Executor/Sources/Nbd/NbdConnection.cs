using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;

namespace Migrate.Executor.Sources.Nbd;

/// <summary>One connection with many requests in flight. Once broken it stays broken, and every request on it fails with the cause.</summary>
internal sealed class NbdConnection : IAsyncDisposable
{
    /// <summary>Errors carry a short message; more than this is no message.</summary>
    private const int LongestError = 4096;

    /// <summary>Descriptors of a block status: 1 Mi runs of 8 bytes would already be 8 MiB.</summary>
    private const int LongestStatus = 8 << 20;

    private readonly NbdStream _stream;
    private readonly NbdEndpoint _endpoint;
    private readonly TimeSpan _stall;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<ulong, NbdRequest> _pending = new();
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly CancellationTokenSource _stop;
    private readonly Task _receiving;
    private readonly ITimer _watch;
    private readonly byte[] _head = new byte[20];
    private Exception? _broken;
    private ulong _cookie;
    private long _lastBytes;

    private NbdConnection(NbdStream stream, NbdEndpoint endpoint, NbdExport export, TimeSpan stall, TimeProvider time)
    {
        (_stream, _endpoint, Export, _stall, _time) = (stream, endpoint, export, stall, time);
        _stop = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _lastBytes = time.GetTimestamp();
        _watch = time.CreateTimer(_ => LookForStall(), null, stall / 4, stall / 4);
        _receiving = ReceiveAsync();
    }

    public NbdExport Export { get; }

    public bool IsBroken => _broken is not null;

    public static async Task<NbdConnection> OpenAsync(NbdEndpoint endpoint, TimeSpan stall, TimeProvider time, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(stall, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        NbdStream? stream = null;
        try
        {
            stream = await NbdStream.ConnectAsync(endpoint, either.Token);
            var export = await new NbdHandshake(stream, endpoint).RunAsync(either.Token);
            return new NbdConnection(stream, endpoint, export, stall, time);
        }
        catch (Exception e)
        {
            if (stream is not null)
            {
                await stream.DisposeAsync();
            }
            cancellationToken.ThrowIfCancellationRequested();
            throw e switch
            {
                OperationCanceledException => NbdFault.Unreachable(endpoint, new TimeoutException($"no answer within {stall.TotalSeconds:0} s", e)),
                IOException => NbdFault.Cut(endpoint, e),
                _ => e,
            };
        }
    }

    /// <summary>Sends the request and waits for the whole answer.</summary>
    /// <exception cref="NbdErrorException">The server's own error; the connection goes on.</exception>
    /// <exception cref="Migrate.Planner.MigrateException">source.connection-cut, source.nbd-protocol: the connection is broken.</exception>
    public async Task CallAsync(NbdRequest request, CancellationToken cancellationToken)
    {
        try
        {
            await SendAsync(request, cancellationToken);
            if (_broken is { } cause)
            {
                await _receiving;
                request.Fail(cause);
            }
            await request.Answered.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await request.LeaveAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!IsBroken)
        {
            try
            {
                // The server notices the closed socket as well.
                _stop.CancelAfter(TimeSpan.FromSeconds(2));
                await SendAsync(new NbdRequest(NbdCommand.Disconnect, 0, 0, default), _stop.Token);
            }
            catch (OperationCanceledException)
            {
                // It takes nothing any more.
            }
        }
        await _watch.DisposeAsync();
        await _stop.CancelAsync();
        await _stream.DisposeAsync();
        await _receiving;
    }

    /// <summary>Only waiting for its turn can be cancelled. Once it returns, the request is pending or the connection is broken.</summary>
    private async Task SendAsync(NbdRequest request, CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken);
        try
        {
            // Pending from here on: one that gave up before its turn must not be waited for, or the connection would look stalled.
            var cookie = ++_cookie;
            if (request.Command != NbdCommand.Disconnect)
            {
                if (_pending.IsEmpty)
                {
                    Volatile.Write(ref _lastBytes, _time.GetTimestamp());
                }
                _pending[cookie] = request;
            }
            var bytes = new byte[NbdProtocol.RequestBytes];
            BinaryPrimitives.WriteUInt32BigEndian(bytes, NbdProtocol.RequestMagic);
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(6), (ushort)request.Command);
            BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(8), cookie);
            BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(16), request.Offset);
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(24), request.Length);
            // Not to be cancelled half-way: the next request would be read as this one's end.
            await _stream.WriteAsync(bytes, _stop.Token);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            Break(NbdFault.Cut(_endpoint, e));
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task ReceiveAsync()
    {
        try
        {
            while (true)
            {
                await ReceiveOneAsync(_stop.Token);
            }
        }
        catch (Exception e)
        {
            Break(e is IOException or OperationCanceledException or ObjectDisposedException ? NbdFault.Cut(_endpoint, e) : e);
        }
        foreach (var request in _pending.Values)
        {
            request.Fail(_broken!);
        }
    }

    private async Task ReceiveOneAsync(CancellationToken cancellationToken)
    {
        await _stream.ReadAsync(_head.AsMemory(0, 16), cancellationToken);
        var magic = BinaryPrimitives.ReadUInt32BigEndian(_head);
        if (!_pending.TryGetValue(BinaryPrimitives.ReadUInt64BigEndian(_head.AsSpan(8)), out var request))
        {
            throw NbdFault.Protocol(_endpoint, "it answers what was not asked");
        }
        Volatile.Write(ref _lastBytes, _time.GetTimestamp());
        var isLast = true;
        if (magic == NbdProtocol.SimpleReplyMagic && (!Export.StructuredReplies || request.Command != NbdCommand.Read))
        {
            var error = BinaryPrimitives.ReadUInt32BigEndian(_head.AsSpan(4));
            if (error != 0)
            {
                request.AddError(new NbdErrorException(error, ""));
            }
            else
            {
                await TakeDataAsync(request, request.Offset, request.Length, cancellationToken);
            }
        }
        else if (magic == NbdProtocol.StructuredReplyMagic && Export.StructuredReplies)
        {
            isLast = (BinaryPrimitives.ReadUInt16BigEndian(_head.AsSpan(4)) & 1) != 0;
            await _stream.ReadAsync(_head.AsMemory(16, 4), cancellationToken);
            await TakeChunkAsync(request, (NbdChunk)BinaryPrimitives.ReadUInt16BigEndian(_head.AsSpan(6)), BinaryPrimitives.ReadUInt32BigEndian(_head.AsSpan(16)), cancellationToken);
        }
        else
        {
            throw NbdFault.Protocol(_endpoint, $"a reply begins with 0x{magic:x8}");
        }
        if (isLast)
        {
            _pending.TryRemove(BinaryPrimitives.ReadUInt64BigEndian(_head.AsSpan(8)), out _);
            if (!request.Finish())
            {
                throw NbdFault.Protocol(_endpoint, $"its answer for byte {request.Offset} leaves bytes out");
            }
        }
    }

    private async Task TakeChunkAsync(NbdRequest request, NbdChunk type, uint length, CancellationToken cancellationToken)
    {
        switch (type)
        {
            case NbdChunk.None when length == 0:
                break;
            case NbdChunk.OffsetData when length > 8:
                await TakeDataAsync(request, (long)await _stream.ReadUInt64Async(cancellationToken), length - 8, cancellationToken);
                break;
            case NbdChunk.OffsetHole when length == 12:
                var hole = await _stream.ReadArrayAsync(12, cancellationToken);
                Begin(request, BinaryPrimitives.ReadInt64BigEndian(hole), BinaryPrimitives.ReadUInt32BigEndian(hole.AsSpan(8)))?.Span.Clear();
                request.EndPart();
                break;
            case NbdChunk.BlockStatus when request.Command == NbdCommand.BlockStatus && length is >= 12 and <= LongestStatus && length % 8 == 4:
                var status = await _stream.ReadArrayAsync((int)length, cancellationToken);
                if (BinaryPrimitives.ReadUInt32BigEndian(status) == Export.AllocationContext)
                {
                    request.AddRuns(status.AsSpan(4));
                }
                break;
            case NbdChunk.Error or NbdChunk.ErrorOffset when length is >= 6 and <= LongestError:
                var error = await _stream.ReadArrayAsync((int)length, cancellationToken);
                var text = Encoding.UTF8.GetString(error.AsSpan(6, Math.Min(BinaryPrimitives.ReadUInt16BigEndian(error.AsSpan(4)), error.Length - 6)));
                request.AddError(new NbdErrorException(BinaryPrimitives.ReadUInt32BigEndian(error), new string([.. text.Where(c => !char.IsControl(c)).Take(200)])));
                break;
            default:
                throw NbdFault.Protocol(_endpoint, $"a part of type {type} with {length} bytes");
        }
    }

    private async Task TakeDataAsync(NbdRequest request, long offset, long length, CancellationToken cancellationToken)
    {
        if (Begin(request, offset, length) is { } room)
        {
            for (; room.Length > 0; Volatile.Write(ref _lastBytes, _time.GetTimestamp()))
            {
                var part = Math.Min(room.Length, 256 << 10);
                await _stream.ReadAsync(room[..part], cancellationToken);
                room = room[part..];
            }
        }
        else
        {
            await _stream.SkipAsync(length, cancellationToken);
        }
        request.EndPart();
    }

    private Memory<byte>? Begin(NbdRequest request, long offset, long length)
        => request.TryBegin(offset, length, out var room) ? room : throw NbdFault.Protocol(_endpoint, $"it sends {length} bytes at {offset}, which were not asked for");

    private void LookForStall()
    {
        if (!_pending.IsEmpty && _time.GetElapsedTime(Volatile.Read(ref _lastBytes)) > _stall)
        {
            Break(NbdFault.Cut(_endpoint, new TimeoutException($"the server sent nothing for {_stall.TotalSeconds:0} s")));
        }
    }

    /// <summary>The first cause is kept. The receiver stops and only then fails the requests: until then it may be writing to their buffers.</summary>
    private void Break(Exception cause)
    {
        Interlocked.CompareExchange(ref _broken, cause, null);
        _stop.Cancel();
    }
}
