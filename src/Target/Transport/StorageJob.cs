using Migrate.Target.Namespaces;

namespace Migrate.Target.Transport;

/// <summary>Something that storage has to do for a connection. Reused by its owner once it has come back.</summary>
internal abstract class StorageJob(IQueuePairSession session)
{
    public IQueuePairSession Session { get; } = session;

    /// <summary>What <see cref="IStorageQueue.Transfer"/> is to move.</summary>
    public StorageTransfer Transfer;

    /// <summary>errno of the transfer, 0 when all of it was moved.</summary>
    public int Error { get; set; }

    /// <summary>The connection to which this goes back; set by the engine.</summary>
    public IConnection? Connection { get; set; }

    /// <summary>Next in a list of jobs that are done.</summary>
    public StorageJob? Next { get; set; }

    /// <summary>
    /// Work that may block, called by a worker of any thread. Returns null when it is done, or what must be done before the next
    /// call: a worker must not wait for what may itself wait for a worker.
    /// </summary>
    public abstract Task? Execute();
}

/// <summary>A piece of a backing to be read into memory or written from it.</summary>
internal unsafe struct StorageTransfer
{
    public Backing Backing;
    public byte* Memory;
    public int Length;
    public long Offset;
    public bool IsWrite;

    /// <summary>False when only <see cref="Run"/> can do it.</summary>
    public readonly bool IsAligned => ((Offset | (uint)Length) & (uint)(Backing.Alignment - 1)) == 0;

    /// <summary>The same by a call that waits. Returns an errno, 0 when all was moved.</summary>
    public readonly int Run() => IsWrite
        ? Backing.Write(new ReadOnlySpan<byte>(Memory, Length), Offset)
        : Backing.Read(new Span<byte>(Memory, Length), Offset);
}
