using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Migrate.Planner;

namespace Migrate.Executor.Copy;

/// <summary>
/// What of one disk is known to be safe at the destination. Append-only: a header, then records (<see cref="JournalRecord"/>), each added
/// only after a flush of the destination and made durable itself. A torn or damaged tail is cut off: that costs copying again, never
/// correctness. The journal belongs to the namespace it describes: delete both or neither.
/// </summary>
/// <remarks>Header, little-endian, 48 bytes: "MIGRCOPY" (8), version (4), extent size (4), capacity (8), disk id (16), reserved (4), CRC-32C (4).</remarks>
public sealed class CopyJournal : IAsyncDisposable
{
    internal const int HeaderSize = 48;
    private const uint Version = 1;

    private readonly SafeFileHandle _file;
    private long _end;

    private CopyJournal(string path, SafeFileHandle file, Guid diskId, long capacityBytes)
    {
        (Path, _file, DiskId, CapacityBytes) = (path, file, diskId, capacityBytes);
        Hashes = new ExtentHashes(capacityBytes);
    }

    public string Path { get; }

    public Guid DiskId { get; }

    public long CapacityBytes { get; }

    /// <summary>True when there was no journal before: no earlier attempt can have written to the destination.</summary>
    public bool IsFresh { get; private set; }

    /// <summary>Whether nothing can have been written to the destination yet; from now on it may have been.</summary>
    internal bool TakeFreshness()
    {
        var fresh = IsFresh;
        IsFresh = false;
        return fresh;
    }

    /// <summary>Bytes of the disk that are safe at the destination.</summary>
    public long DurableBytes => Hashes.KnownBytes;

    public bool IsComplete => Hashes.IsComplete;

    internal ExtentHashes Hashes { get; }

    /// <summary>Opens or creates the journal of the disk. Refuses one that was written for another disk, capacity or format.</summary>
    public static async Task<CopyJournal> OpenAsync(string path, Guid diskId, long capacityBytes, CancellationToken cancellationToken)
    {
        var full = System.IO.Path.GetFullPath(path);
        SafeFileHandle file;
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(full)!);
            file = File.OpenHandle(full, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MigrateException("copy.journal-unusable", $"The copy journal {full} cannot be opened: {e.Message}",
                "See that no other copy of this disk runs and that the directory can be written to.", e);
        }
        var journal = new CopyJournal(full, file, diskId, capacityBytes);
        try
        {
            await journal.LoadAsync(cancellationToken);
            return journal;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Adds records and returns once they survive a crash. The destination must have been flushed before.</summary>
    internal async Task AppendAsync(IReadOnlyCollection<JournalRecord> records, CancellationToken cancellationToken)
    {
        if (records.Count == 0)
        {
            return;
        }
        var bytes = new byte[records.Count * JournalRecord.Size];
        var at = 0;
        foreach (var record in records)
        {
            record.Write(bytes.AsSpan(at));
            at += JournalRecord.Size;
        }
        await WriteDurablyAsync(bytes, cancellationToken);
        foreach (var record in records)
        {
            Take(record);
        }
    }

    public ValueTask DisposeAsync()
    {
        _file.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        var length = RandomAccess.GetLength(_file);
        var header = Header();
        if (length < HeaderSize)
        {
            // A file shorter than its header: the very first write was cut short. An attempt did begin, so it does not count as fresh.
            IsFresh = length == 0;
            RandomAccess.SetLength(_file, 0);
            await WriteDurablyAsync(header, cancellationToken);
            return;
        }
        var found = new byte[HeaderSize];
        await ReadFullyAsync(found, 0, cancellationToken);
        if (!found.AsSpan().SequenceEqual(header))
        {
            throw new MigrateException("copy.journal-mismatch",
                $"The copy journal {Path} was written for another disk, another capacity or by another version (wanted: disk {DiskId}, {CapacityBytes} bytes).",
                "Delete the journal together with the destination's namespace to copy the disk from the start.");
        }
        _end = HeaderSize;
        var bytes = new byte[JournalRecord.Size * 4096];
        while (_end < length)
        {
            var size = (int)Math.Min(bytes.Length, length - _end);
            await ReadFullyAsync(bytes.AsMemory(0, size), _end, cancellationToken);
            var at = 0;
            while (JournalRecord.TryRead(bytes.AsSpan(at, size - at), Hashes.Count, out var record))
            {
                Take(record);
                at += JournalRecord.Size;
            }
            _end += at;
            if (at < bytes.Length)
            {
                break;
            }
        }
        RandomAccess.SetLength(_file, _end);
    }

    private void Take(JournalRecord record)
    {
        if (record.IsForgotten)
        {
            Hashes.Forget(record.First);
        }
        else if (record.IsZero)
        {
            Hashes.SetZero(record.First, record.Count);
        }
        else
        {
            Hashes.SetData(record.First, record.Hash.Span);
        }
    }

    private async Task WriteDurablyAsync(byte[] bytes, CancellationToken cancellationToken)
    {
        try
        {
            await RandomAccess.WriteAsync(_file, bytes, _end, cancellationToken);
            RandomAccess.FlushToDisk(_file);
        }
        catch (IOException e)
        {
            throw new MigrateException("copy.journal-unusable", $"The copy journal {Path} cannot be written: {e.Message}",
                "Make room on the journal's file system or mend it, then retry: the copy goes on where the journal ends.", e);
        }
        // Only now: after a failure the next append overwrites whatever part of this one arrived.
        _end += bytes.Length;
    }

    private async Task ReadFullyAsync(Memory<byte> bytes, long offset, CancellationToken cancellationToken)
    {
        while (bytes.Length > 0)
        {
            var read = await RandomAccess.ReadAsync(_file, bytes, offset, cancellationToken);
            if (read == 0)
            {
                throw new MigrateException("copy.journal-unusable", $"The copy journal {Path} became shorter while it was read.", "See what else writes to it, then retry.");
            }
            bytes = bytes[read..];
            offset += read;
        }
    }

    private byte[] Header()
    {
        var header = new byte[HeaderSize];
        "MIGRCOPY"u8.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), Version);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(12), Extent.Size);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(16), CapacityBytes);
        DiskId.TryWriteBytes(header.AsSpan(24), bigEndian: true, out _);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(44), JournalRecord.Crc(header.AsSpan(0, 44)));
        return header;
    }
}
