using Migrate.Target.Protocol;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Tests.Fuzzing;

/// <summary>
/// Makes PDUs that are right on the wire and random in what they ask for: every opcode there is and some that are not, fields
/// mostly in the range where something happens, now and then anywhere.
/// </summary>
internal sealed class PduForge(Random random, WireState state)
{
    private static readonly byte[] IoOpcodes =
    [
        NvmOpcode.Read, NvmOpcode.Read, NvmOpcode.Write, NvmOpcode.Write, NvmOpcode.Flush, NvmOpcode.WriteZeroes, NvmOpcode.DatasetManagement,
        NvmOpcode.Compare, NvmOpcode.Verify, NvmOpcode.Copy, NvmOpcode.ReservationRegister, NvmOpcode.ReservationReport, NvmOpcode.ReservationAcquire,
        NvmOpcode.ReservationRelease, 0x04, Fabrics.Opcode,
    ];

    private static readonly byte[] AdminOpcodes =
    [
        AdminOpcode.GetLogPage, AdminOpcode.GetLogPage, AdminOpcode.Identify, AdminOpcode.Identify, AdminOpcode.GetFeatures, AdminOpcode.SetFeatures,
        AdminOpcode.AsyncEventRequest, AdminOpcode.KeepAlive, AdminOpcode.Abort, Fabrics.Opcode, Fabrics.Opcode,
        0x00, 0x01, 0x0D, 0x10, 0x11, 0x14, 0x15, 0x19, 0x1A, 0x1C, 0x80, 0x81, 0x82, 0x84,
    ];

    private static readonly byte[] FabricsTypes =
        [Fabrics.PropertySet, Fabrics.PropertyGet, Fabrics.PropertyGet, Fabrics.Connect, 0x05, 0x06, Fabrics.Disconnect, 0x02];

    private static readonly uint[] Features = [0x01, 0x02, 0x04, 0x05, 0x06, 0x07, 0x08, 0x0A, 0x0B, 0x0E, 0x0F, 0x10, 0x16, 0x78, 0x80, 0x81, 0x82, 0x83];

    public PduLayout Layout => new(state.HeaderDigest, state.DataDigest, state.ControllerAlignment);

    public static byte[] IcReq(bool headerDigest, bool dataDigest, byte alignment)
    {
        var pdu = new byte[128];
        new IcReq(0, alignment, headerDigest, dataDigest, 0).Write(pdu);
        return pdu;
    }

    public byte[] Connect(string subsystemNqn, string hostNqn, ushort queueId, ushort controllerId, int entries, bool flowControl)
    {
        var data = new byte[ConnectData.Size];
        new ConnectData(Guid.Parse(hostNqn[^36..]), controllerId, subsystemNqn, hostNqn).Write(data);
        var entry = Entry(Fabrics.Opcode, 0xFFF0, Fabrics.Connect, SglDescriptor.InCapsule, ConnectData.Size);
        WriteUInt16LittleEndian(entry.AsSpan(42), queueId);
        WriteUInt16LittleEndian(entry.AsSpan(44), (ushort)(entries - 1));
        entry[46] = flowControl ? (byte)0 : (byte)4;
        return Capsule(entry, data);
    }

    public byte[] Enable()
    {
        var entry = Entry(Fabrics.Opcode, 0xFFF1, Fabrics.PropertySet, SglDescriptor.Transport, 0);
        entry[44] = 0x14;
        WriteUInt32LittleEndian(entry.AsSpan(48), 0x0046_0001);
        return Capsule(entry, default);
    }

    public byte[] Read(ushort id, uint nsid, int length)
    {
        var entry = Entry(NvmOpcode.Read, id, nsid, SglDescriptor.Transport, (uint)length);
        WriteUInt32LittleEndian(entry.AsSpan(48), (uint)(length / 512) - 1);
        return Capsule(entry, default);
    }

    // Halves of fused operations that mostly fit together, if the right ones happen to meet.
    private byte[] FusedHalf(ushort id)
    {
        var isFirst = random.Next(2) == 0;
        var isInCapsule = random.Next(2) == 0;
        var entry = Entry(isFirst ? NvmOpcode.Compare : NvmOpcode.Write, id, 1, isInCapsule ? SglDescriptor.InCapsule : SglDescriptor.Transport, 512);
        entry[1] |= random.Next(8) == 0 ? (byte)random.Next(4) : isFirst ? (byte)1 : (byte)2;
        WriteInt64LittleEndian(entry.AsSpan(40), random.Next(8) == 0 ? 1 : 0);
        return Capsule(entry, isInCapsule ? Bytes(512) : default);
    }

    public byte[] IoCommand(ushort id)
    {
        if (random.Next(8) == 0)
        {
            return FusedHalf(id);
        }

        var opcode = Some(IoOpcodes);
        var data = random.Next(2) == 0 ? [] : Bytes(Some(16, 512, 512, 1024, 4096, 16384, random.Next(16) == 0 ? 16384 + random.Next(1, 64) : 512));
        var entry = Entry(opcode, id, (uint)random.Next(6), data.Length > 0 ? SglDescriptor.InCapsule : SglDescriptor.Transport,
            data.Length > 0 ? (uint)data.Length : Some(512u, 4096u, 8192u, 65536u, 262144u, (uint)random.Next(1 << 19)));
        WriteInt64LittleEndian(entry.AsSpan(40), Number(2048));
        WriteUInt32LittleEndian(entry.AsSpan(48), (uint)random.Next(Some(1, 8, 64, 512)) | (random.Next(8) == 0 ? (uint)random.Next(1 << 16) << 16 : 0));
        if (opcode == NvmOpcode.DatasetManagement)
        {
            WriteUInt32LittleEndian(entry.AsSpan(40), (uint)random.Next(4));
            WriteUInt32LittleEndian(entry.AsSpan(44), (uint)random.Next(8));
        }
        else if (opcode == Fabrics.Opcode)
        {
            entry[4] = Some(FabricsTypes);
        }

        return Capsule(entry, data);
    }

