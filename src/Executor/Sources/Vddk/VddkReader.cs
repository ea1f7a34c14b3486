using Migrate.Executor.Sources.Nbd;

namespace Migrate.Executor.Sources.Vddk;

/// <summary>A disk through VDDK: nbdkit's VDDK plugin, started for this disk, and our NBD client. Any range, so changed blocks and snapshots too.</summary>
public sealed class VddkReader : IRangeReader
{
    private readonly VddkServer _server;
    private readonly NbdReader _reader;

    private VddkReader(VddkServer server, NbdReader reader) => (_server, _reader) = (server, reader);

    public string Kind => "nbd-vddk";

    public long CapacityBytes => _reader.CapacityBytes;

    public bool CanStartAnywhere => true;

    public int ParallelReads => _reader.ParallelReads;

    /// <exception cref="Planner.MigrateException">source.vddk-missing, source.vddk-failed, and those of <see cref="NbdReader.OpenAsync"/>.</exception>
    public static async Task<VddkReader> OpenAsync(VddkOptions options, VddkDisk disk, TimeProvider time, CancellationToken cancellationToken)
    {
        var server = await VddkServer.StartAsync(options, disk, time, cancellationToken);
        try
        {
            // Several handles of VDDK on one disk make its calls slower, not faster.
            var reader = await NbdReader.OpenAsync(server.Endpoint, new NbdReaderOptions { Connections = 1, RequestsPerConnection = 16, StallTimeout = TimeSpan.FromMinutes(3) }, time, cancellationToken);
            return new VddkReader(server, reader);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public IAsyncEnumerable<DiskChunk> ReadAsync(long fromOffset, CancellationToken cancellationToken) => _reader.ReadAsync(fromOffset, cancellationToken);

    public ValueTask ReadRangeAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken) => _reader.ReadRangeAsync(offset, buffer, cancellationToken);

    public IAsyncEnumerable<DiskRange> MapAsync(long offset, long length, CancellationToken cancellationToken) => _reader.MapAsync(offset, length, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _reader.DisposeAsync();
        await _server.DisposeAsync();
    }
}
