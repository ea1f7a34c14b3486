using Migrate.Target.Commands;
using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;
using Migrate.Target.Reservations;
using Migrate.Target.Transport;

namespace Migrate.Target.Controllers;

/// <summary>
/// A command of an I/O queue that is not answered at once: it waits for its data, or for the storage. A queue pair has as
/// many as commands are under way at most, and uses them again.
/// </summary>
internal sealed class IoCommand(QueuePairSession session, ushort tag) : StorageJob(session)
{
    private readonly byte[] _entry = new byte[SubmissionEntry.Size];
    private readonly QueuePairSession _session = session;

    /// <summary>TTAG of its R2T.</summary>
    public ushort Tag { get; } = tag;

    public SubmissionEntry Entry => new(_entry);

    public IoPhase Phase { get; set; }

    /// <summary>What a worker is to do; null for a read or a write.</summary>
    public StorageCommand? Command { get; set; }

    public Namespace Namespace { get; private set; } = null!;

    /// <summary>The storage as it was opened when the command came: another one is not the command's any more.</summary>
    public Backing? Since { get; set; }

    /// <summary>What the storage's transfer entered.</summary>
    public AccessPeriod? Period { get; set; }

    public long Offset { get; set; }

    /// <summary>Blocks that it has for itself while it is executed.</summary>
    public RangeGuard? Guard { get; set; }

    /// <summary>Of a fused operation: which half this is.</summary>
    public FusedHalf Half { get; set; }

    /// <summary>Of a fused operation: the other half, when it has come.</summary>
    public IoCommand? Partner { get; set; }

    /// <summary>Bytes of data, from or to the host.</summary>
    public int Length { get; set; }

    /// <summary>Stopwatch's ticks when the whole command was there: its data, too.</summary>
    public long Began { get; set; }

    /// <summary>Bytes that the host has sent of them.</summary>
    public int Received { get; set; }

    public DataBuffer Buffer { get; set; }

    /// <summary>Force Unit Access, or a host that turned the write cache off: on stable media before the answer.</summary>
    public bool IsForced { get; set; }

    public ushort Status { get; set; }

    /// <summary>Completion dwords 0 and 1.</summary>
    public ulong Result { get; set; }

    /// <summary>What the statistics count when it is not <see cref="Length"/>.</summary>
    public int MovedBytes { get; set; }

    /// <summary>Data that the host sent with the command.</summary>
    public ReadOnlySpan<byte> Data => Buffer.Span(Length);

    /// <summary>What came of it while it was prepared; null before.</summary>
    public ushort? Outcome { get; set; }

    public HostIdentity Host => _session.Host;

    public ushort Reserve(Func<ReservationState, ReservationOutcome> change, out Task inForce) => _session.Reserve(this, change, out inForce);

    /// <summary>Ids of the host's controllers, in order.</summary>
    public IEnumerable<ushort> ControllersOf(Guid hostId) => _session.ControllersOf(hostId);

    public void Begin(in SubmissionEntry entry, Namespace one)
    {
        entry.CopyTo(_entry);
        Namespace = one;
        Command = null;
        Since = null;
        Period = null;
        Guard = null;
        Outcome = null;
        Half = FusedHalf.None;
        Partner = null;
        Offset = 0;
        Length = 0;
        Received = 0;
        Buffer = default;
        IsForced = false;
        Status = NvmeStatus.Success;
        Result = 0;
        MovedBytes = 0;
        Error = 0;
    }

    /// <summary>By a worker, for as long as the storage takes.</summary>
    public override Task? Execute() => _session.Execute(this);

    /// <summary>The status for a failure of the storage, which is logged.</summary>
    public ushort Failed(int error, ushort mediaStatus) => _session.StorageStatus(Namespace, error, mediaStatus);
}

/// <summary>Where an <see cref="IoCommand"/> is.</summary>
internal enum IoPhase
{
    Free,

    /// <summary>Waits for its R2T to be sent: others have the connection's memory.</summary>
    Waiting,

    /// <summary>The host was told to send.</summary>
    Receiving,

    /// <summary>Half of a fused operation that has its data, and waits for the other half.</summary>
    Fusing,

    /// <summary>The storage has it.</summary>
    Storing,
}

/// <summary>FUSE (NVM Express Base 2.0, 3.3.3.1).</summary>
internal enum FusedHalf : byte
{
    None = 0,
    First = 1,
    Second = 2,
}
