using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;
using Migrate.Executor.Copy;
using Migrate.Planner;

namespace Migrate.Executor.Sources;

/// <summary>Reads a raw disk image or a block device of this machine.</summary>
public sealed class RawFileReader : IDiskReader
{
    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly ExtentPool _pool = new(32);

    private RawFileReader(SafeFileHandle file, string path, long capacityBytes) => (_file, _path, CapacityBytes) = (file, path, capacityBytes);

    public string Kind => "raw-file";

    public long CapacityBytes { get; }

    public bool CanStartAnywhere => true;

    public static RawFileReader Open(string path)
    {
        try
        {
            var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.Asynchronous | FileOptions.SequentialScan);
            using var stream = new FileStream(new SafeFileHandle(file.DangerousGetHandle(), ownsHandle: false), FileAccess.Read, bufferSize: 0);
            // A block device has no length; where its end lies says its size.
            return new RawFileReader(file, path, stream.Seek(0, SeekOrigin.End));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(path, e);
        }
    }

    public async IAsyncEnumerable<DiskChunk> ReadAsync(long fromOffset, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var offset = fromOffset; offset < CapacityBytes; offset += Extent.Size)
        {
            var length = Extent.LengthOf(offset / Extent.Size, CapacityBytes);
            var buffer = await _pool.RentAsync(cancellationToken);
            try
            {
                await FillAsync(buffer.Memory[..length], offset, cancellationToken);
            }
            catch
            {
                buffer.Dispose();
                throw;
            }
            yield return new DiskChunk(offset, length, buffer);
        }
    }

    public ValueTask DisposeAsync()
    {
        _file.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task FillAsync(Memory<byte> buffer, long offset, CancellationToken cancellationToken)
    {
        while (buffer.Length > 0)
        {
            int read;
            try
            {
                read = await RandomAccess.ReadAsync(_file, buffer, offset, cancellationToken);
            }
            catch (IOException e)
            {
                throw Failed(_path, e);
            }
            if (read == 0)
            {
                throw HttpFailure.SizeChanged(_path);
            }
            buffer = buffer[read..];
            offset += read;
        }
    }

    private static MigrateException Failed(string path, Exception e)
        => new("source.disk-unreadable", $"The disk image {path} cannot be read: {e.Message}", "See that it exists, that it may be read and that nothing else holds it.", e);
}
