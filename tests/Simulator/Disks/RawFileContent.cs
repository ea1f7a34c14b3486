using Microsoft.Win32.SafeHandles;

namespace Migrate.Simulator.Disks;

/// <summary>A sparse raw image on this machine, opened for each reader so that estates of many disks hold no descriptors.</summary>
public sealed class RawFileContent(string path) : DiskContent, IDisposable
{
    private readonly Lock _lock = new();
    private SafeFileHandle? _handle;

    public override async ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var handle = Open();
        while (!buffer.IsEmpty)
        {
            var read = await RandomAccess.ReadAsync(handle, buffer, offset, cancellationToken);
            if (read == 0)
            {
                buffer.Span.Clear();
                return;
            }

            buffer = buffer[read..];
            offset += read;
        }
    }

    public override long? NextData(long offset) => offset < RandomAccess.GetLength(Open()) ? offset : null;

    public void Dispose() => _handle?.Dispose();

    private SafeFileHandle Open()
    {
        lock (_lock)
        {
            return _handle ??= File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous);
        }
    }
}
