using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Migrate.Planner;

namespace Migrate.Executor.Sources;

/// <summary>A part of a file of this machine that is read as if it were the whole: a disk inside an archive, or simply all of it. Never reads outside.</summary>
internal sealed class FileWindow : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly long _start;

    private FileWindow(SafeFileHandle file, string path, long start, long length) => (_file, Path, _start, Length) = (file, path, start, length);

    public string Path { get; }

    public long Length { get; }

    /// <summary>Opens a file or a block device; <paramref name="length"/> null means up to its end. Whatever else the path names is refused.</summary>
    public static FileWindow Open(string path, long offset = 0, long? length = null, FileKinds kinds = FileKinds.RegularOrBlockDevice)
    {
        SafeFileHandle? file = null;
        try
        {
            file = FileKind.Open(path, kinds);
            using var stream = new FileStream(new SafeFileHandle(file.DangerousGetHandle(), ownsHandle: false), FileAccess.Read, bufferSize: 0);
            // A block device has no length; where its end lies says its size.
            var end = stream.Seek(0, SeekOrigin.End);
            if (offset < 0 || offset > end || length is < 0 || length > end - offset)
            {
                throw new MigrateException("source.disk-truncated", $"{path} has {end} bytes; {length?.ToString() ?? "the rest"} from byte {offset} was wanted.",
                    "See that the file was copied whole, then sync the source again.");
            }
            return new FileWindow(file, path, offset, length ?? end - offset);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            file?.Dispose();
            throw Failed(path, e);
        }
        catch
        {
            file?.Dispose();
            throw;
        }
    }

    /// <summary>For metadata, which is small. The range must lie within the window.</summary>
    public void Read(long offset, Span<byte> buffer)
    {
        Check(offset, buffer.Length);
        while (buffer.Length > 0)
        {
            int read;
            try
            {
                read = RandomAccess.Read(_file, buffer, _start + offset);
            }
            catch (IOException e)
            {
                throw Failed(Path, e);
            }
            buffer = buffer[Whole(read)..];
            offset += read;
        }
    }

    public async ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        Check(offset, buffer.Length);
        while (buffer.Length > 0)
        {
            int read;
            try
            {
                read = await RandomAccess.ReadAsync(_file, buffer, _start + offset, cancellationToken);
            }
            catch (IOException e)
            {
                throw Failed(Path, e);
            }
            (buffer, offset) = (buffer[Whole(read)..], offset + read);
        }
    }

    /// <summary>Where the file system keeps data from <paramref name="offset"/> on, and where that run ends; both the window's end when there is none.</summary>
    public (long Data, long End) NextData(long offset)
    {
        var data = FileSeek.To(_file, _start + offset, FileSeek.Data);
        if (data < 0)
        {
            // Without support for holes (a block device, an old file system) all is data.
            return Marshal.GetLastPInvokeError() == FileSeek.NoSuchOffset ? (Length, Length) : (offset, Length);
        }
        var end = FileSeek.To(_file, data, FileSeek.Hole);
        return (Math.Min(data - _start, Length), end < 0 ? Length : Math.Min(end - _start, Length));
    }

    public void Dispose() => _file.Dispose();

    public static MigrateException Failed(string path, Exception e)
        => new("source.disk-unreadable", $"The disk image {path} cannot be read: {e.Message}", "See that it exists, that it may be read and that nothing else holds it.", e);

    private void Check(long offset, long length)
    {
        if (offset < 0 || offset > Length - length)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), $"{length} bytes at {offset} leave the {Length} of {Path}");
        }
    }

    private int Whole(int read) => read > 0 ? read : throw HttpFailure.SizeChanged(Path);
}
