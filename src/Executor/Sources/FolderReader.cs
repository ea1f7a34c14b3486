using System.Runtime.CompilerServices;
using Migrate.Executor.Copy;

namespace Migrate.Executor.Sources;

/// <summary>
/// Reads a flat disk over the datastore's HTTPS /folder: several range requests run ahead, their extents come in order. Memory is bounded by
/// the requests in flight plus what the receiver holds: with the defaults 32 MiB per disk.
/// </summary>
public sealed class FolderReader : IRangeReader, ITimedReader
{
    /// <summary>What the receiver may hold while the requests still have their own buffers.</summary>
    private const int ReceiversExtents = 16;

    private readonly RangeClient _client;
    private readonly FolderReaderOptions _options;
    private readonly ExtentPool _pool;

    private FolderReader(RangeClient client, long capacityBytes, FolderReaderOptions options)
    {
        (_client, CapacityBytes, _options) = (client, capacityBytes, options);
        _pool = new ExtentPool((options.ParallelRequests * options.RequestBytes / Extent.Size) + ReceiversExtents);
    }

    public string Kind => "https-folder";

    public long CapacityBytes { get; }

    public bool CanStartAnywhere => true;

    public ReadTimes Times => _client.Times;

    public int ParallelReads => _options.ParallelRequests;

    public int ExtentsPerRead => _options.RequestBytes / Extent.Size;

    /// <summary>Asks the source for the file's size; the client carries certificate pin and session.</summary>
    public static async Task<FolderReader> OpenAsync(HttpClient http, Uri uri, FolderReaderOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(options.RequestBytes % Extent.Size, 0, nameof(options));
        var client = new RangeClient(http, uri, options, time);
        try
        {
            return new FolderReader(client, await client.SizeAsync(cancellationToken), options);
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    public async IAsyncEnumerable<DiskChunk> ReadAsync(long fromOffset, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var ahead = new Queue<Task<DiskChunk[]>>();
        var next = fromOffset;
        try
        {
            while (true)
            {
                while (ahead.Count < _options.ParallelRequests && next < CapacityBytes)
                {
                    // Buffers are rented in order, before the request begins: a later request can never starve the one that is due.
                    var length = Math.Min(_options.RequestBytes, CapacityBytes - next);
                    ahead.Enqueue(RequestAsync(next, await RentAsync(next, length, stop.Token), stop.Token));
                    next += length;
                }
                if (!ahead.TryDequeue(out var due))
                {
                    yield break;
                }
                var chunks = await due;
                var given = 0;
                try
                {
                    while (given < chunks.Length)
                    {
                        yield return chunks[given++];
                    }
                }
                finally
                {
                    ReturnBuffers(chunks.AsSpan(given));
                }
            }
        }
        finally
        {
            await stop.CancelAsync();
            foreach (var task in ahead)
            {
                await ((Task)task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (task.IsCompletedSuccessfully)
                {
                    ReturnBuffers(await task);
                }
            }
        }
    }

    public ValueTask ReadRangeAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken) => ReadRangeAsync(offset, [buffer], cancellationToken);

    public async ValueTask ReadRangeAsync(long offset, IReadOnlyList<Memory<byte>> buffers, CancellationToken cancellationToken)
    {
        var length = buffers.Sum(b => (long)b.Length);
        if (offset < 0 || offset > CapacityBytes - length)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), $"{length} bytes at {offset} leave the disk's {CapacityBytes}");
        }
        if (length > 0)
        {
            await _client.ReadAsync(offset, buffers, CapacityBytes, cancellationToken);
        }
    }

    /// <summary>The server does not tell what is allocated.</summary>
    public async IAsyncEnumerable<DiskRange> MapAsync(long offset, long length, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        yield return new DiskRange(offset, length, RangeKind.Data);
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<DiskChunk[]> RentAsync(long offset, long length, CancellationToken cancellationToken)
    {
        var chunks = new DiskChunk[Extent.CountFor(length)];
        try
        {
            for (var i = 0; i < chunks.Length; i++)
            {
                chunks[i] = new DiskChunk(offset + ((long)i * Extent.Size), Extent.LengthOf(i, length), await _pool.RentAsync(cancellationToken));
            }
            return chunks;
        }
        catch
        {
            ReturnBuffers(chunks);
            throw;
        }
    }

    private async Task<DiskChunk[]> RequestAsync(long offset, DiskChunk[] chunks, CancellationToken cancellationToken)
    {
        try
        {
            await _client.ReadAsync(offset, [.. chunks.Select(c => c.Memory!.Memory[..(int)c.Length])], CapacityBytes, cancellationToken);
            return chunks;
        }
        catch
        {
            ReturnBuffers(chunks);
            throw;
        }
    }

    private static void ReturnBuffers(ReadOnlySpan<DiskChunk> chunks)
    {
        foreach (var chunk in chunks)
        {
            chunk.Dispose();
        }
    }
}
