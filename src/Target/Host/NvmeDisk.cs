using System.Runtime.CompilerServices;
using Migrate.Target.Controllers;
using Migrate.Target.Protocol;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Host;

/// <summary>
/// A namespace as a disk. Offsets and lengths are bytes and multiples of <see cref="BlockSize"/>; any length will do, it is
/// split by <see cref="MaxTransferBytes"/>. Many calls may be in flight at once, from many threads.
/// A buffer belongs to the call until its task is done: cancellation stops what was not sent yet, but a command
/// that was sent is awaited (or its connection torn down, by <see cref="NvmeHostOptions.CancelledTimeout"/>) first, so that a buffer can be used again after any outcome.
/// Small commands that are answered together share a thread of the pool: what follows an await may compute, but must not
/// block the thread until another command is done.
/// </summary>
public sealed partial class NvmeDisk
{
    private const long MaxBlocks = 65536; // NLB is 16 bits, 0's based
    private const uint Deallocate = 1 << 25; // DEAC of Write Zeroes
    private const uint DatasetDeallocate = 1 << 2; // AD of Dataset Management
    private const int ZeroesLength = 1024 * 1024;
    private const int MostPartsAtOnce = 256;

    private static readonly byte[] Zeroes = new byte[ZeroesLength];

    private readonly NvmeHost _host;
    private readonly HostLimits _limits;
    private readonly LocalPath? _local;
    private long _writesBegun;
    private long _writesEnded;
    private long _writesFlushed; // as many as had ended when a flush that covers them all began
    private volatile bool _hasLostWrites;

    internal NvmeDisk(NvmeHost host, HostLimits limits, LocalPath? local, Guid uuid, uint nsid, int blockSize, long capacityBytes)
    {
        _host = host;
        _local = local;
        _limits = limits;
        Uuid = uuid;
        Nsid = nsid;
        BlockSize = blockSize;
        CapacityBytes = capacityBytes;
        MaxTransferBytes = (int)Math.Min(limits.MaxTransferBytes, MaxBlocks * blockSize);
    }

    /// <summary>The namespace's UUID.</summary>
    public Guid Uuid { get; }

    /// <summary>The namespace's number in its subsystem.</summary>
    public uint Nsid { get; }

    /// <summary>Bytes per logical block.</summary>
    public int BlockSize { get; }

    /// <summary>Size in bytes.</summary>
    public long CapacityBytes { get; }

    /// <summary>The most bytes that travel in one command.</summary>
    public int MaxTransferBytes { get; }

    /// <summary>What TCP did with the connections to the disk's target; begins anew when they are made again.</summary>
    public LinkTimes LinkTimes() => _host.Session.LinkTimes();

    /// <summary>Fills <paramref name="buffer"/> from <paramref name="offset"/>.</summary>
    /// <exception cref="NvmeException">The target answered with an error, or the connection was lost.</exception>
    /// <exception cref="ArgumentException">The range is not made of whole blocks of this disk.</exception>
    public ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        ThrowIfOutside(offset, buffer.Length);
        if (HasLocalPath && !cancellationToken.IsCancellationRequested && ReadLocally(offset, buffer.Span) is var done and > 0)
        {
            if (done == buffer.Length)
            {
                return ValueTask.CompletedTask;
            }

            (offset, buffer) = (offset + done, buffer[done..]);
        }

