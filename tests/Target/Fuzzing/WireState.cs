using Migrate.Target.Protocol;

namespace Migrate.Target.Tests.Fuzzing;

/// <summary>
/// What both ends of one connection must know of each other, gathered from the bytes alone: what was agreed, which commands
/// have no answer yet, which transfers are open. The target's own code has no part in it, so that the two can disagree.
/// </summary>
internal sealed class WireState(int inCapsuleBytes)
{
    /// <summary>In-capsule data of an admin queue, and of a queue that is not yet one (NVMe/TCP 1.0, 3.6.2.6).</summary>
    private const int AdminInCapsuleBytes = 8192;

    private readonly Dictionary<ushort, PendingCommand> _commands = [];

    /// <summary>A transfer that an R2T opened, by its tag.</summary>
    public Dictionary<ushort, OpenTransfer> Transfers { get; } = [];

    public bool IsInitialized { get; set; }

    public bool HeaderDigest { get; set; }

    public bool DataDigest { get; set; }

    /// <summary>What the host asked for by HPDA: alignment of data towards it.</summary>
    public int HostAlignment { get; set; } = 4;

    /// <summary>What the target asked for by CPDA.</summary>
    public int ControllerAlignment { get; set; } = 4;

    public long MaxH2CData { get; set; }

    /// <summary>Queue id once a Connect has succeeded, else null.</summary>
    public int? QueueId { get; private set; }

    public int QueueEntries { get; private set; } = int.MaxValue;

    public int InCapsuleBytes => QueueId > 0 ? inCapsuleBytes : AdminInCapsuleBytes;

    /// <summary>Commands that were taken and have no answer yet.</summary>
    public int Pending { get; private set; }

    /// <summary>Of those, the ones that may wait for ever: event requests, halves of fused commands, writes whose data never comes.</summary>
    public int MayStayPending => _commands.Values.Sum(c => c.MayWait) + Transfers.Count;

    /// <summary>The controller id that a successful Connect gave.</summary>
    public ushort ControllerId { get; private set; }

    public byte StatusOfLast { get; private set; }

    public void Submit(ReadOnlySpan<byte> entry)
    {
        var id = BitConverter.ToUInt16(entry[2..]);
        var command = _commands.GetValueOrDefault(id) ?? (_commands[id] = new PendingCommand());
        var opcode = entry[0];
        var isFabrics = opcode == Fabrics.Opcode;
        command.Count++;
        command.MostData = Math.Max(command.MostData, BitConverter.ToUInt32(entry[32..]));
        command.ReceivedData = 0;
        command.MayWait += (entry[1] & 3) != 0 || (QueueId is null or 0 && opcode == AdminOpcode.AsyncEventRequest) ? 1 : 0;
        command.ConnectsTo = isFabrics && entry[4] == Fabrics.Connect && QueueId is null
            ? (BitConverter.ToUInt16(entry[42..]), BitConverter.ToUInt16(entry[44..]) + 1)
            : command.ConnectsTo;
        Pending++;
    }

    public PendingCommand? Find(ushort id) => _commands.GetValueOrDefault(id) is { Count: > 0 } command ? command : null;

    public void Complete(ushort id, ushort status, ulong result)
    {
        var command = _commands[id];
        StatusOfLast = (byte)status;
        if (command.ConnectsTo is { } queue && status == NvmeStatus.Success && QueueId is null)
        {
            (QueueId, QueueEntries) = (queue.QueueId, queue.Entries);
            ControllerId = (ushort)result;
        }

        command.Count--;
        command.MayWait = Math.Min(command.MayWait, command.Count);
        Pending--;
        if (command.Count == 0)
        {
            _commands.Remove(id);
        }
    }

    internal sealed class PendingCommand
    {
        public int Count;

        /// <summary>Of <see cref="Count"/>, those that need no answer.</summary>
        public int MayWait;

        /// <summary>The longest data that an SGL with this command id allowed.</summary>
        public uint MostData;

        /// <summary>Where the next C2HData must go on.</summary>
        public uint ReceivedData;

        public (int QueueId, int Entries)? ConnectsTo;
    }

    internal sealed class OpenTransfer(ushort commandId, uint offset, uint length)
    {
        public ushort CommandId => commandId;

        public uint Next { get; private set; } = offset;

        public uint Left { get; private set; } = length;

        public void Take(uint count) => (Next, Left) = (Next + count, Left - count);
    }
}
