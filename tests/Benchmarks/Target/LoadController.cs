using Migrate.Target.Host;
using Migrate.Target.Protocol;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Benchmarks.Target;

/// <summary>Makes a controller on a target and connects I/O queues to it.</summary>
internal sealed class LoadController : IDisposable
{
    private const int QueueEntries = 512;

    private readonly NvmeHostOptions _options;
    private readonly HostSocket _admin;
    private readonly ushort _id;

    public LoadController(NvmeHostOptions options)
    {
        _options = options;
        _admin = HostSocket.ConnectAsync(options, default).GetAwaiter().GetResult();
        _id = Connect(_admin, 0, ConnectData.Dynamic);
        var enable = NewEntry(Fabrics.Opcode, 0, Fabrics.PropertySet, SglDescriptor.Transport, 0);
        enable[44] = 0x14; // CC
        WriteUInt32LittleEndian(enable.AsSpan(48), 0x0046_0001);
        Ask(_admin, enable, []);
    }

    public LoadConnection Connect(ushort queueId, uint nsid, long capacity, LoadShape shape)
    {
        var queue = HostSocket.ConnectAsync(_options, default).GetAwaiter().GetResult();
        Connect(queue, queueId, _id);
        return new LoadConnection(queue, nsid, capacity, shape, seed: queueId);
    }

    public void Dispose() => _admin.Socket.Dispose();

    public static byte[] NewEntry(byte opcode, ushort id, uint nsid, byte sglType, uint length)
    {
        var entry = new byte[SubmissionEntry.Size];
        entry[0] = opcode;
        entry[1] = SubmissionEntry.UsesSgl;
        WriteUInt16LittleEndian(entry.AsSpan(2), id);
        WriteUInt32LittleEndian(entry.AsSpan(4), nsid);
        new SglDescriptor(0, length, sglType).Write(entry.AsSpan(24));
        return entry;
    }

    private ushort Connect(HostSocket queue, ushort queueId, ushort controllerId)
    {
        var data = new byte[ConnectData.Size];
        new ConnectData(_options.HostId, controllerId, _options.SubsystemNqn, _options.HostNqn).Write(data);
        var entry = NewEntry(Fabrics.Opcode, 0, Fabrics.Connect, SglDescriptor.InCapsule, ConnectData.Size);
        WriteUInt16LittleEndian(entry.AsSpan(42), queueId);
        WriteUInt16LittleEndian(entry.AsSpan(44), (ushort)(queueId == 0 ? 31 : QueueEntries - 1));
        entry[46] = 1 << 2; // no flow control
        return (ushort)Ask(queue, entry, data).Result;
    }

    private static CompletionEntry Ask(HostSocket queue, byte[] entry, ReadOnlySpan<byte> data)
    {
        var pdu = new byte[queue.Out.Length(CapsuleCmd.HeaderSize, data.Length)];
        CapsuleCmd.WriteHeader(pdu, queue.Out, entry, data.Length);
        if (!data.IsEmpty)
        {
            data.CopyTo(pdu.AsSpan(queue.Out.DataOffset(CapsuleCmd.HeaderSize)));
            queue.Out.SealData(pdu, CapsuleCmd.HeaderSize, data.Length);
        }

        queue.Socket.Send(pdu);
        var answer = new byte[queue.In.Length(CapsuleResp.HeaderSize, 0)];
        for (var received = 0; received < answer.Length;)
        {
            received += queue.Socket.Receive(answer.AsSpan(received)) is > 0 and var count ? count : throw new InvalidOperationException("the target closed the connection");
        }

        var completion = CompletionEntry.Read(answer.AsSpan(PduHeader.Size));
        return completion.Status == NvmeStatus.Success ? completion : throw new InvalidOperationException($"the target refused with status 0x{completion.Status:x}");
    }
}