    public byte[] AdminCommand(ushort id)
    {
        var opcode = Some(AdminOpcodes);
        var length = Some(0u, 4u, 512u, 4096u, 4096u, 8192u, (uint)random.Next(1 << 17));
        var data = random.Next(4) == 0 ? Bytes(Some(16, 512, 1024, 4096)) : [];
        var entry = Entry(opcode, id, Some(0u, 1u, 2u, uint.MaxValue, (uint)random.Next(6)), data.Length > 0 ? SglDescriptor.InCapsule : SglDescriptor.Transport,
            data.Length > 0 ? (uint)data.Length : length);
        var words = Math.Max(length / 4, 1) - 1;
        WriteUInt32LittleEndian(entry.AsSpan(40), opcode switch
        {
            AdminOpcode.GetLogPage => (uint)Some(1, 2, 3, 4, 5, 0x0C, 0x70, random.Next(256)) | (words << 16),
            AdminOpcode.Identify => (uint)Some(0, 1, 2, 3, 5, 6, 7, 8, 0x10, 0x12, 0x13, 0x1C, random.Next(256)),
            AdminOpcode.GetFeatures or AdminOpcode.SetFeatures => Some(Features) | (uint)random.Next(8) << 8,
            _ => (uint)Number(16),
        });
        for (var at = 44; at < 64; at += 4)
        {
            WriteUInt32LittleEndian(entry.AsSpan(at), random.Next(3) == 0 ? (uint)Number(4096) : 0);
        }

        if (opcode == Fabrics.Opcode)
        {
            entry[4] = Some(FabricsTypes);
            WriteUInt32LittleEndian(entry.AsSpan(40), (uint)random.Next(2));
            WriteUInt32LittleEndian(entry.AsSpan(44), (uint)Some(0, 8, 0x14, 0x1C, 0x20, random.Next(64)));
        }

        return Capsule(entry, data);
    }

    /// <summary>
    /// Data for an open transfer, all of it or a part; for none when there is none. At times one thing about it does not fit the
    /// transfer, while the PDU in itself is right: changed bytes alone would hardly ever come out so.
    /// </summary>
    public byte[] Data()
    {
        if (state.Transfers.Count == 0)
        {
            var stray = Bytes(512);
            return Data(new H2CData((ushort)random.Next(8), (ushort)random.Next(8), 0, (uint)stray.Length), stray, isLast: random.Next(2) == 0);
        }

        var (tag, transfer) = state.Transfers.ElementAt(random.Next(state.Transfers.Count));
        var length = (uint)Math.Min(Math.Min(transfer.Left, state.MaxH2CData), Some(512, 4096, 131072, int.MaxValue));
        var data = new H2CData(transfer.CommandId, tag, transfer.Next, length);
        var isLast = length == transfer.Left;
        switch (random.Next(24))
        {
            case 0:
                data = data with { DataLength = transfer.Left + Some(1u, 4u, 512u, 4096u) };
                isLast = random.Next(2) == 0;
                break;
            case 1:
                data = data with { Offset = data.Offset + (uint)Some(-512, -4, 4, 512) };
                break;
            case 2:
                data = data with { TransferTag = (ushort)(tag + Some(-1, 1)) };
                break;
            case 3:
                data = data with { CommandId = (ushort)(data.CommandId + Some(-1, 1)) };
                break;
            case 4:
                isLast = !isLast;
                break;
        }

        return Data(data, Bytes((int)data.DataLength), isLast);
    }

    public byte[] Capsule(byte[] entry, ReadOnlySpan<byte> data)
    {
        var layout = Layout;
        var pdu = new byte[layout.Length(CapsuleCmd.HeaderSize, data.Length)];
        CapsuleCmd.WriteHeader(pdu, layout, entry, data.Length);
        if (!data.IsEmpty)
        {
            data.CopyTo(pdu.AsSpan(layout.DataOffset(CapsuleCmd.HeaderSize)));
            layout.SealData(pdu, CapsuleCmd.HeaderSize, data.Length);
        }

        return pdu;
    }

    public byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes.AsSpan(0, Math.Min(count, 64))); // the rest does not matter to anybody
        return bytes;
    }

    private byte[] Data(H2CData header, ReadOnlySpan<byte> data, bool isLast)
    {
        var layout = Layout;
        var pdu = new byte[layout.Length(H2CData.HeaderSize, data.Length)];
        header.WriteHeader(pdu, layout, isLast);
        data.CopyTo(pdu.AsSpan(layout.DataOffset(H2CData.HeaderSize)));
        layout.SealData(pdu, H2CData.HeaderSize, data.Length);
        return pdu;
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

    private long Number(int usual) => random.Next(8) == 0 ? random.NextInt64() >> random.Next(63) : random.Next(usual);

    private T Some<T>(params ReadOnlySpan<T> of) => of[random.Next(of.Length)];
}
