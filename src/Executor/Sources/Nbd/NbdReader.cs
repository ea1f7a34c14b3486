using System.Runtime.CompilerServices;
using Migrate.Executor.Copy;
using Migrate.Planner;

namespace Migrate.Executor.Sources.Nbd;

/// <summary>
/// Reads an NBD export: several connections where the server allows it, several requests on each, allocation from base:allocation. Reads
/// have no effect on the server, so one that fails with its connection is repeated on a new one.
/// </summary>
public sealed class NbdReader : IRangeReader
{
    /// <summary>
    /// Asked about in one request: servers must answer for at least a part of it, and just below 2 GiB is below every limit seen. A multiple
    /// of the largest block that a server may want, 64 KiB.
    /// </summary>
    private const long StatusWindow = (1L << 31) - (64 << 10);

    private const int StatusesAhead = 16;

    private readonly NbdEndpoint _endpoint;
    private readonly NbdReaderOptions _options;
    private readonly TimeProvider _time;
    private readonly NbdConnection?[] _connections;
    private readonly SemaphoreSlim[] _places;
    private readonly SemaphoreSlim _opening = new(1, 1);
    private readonly NbdExport _export;
    private readonly ExtentPool _pool;
    private int _next;

    private NbdReader(NbdEndpoint endpoint, NbdReaderOptions options, TimeProvider time, NbdConnection first)
    {
        (_endpoint, _options, _time, _export) = (endpoint, options, time, first.Export);
        _connections = new NbdConnection?[_export.MultipleConnections ? Math.Max(options.Connections, 1) : 1];
        _connections[0] = first;
        _places = [.. _connections.Select(_ => new SemaphoreSlim(options.RequestsPerConnection, options.RequestsPerConnection))];
        _pool = OrderedReads.PoolFor(ParallelReads);
    }

    public string Kind => "nbd";

    public long CapacityBytes => _export.SizeBytes;

    public bool CanStartAnywhere => true;

    public int ParallelReads => _connections.Length * _options.RequestsPerConnection;

    /// <summary>False when the server cannot tell what is allocated: then the map says that everything is data.</summary>
    public bool HasAllocationMap => _export.AllocationContext is not null;

    /// <exception cref="MigrateException">source.nbd-unreachable, source.nbd-protocol, source.nbd-tls, source.disk-vanished, source.permission.</exception>
    public static async Task<NbdReader> OpenAsync(NbdEndpoint endpoint, NbdReaderOptions options, TimeProvider time, CancellationToken cancellationToken)
        => new(endpoint, options, time, await NbdConnection.OpenAsync(endpoint, options.StallTimeout, time, cancellationToken));

    public IAsyncEnumerable<DiskChunk> ReadAsync(long fromOffset, CancellationToken cancellationToken) => OrderedReads.ReadAsync(this, _pool, fromOffset, cancellationToken);

