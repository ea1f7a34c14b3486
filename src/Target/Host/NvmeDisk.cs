namespace Migrate.Target.Host;

/// <summary>
/// A namespace as a disk. Offsets and lengths are bytes and multiples of <see cref="BlockSize"/>; any length will do, it is
/// split by <see cref="MaxTransferBytes"/>. Many calls may be in flight at once, from many threads.
/// A buffer belongs to the call until its task is done: cancellation stops what was not sent yet, but a command
/// that was sent is awaited (or its connection torn down) first, so that a buffer can be used again after any outcome.
/// </summary>
public sealed class NvmeDisk
{
    /// <summary>The namespace's UUID.</summary>
    public Guid Uuid => throw new NotImplementedException();

    /// <summary>The namespace's number in its subsystem.</summary>
    public uint Nsid => throw new NotImplementedException();

    /// <summary>Bytes per logical block.</summary>
    public int BlockSize => throw new NotImplementedException();

    /// <summary>Size in bytes.</summary>
    public long CapacityBytes => throw new NotImplementedException();

    /// <summary>The most bytes that travel in one command.</summary>
    public int MaxTransferBytes => throw new NotImplementedException();

    /// <summary>Fills <paramref name="buffer"/> from <paramref name="offset"/>.</summary>
    public ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Writes <paramref name="buffer"/> at <paramref name="offset"/>; durable only after <see cref="FlushAsync"/>.</summary>
    public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Makes the range read as zeroes without sending them.</summary>
    public ValueTask WriteZeroesAsync(long offset, long length, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Tells the target that the range's content is not needed any more.</summary>
    public ValueTask DeallocateAsync(long offset, long length, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Makes everything durable whose write was completed before this call.</summary>
    public ValueTask FlushAsync(CancellationToken cancellationToken) => throw new NotImplementedException();
}
