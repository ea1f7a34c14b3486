using System.Runtime.CompilerServices;
using Migrate.Executor.Copy;

namespace Migrate.Executor.Sources;

/// <summary>Reads a raw disk image, a part of a file or a block device of this machine. Holes of the file are known to be zero.</summary>
public sealed class RawFileReader : IRangeReader, IDisposable
{
    private readonly FileWindow _file;
    private readonly ExtentPool _pool;

    private RawFileReader(FileWindow file)
    {
        _file = file;
        _pool = OrderedReads.PoolFor(ParallelReads);
    }

    public string Kind => "raw-file";

    public long CapacityBytes => _file.Length;

    public bool CanStartAnywhere => true;

    public int ParallelReads => 8;

    /// <summary>Opens the file, or the <paramref name="length"/> bytes of it that begin at <paramref name="offset"/>.</summary>
    public static RawFileReader Open(string path, long offset = 0, long? length = null) => new(FileWindow.Open(path, offset, length));

    public IAsyncEnumerable<DiskChunk> ReadAsync(long fromOffset, CancellationToken cancellationToken) => OrderedReads.ReadAsync(this, _pool, fromOffset, cancellationToken);

    public ValueTask ReadRangeAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken) => _file.ReadAsync(offset, buffer, cancellationToken);

    public async IAsyncEnumerable<DiskRange> MapAsync(long offset, long length, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        for (var (at, end) = (offset, offset + length); at < end;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (data, dataEnd) = _file.NextData(at);
            if (data > at)
            {
                yield return new DiskRange(at, Math.Min(data, end) - at, RangeKind.Hole);
            }
            if (data < end)
            {
                yield return new DiskRange(data, Math.Min(dataEnd, end) - data, RangeKind.Data);
            }
            at = dataEnd;
        }
    }

    public void Dispose() => _file.Dispose();

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}