    public async ValueTask ReadRangeAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (offset < 0 || offset > CapacityBytes - buffer.Length)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), $"{buffer.Length} bytes at {offset} leave the export's {CapacityBytes}");
        }
        var block = _export.MinimumBlock;
        if (offset % block != 0 || buffer.Length % block != 0)
        {
            await ReadUnalignedAsync(offset, buffer, cancellationToken);
            return;
        }
        var most = Math.Max(Math.Min(_options.RequestBytes, _export.MaximumPayload) / block * block, block);
        if (buffer.Length <= most)
        {
            await CallAsync(new Ask(NbdCommand.Read, offset, buffer.Length, buffer), cancellationToken);
            return;
        }
        var parts = new List<Task>();
        for (var at = 0; at < buffer.Length; at += most)
        {
            var part = buffer.Slice(at, Math.Min(most, buffer.Length - at));
            parts.Add(CallAsync(new Ask(NbdCommand.Read, offset + at, part.Length, part), cancellationToken));
        }
        // All of them end before the buffer is the caller's again.
        await Task.WhenAll(parts);
    }

    public async IAsyncEnumerable<DiskRange> MapAsync(long offset, long length, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!HasAllocationMap)
        {
            yield return new DiskRange(offset, length, RangeKind.Data);
            yield break;
        }
        // An enormous disk takes tens of thousands of answers: several are asked for at once, lest the map take as long as a copy.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var ahead = new Queue<Task<List<DiskRange>>>();
        var (next, last) = (offset, offset + length);
        try
        {
            while (true)
            {
                while (ahead.Count < StatusesAhead && next < last)
                {
                    var until = Math.Min(last, ((next / StatusWindow) + 1) * StatusWindow);
                    ahead.Enqueue(StatusAsync(next, until, stop.Token));
                    next = until;
                }
                if (!ahead.TryDequeue(out var due))
                {
                    yield break;
                }
                foreach (var range in await due)
                {
                    yield return range;
                }
            }
        }
        finally
        {
            await stop.CancelAsync();
            foreach (var task in ahead)
            {
                await ((Task)task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<List<DiskRange>> StatusAsync(long at, long end, CancellationToken cancellationToken)
    {
        var block = _export.MinimumBlock;
        var ranges = new List<DiskRange>();
        while (at < end)
        {
            var (from, before) = (at / block * block, at);
            var asked = (int)Math.Min(Math.Min(end - from + block - 1, StatusWindow) / block * block, (CapacityBytes - from + block - 1) / block * block);
            var answer = await CallAsync(new Ask(NbdCommand.BlockStatus, from, asked, default), cancellationToken);
            foreach (var (runLength, flags) in answer.Runs)
            {
                var (start, runEnd) = (Math.Max(from, at), Math.Min(from + runLength, end));
                from += runLength;
                if (start < runEnd)
                {
                    ranges.Add(new DiskRange(start, runEnd - start, KindOf(flags)));
                    at = runEnd;
                }
            }
            if (at < end && from <= before)
            {
                throw NbdFault.Protocol(_endpoint, $"it does not say what is allocated at byte {at}");
            }
        }
        return ranges;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections)
        {
            if (connection is not null)
            {
                await connection.DisposeAsync();
            }
        }
        _opening.Dispose();
    }

    /// <summary>A hole without the zero flag reads as anything.</summary>
    private static RangeKind KindOf(uint flags) => (flags & NbdProtocol.AllocationZero) == 0 ? RangeKind.Data
        : (flags & NbdProtocol.AllocationHole) != 0 ? RangeKind.Hole
        : RangeKind.Zero;

    private async Task ReadUnalignedAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var block = _export.MinimumBlock;
        var from = offset / block * block;
        var whole = new byte[((offset + buffer.Length + block - 1) / block * block) - from];
        await ReadRangeAsync(from, whole, cancellationToken);
        whole.AsMemory((int)(offset - from), buffer.Length).CopyTo(buffer);
    }

    private async Task<NbdRequest> CallAsync(Ask ask, CancellationToken cancellationToken)
    {
        var delay = _options.FirstDelay;
        for (var attempt = 1; ; attempt++)
        {
            var request = new NbdRequest(ask.Command, ask.Offset, ask.Length, ask.Buffer);
            try
            {
                await CallOnceAsync(request, cancellationToken);
                return request;
            }
            catch (NbdErrorException e)
            {
                var failure = NbdFault.ReadFailed(_endpoint, ask.Offset, ask.Length, e);
                if (!failure.IsTransient || attempt >= _options.Attempts)
                {
                    throw failure;
                }
            }
            catch (MigrateException e) when (e.IsTransient && attempt < _options.Attempts)
            {
                // The next try opens a new connection.
            }
            await Task.Delay(delay, _time, cancellationToken);
            delay *= 2;
        }
    }

    private async Task CallOnceAsync(NbdRequest request, CancellationToken cancellationToken)
    {
        var index = (int)((uint)Interlocked.Increment(ref _next) % (uint)_connections.Length);
        await _places[index].WaitAsync(cancellationToken);
        try
        {
            var connection = _connections[index];
            if (connection is null or { IsBroken: true })
            {
                connection = await OpenAgainAsync(index, cancellationToken);
            }
            await connection.CallAsync(request, cancellationToken);
        }
        finally
        {
            _places[index].Release();
        }
    }

    private async Task<NbdConnection> OpenAgainAsync(int index, CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken);
        try
        {
            if (_connections[index] is { IsBroken: false } opened)
            {
                return opened;
            }
            if (_connections[index] is { } broken)
            {
                await broken.DisposeAsync();
            }
            _connections[index] = null;
            var connection = await NbdConnection.OpenAsync(_endpoint, _options.StallTimeout, _time, cancellationToken);
            _connections[index] = connection;
            return connection.Export.SizeBytes == CapacityBytes ? connection : throw HttpFailure.SizeChanged(_endpoint.ToString());
        }
        finally
        {
            _opening.Release();
        }
    }

    private readonly record struct Ask(NbdCommand Command, long Offset, int Length, Memory<byte> Buffer);
}
