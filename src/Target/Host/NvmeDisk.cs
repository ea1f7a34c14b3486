using System.Runtime.CompilerServices;
using Migrate.Target.Protocol;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Host;

/// <summary>
/// A namespace as a disk. Offsets and lengths are bytes and multiples of <see cref="BlockSize"/>; any length will do, it is
/// split by <see cref="MaxTransferBytes"/>. Many calls may be in flight at once, from many threads.
/// A buffer belongs to the call until its task is done: cancellation stops what was not sent yet, but a command
/// that was sent is awaited (or its connection torn down) first, so that a buffer can be used again after any outcome.
/// Small commands that are answered together share a thread of the pool: what follows an await may compute, but must not
/// block the thread until another command is done.
/// </summary>
public sealed class NvmeDisk
{
    private const long MaxBlocks = 65536; // NLB is 16 bits, 0's based
    private const uint Deallocate = 1 << 25; // DEAC of Write Zeroes
    private const uint DatasetDeallocate = 1 << 2; // AD of Dataset Management
    private const int ZeroesLength = 1024 * 1024;
    private const int MostPartsAtOnce = 256;

    private static readonly byte[] Zeroes = new byte[ZeroesLength];

    private readonly NvmeHost _host;
    private readonly HostLimits _limits;

    internal NvmeDisk(NvmeHost host, HostLimits limits, Guid uuid, uint nsid, int blockSize, long capacityBytes)
    {
        _host = host;
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

    /// <summary>Fills <paramref name="buffer"/> from <paramref name="offset"/>.</summary>
    /// <exception cref="NvmeException">The target answered with an error, or the connection was lost.</exception>
    /// <exception cref="ArgumentException">The range is not made of whole blocks of this disk.</exception>
    public ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        ThrowIfOutside(offset, buffer.Length);
        return buffer.Length <= MaxTransferBytes
            ? ReadPartAsync(offset, buffer, cancellationToken)
            : AllPartsAsync(offset, buffer.Length, MaxTransferBytes,
                (at, length) => ReadPartAsync(at, buffer.Slice((int)(at - offset), (int)length), cancellationToken));
    }

    /// <summary>Writes <paramref name="buffer"/> at <paramref name="offset"/>; durable only after <see cref="FlushAsync"/>.</summary>
    /// <exception cref="NvmeException">The target answered with an error, or the connection was lost.</exception>
    /// <exception cref="ArgumentException">The range is not made of whole blocks of this disk.</exception>
    public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        ThrowIfOutside(offset, buffer.Length);
        return buffer.Length <= MaxTransferBytes
            ? WritePartAsync(offset, buffer, cancellationToken)
            : AllPartsAsync(offset, buffer.Length, MaxTransferBytes,
                (at, length) => WritePartAsync(at, buffer.Slice((int)(at - offset), (int)length), cancellationToken));
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
        var queue = _host.NextQueue();
        var command = await queue.RentAsync("Flush", cancellationToken);
        command.Begin("Flush", NvmOpcode.Flush, Nsid);
        await queue.ExecuteAsync(command);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask ReadPartAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var queue = _host.NextQueue();
        var command = await queue.RentAsync("Read", cancellationToken);
        PutRange(command.Begin("Read", NvmOpcode.Read, Nsid), offset, buffer.Length, 0);
        command.Reads(buffer);
        await queue.ExecuteAsync(command);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WritePartAsync(long offset, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        var queue = _host.NextQueue();
        var command = await queue.RentAsync("Write", cancellationToken);
        PutRange(command.Begin("Write", NvmOpcode.Write, Nsid), offset, buffer.Length, 0);
        command.Writes(buffer, _limits.MaxInCapsuleBytes);
        await queue.ExecuteAsync(command);
    }

    private async ValueTask WriteZeroesPartAsync(long offset, long length, CancellationToken cancellationToken)
    {
        var queue = _host.NextQueue();
        var command = await queue.RentAsync("Write Zeroes", cancellationToken);
        PutRange(command.Begin("Write Zeroes", NvmOpcode.WriteZeroes, Nsid), offset, length, Deallocate);
        await queue.ExecuteAsync(command);
    }

    private async ValueTask DeallocatePartAsync(long offset, long length, CancellationToken cancellationToken)
    {
        var range = new byte[16];
        WriteUInt32LittleEndian(range.AsSpan(4), (uint)(length / BlockSize));
        WriteInt64LittleEndian(range.AsSpan(8), offset / BlockSize);
        var queue = _host.NextQueue();
        var command = await queue.RentAsync("Dataset Management", cancellationToken);
        var entry = command.Begin("Dataset Management", NvmOpcode.DatasetManagement, Nsid);
        WriteUInt32LittleEndian(entry[44..], DatasetDeallocate);
        command.Writes(range, _limits.MaxInCapsuleBytes);
        await queue.ExecuteAsync(command);
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
