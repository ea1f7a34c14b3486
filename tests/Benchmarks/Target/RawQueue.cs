using Migrate.Target.Host;
using Migrate.Target.Protocol;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Benchmarks.Target;

/// <summary>
/// An I/O queue of the target driven by <see cref="Exchange"/> with capsules that were made before: what the target alone
/// costs. Beside the same load through <see cref="NvmeHost"/> it says which of the two to look at.
/// </summary>
internal sealed class RawQueue : IDisposable
{
    private const int BlockSize = 4096;
    private const int Capsules = 256;

    private readonly HostSocket _admin;
    private readonly HostSocket _io;
    private readonly uint _nsid;
    private readonly long _capacity;

    private RawQueue(HostSocket admin, HostSocket io, uint nsid, long capacity) => (_admin, _io, _nsid, _capacity) = (admin, io, nsid, capacity);

    public static int RequestSize(bool writes) => PduLayout.Plain.Length(CapsuleCmd.HeaderSize, writes ? BlockSize : 0);

    /// <summary>Without flow control the data of a read is its answer.</summary>
    public static int ResponseSize(bool writes) => writes ? CapsuleResp.HeaderSize : C2HData.HeaderSize + BlockSize;

    public static async Task<RawQueue> ConnectAsync(NvmeHostOptions options, uint nsid, long capacity)
    {
        var admin = await HostSocket.ConnectAsync(options, default);
        var controller = Connect(admin, options, 0, ConnectData.Dynamic);
        var enable = Entry(Fabrics.Opcode, 0, Fabrics.PropertySet, SglDescriptor.Transport, 0);
        enable[44] = 0x14; // CC
        WriteUInt32LittleEndian(enable.AsSpan(48), 0x0046_0001);
        Ask(admin, enable, []);
        var io = await HostSocket.ConnectAsync(options, default);
        Connect(io, options, 1, controller);
        return new RawQueue(admin, io, nsid, capacity);
    }

    public Measurement Run(int depth, bool writes, TimeSpan duration)
    {
        var size = RequestSize(writes);
        var requests = new byte[size * Capsules];
        var random = new Random(depth);
        for (var i = 0; i < Capsules; i++)
        {
            var entry = Entry(writes ? NvmOpcode.Write : NvmOpcode.Read, (ushort)i, _nsid, writes ? SglDescriptor.InCapsule : SglDescriptor.Transport, BlockSize);
            WriteInt64LittleEndian(entry.AsSpan(40), random.NextInt64(_capacity / BlockSize) * (BlockSize / 512));
            WriteUInt32LittleEndian(entry.AsSpan(48), (BlockSize / 512) - 1);
            CapsuleCmd.WriteHeader(requests.AsSpan(i * size, size), PduLayout.Plain, entry, writes ? BlockSize : 0);
        }

        return Exchange.Run(_io.Socket, depth, duration, requests, size, ResponseSize(writes));
    }

    public void Dispose()
    {
        _io.Socket.Dispose();
        _admin.Socket.Dispose();
    }

    private static ushort Connect(HostSocket queue, NvmeHostOptions options, ushort queueId, ushort controllerId)
    {
        var data = new byte[ConnectData.Size];
        new ConnectData(options.HostId, controllerId, options.SubsystemNqn, options.HostNqn).Write(data);
        var entry = Entry(Fabrics.Opcode, 0, Fabrics.Connect, SglDescriptor.InCapsule, ConnectData.Size);
        WriteUInt16LittleEndian(entry.AsSpan(42), queueId);
        WriteUInt16LittleEndian(entry.AsSpan(44), (ushort)(queueId == 0 ? 31 : Capsules - 1));
        entry[46] = 1 << 2; // no flow control
        return (ushort)Ask(queue, entry, data).Result;
    }

    private static CompletionEntry Ask(HostSocket queue, byte[] entry, ReadOnlySpan<byte> data)
    {
        var pdu = new byte[PduLayout.Plain.Length(CapsuleCmd.HeaderSize, data.Length)];
        CapsuleCmd.WriteHeader(pdu, PduLayout.Plain, entry, data.Length);
        data.CopyTo(pdu.AsSpan(CapsuleCmd.HeaderSize));
        queue.Socket.Send(pdu);
        var answer = new byte[CapsuleResp.HeaderSize];
        queue.Socket.Receive(answer);
        var completion = CompletionEntry.Read(answer.AsSpan(PduHeader.Size));
        return completion.Status == NvmeStatus.Success ? completion : throw new InvalidOperationException($"the target refused with status 0x{completion.Status:x}");
    }

    private static byte[] Entry(byte opcode, ushort id, uint nsid, byte sglType, uint length)
    {
        var entry = new byte[SubmissionEntry.Size];
        entry[0] = opcode;
        entry[1] = SubmissionEntry.UsesSgl;
        WriteUInt16LittleEndian(entry.AsSpan(2), id);
        WriteUInt32LittleEndian(entry.AsSpan(4), nsid);
        new SglDescriptor(0, length, sglType).Write(entry.AsSpan(24));
        return entry;
    }
}