        return buffer.Length <= MaxTransferBytes
            ? ReadPartAsync(offset, buffer, cancellationToken)
            : ReadPartsAsync(offset, buffer, cancellationToken);
    }

    /// <summary>Writes <paramref name="buffer"/> at <paramref name="offset"/>; durable only after <see cref="FlushAsync"/>.</summary>
    /// <exception cref="NvmeException">The target answered with an error, or the connection was lost.</exception>
    /// <exception cref="ArgumentException">The range is not made of whole blocks of this disk.</exception>
    public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        ThrowIfOutside(offset, buffer.Length);
        if (HasLocalPath && !cancellationToken.IsCancellationRequested && WriteLocally(offset, buffer.Span) is var done and > 0)
        {
            if (done == buffer.Length)
            {
                return ValueTask.CompletedTask;
            }

            (offset, buffer) = (offset + done, buffer[done..]);
        }

        return buffer.Length <= MaxTransferBytes
            ? WritePartAsync(offset, buffer, cancellationToken)
            : WritePartsAsync(offset, buffer, cancellationToken);
    }

    /// <summary>Makes the range read as zeroes; sends zeroes only to a target that has no Write Zeroes.</summary>
    /// <exception cref="NvmeException">The target answered with an error, or the connection was lost.</exception>
    /// <exception cref="ArgumentException">The range is not made of whole blocks of this disk.</exception>
    public ValueTask WriteZeroesAsync(long offset, long length, CancellationToken cancellationToken)
    {
        ThrowIfOutside(offset, length);
        if (_limits.MaxWriteZeroesBytes == 0)
        {
            return AllPartsAsync(offset, length, ZeroesLength, (at, part) => WriteAsync(at, Zeroes.AsMemory(0, (int)part), cancellationToken));
        }

        var largest = Math.Min(_limits.MaxWriteZeroesBytes, MaxBlocks * BlockSize);
        return AllPartsAsync(offset, length, largest, (at, part) => WriteZeroesPartAsync(at, part, cancellationToken));
    }

    /// <summary>Tells the target that the range's content is not needed any more; a target without the command is not told.</summary>
    /// <exception cref="NvmeException">The target answered with an error, or the connection was lost.</exception>
    /// <exception cref="ArgumentException">The range is not made of whole blocks of this disk.</exception>
    public ValueTask DeallocateAsync(long offset, long length, CancellationToken cancellationToken)
    {
        ThrowIfOutside(offset, length);
        const long largest = 1L << 40; // a range counts its blocks with 32 bits
        return _limits.CanDeallocate
            ? AllPartsAsync(offset, length, largest, (at, part) => DeallocatePartAsync(at, part, cancellationToken))
            : ValueTask.CompletedTask;
    }

    /// <summary>Makes everything durable whose write was completed before this call.</summary>
    /// <exception cref="NvmeException">The target answered with an error, or the connection was lost.</exception>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        // What was completed before this call is covered by it; when other writes are on their way that is not all.
        var ended = Volatile.Read(ref _writesEnded);
        var coversAll = Volatile.Read(ref _writesBegun) == ended;
        await RunAsync("Flush", (0L, 0L), static (disk, command, _, _) => command.Begin("Flush", NvmOpcode.Flush, disk.Nsid), cancellationToken);
        if (coversAll)
        {
            Volatile.Write(ref _writesFlushed, ended);
        }
    }

    /// <summary>
    /// The target's volatile write cache is not the one that it was: what was written and not flushed may be gone, and neither a
    /// read nor a flush would tell.
    /// </summary>
    internal void CacheWasLost() => _hasLostWrites |= Volatile.Read(ref _writesBegun) != Volatile.Read(ref _writesFlushed);

    // Apart from the one command that most reads and writes are: what the lambdas hold would be allocated for that, too.
    private ValueTask ReadPartsAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken) => AllPartsAsync(
        offset, buffer.Length, MaxTransferBytes, (at, length) => ReadPartAsync(at, buffer.Slice((int)(at - offset), (int)length), cancellationToken));

    private ValueTask WritePartsAsync(long offset, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken) => AllPartsAsync(
        offset, buffer.Length, MaxTransferBytes, (at, length) => WritePartAsync(at, buffer.Slice((int)(at - offset), (int)length), cancellationToken));

    private ValueTask ReadPartAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken) => RunAsync("Read", (offset, buffer), static (disk, command, part, _) =>
    {
        disk.PutRange(command.Begin("Read", NvmOpcode.Read, disk.Nsid), part.offset, part.buffer.Length, 0);
        command.Reads(part.buffer);
    }, cancellationToken);

    private ValueTask WritePartAsync(long offset, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken) => ChangeAsync("Write", (offset, buffer), static (disk, command, part, limits) =>
    {
        disk.PutRange(command.Begin("Write", NvmOpcode.Write, disk.Nsid), part.offset, part.buffer.Length, 0);
        command.Writes(part.buffer, limits.MaxInCapsuleBytes);
    }, cancellationToken);

    private ValueTask WriteZeroesPartAsync(long offset, long length, CancellationToken cancellationToken) => ChangeAsync("Write Zeroes", (offset, length), static (disk, command, part, _) =>
        disk.PutRange(command.Begin("Write Zeroes", NvmOpcode.WriteZeroes, disk.Nsid), part.offset, part.length, Deallocate), cancellationToken);

    private ValueTask DeallocatePartAsync(long offset, long length, CancellationToken cancellationToken)
    {
        var range = new byte[16];
        WriteUInt32LittleEndian(range.AsSpan(4), (uint)(length / BlockSize));
        WriteInt64LittleEndian(range.AsSpan(8), offset / BlockSize);
        return ChangeAsync("Dataset Management", range, static (disk, command, range, limits) =>
        {
            WriteUInt32LittleEndian(command.Begin("Dataset Management", NvmOpcode.DatasetManagement, disk.Nsid)[44..], DatasetDeallocate);
            command.Writes(range, limits.MaxInCapsuleBytes);
        }, cancellationToken);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask ChangeAsync<T>(string name, T what, Action<NvmeDisk, HostCommand, T, HostLimits> fill, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _writesBegun);
        try
        {
            await RunAsync(name, what, fill, cancellationToken);
        }
        finally
        {
            Interlocked.Increment(ref _writesEnded);
        }
    }

    /// <summary>One command, repeated when its connection is lost and the host connects again.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask RunAsync<T>(string name, T what, Action<NvmeDisk, HostCommand, T, HostLimits> fill, CancellationToken cancellationToken)
    {
        long since = 0;
        for (var session = _host.Session; ;)
        {
            ThrowIfWritesWereLost(name);
            NvmeException cause;
            try
            {
                var queue = session.NextQueue();
                var command = await queue.RentAsync(name, cancellationToken);
                fill(this, command, what, session.Controller.Limits);
                await queue.ExecuteAsync(command);
                return;
            }
            catch (NvmeException e) when (e.IsConnectionLost && _host.Reconnects)
            {
                cause = e;
            }

            since = since == 0 ? _host.Time.GetTimestamp() : since;
            session = await _host.AfterAsync(session, since, cause, cancellationToken);
        }
    }

    private void ThrowIfWritesWereLost(string name)
    {
        if (_hasLostWrites)
        {
            throw new NvmeException(name, "the target was started again, or does not say that it was not: what was written since the last flush may be lost and has to be written again");
        }
    }

    /// <summary>
    /// Many parts at once, but not a task for each of the millions that zeroing a large disk may have. Waits for every one
    /// even when one fails, because each may still use the caller's buffer.
    /// </summary>
    private static async ValueTask AllPartsAsync(long offset, long length, long largest, Func<long, long, ValueTask> part)
    {
        var parts = new List<Task>((int)Math.Min(MostPartsAtOnce, (length + largest - 1) / largest));
        for (long done = 0; done < length; done += largest)
        {
            if (parts.Count == MostPartsAtOnce)
            {
                await Task.WhenAll(parts);
                parts.Clear();
            }

            parts.Add(part(offset + done, Math.Min(largest, length - done)).AsTask());
        }

        await Task.WhenAll(parts);
    }

    private void PutRange(Span<byte> entry, long offset, long length, uint flags)
    {
        WriteInt64LittleEndian(entry[40..], offset / BlockSize);
        WriteUInt32LittleEndian(entry[48..], (uint)((length / BlockSize) - 1) | flags);
    }

    private void ThrowIfOutside(long offset, long length)
    {
        if (offset < 0 || length <= 0 || offset % BlockSize != 0 || length % BlockSize != 0 || offset > CapacityBytes - length)
        {
            throw new ArgumentException($"{length} bytes at {offset} are not whole blocks of {BlockSize} bytes within {CapacityBytes} bytes");
        }
    }
}
