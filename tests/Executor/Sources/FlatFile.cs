using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using Migrate.Executor.Copy;
using Migrate.Executor.Sources;

namespace Migrate.Executor.Tests.Sources;

/// <summary>A flat file behind the simulator's /folder, any range of it: one plain request each.</summary>
internal sealed class FlatFile(HttpClient http, Uri uri, long capacityBytes) : IRangeReader
{
    public string Kind => "test";

    public long CapacityBytes => capacityBytes;

    public bool CanStartAnywhere => true;

    public int ParallelReads => 2;

    public async ValueTask ReadRangeAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, uri);
        request.Headers.Range = new RangeHeaderValue(offset, offset + buffer.Length - 1);
        using var response = await http.SendAsync(request, cancellationToken);
        response.EnsureSuccessStatusCode();
        (await response.Content.ReadAsByteArrayAsync(cancellationToken)).CopyTo(buffer);
    }

    public async IAsyncEnumerable<DiskRange> MapAsync(long offset, long length, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        yield return new DiskRange(offset, length, RangeKind.Data);
    }

    public IAsyncEnumerable<DiskChunk> ReadAsync(long fromOffset, CancellationToken cancellationToken) =>
        OrderedReads.ReadAsync(this, new ExtentPool(8), fromOffset, cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
