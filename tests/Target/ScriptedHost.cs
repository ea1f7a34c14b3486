using System.Net;
using System.Net.Sockets;
using Migrate.Target.Protocol;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Tests;

/// <summary>A host that sends exactly the bytes that a test wants, right or wrong.</summary>
internal sealed class ScriptedHost : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 30_000 };

    public ScriptedHost(IPEndPoint target) => _socket.Connect(target);

    public PduLayout Layout { get; private set; } = PduLayout.Plain;

    public void Send(ReadOnlySpan<byte> bytes) => _socket.Send(bytes);

    /// <summary>Sends as long as the target has not ended the connection.</summary>
    public void TrySend(ReadOnlySpan<byte> bytes) => _socket.Send(bytes, SocketFlags.None, out _);

    /// <summary>Is gone, with an orderly end of TCP or without.</summary>
    public void Cut(bool isReset)
    {
        _socket.LingerState = new LingerOption(isReset, 0);
        _socket.Close();
    }

    /// <summary>Sends no more, and reads until the target has closed its side too; false when it does not in time.</summary>
    public bool WaitForEnd()
    {
        var buffer = new byte[65536];
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
            while (_socket.Receive(buffer) > 0)
            {
            }

            return true;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode is SocketError.ConnectionReset or SocketError.NotConnected or SocketError.Shutdown;
        }
    }

    /// <summary>Everything until the target closes its side; that it resets the connection is an error.</summary>
    public byte[] ReceiveToEnd()
    {
        using var all = new MemoryStream();
        var buffer = new byte[65536];
        while (_socket.Receive(buffer) is > 0 and var count)
        {
            all.Write(buffer, 0, count);
        }

        return all.ToArray();
    }

    public IcResp Initialize(bool headerDigest = false, bool dataDigest = false, byte alignment = 0)
    {
        var pdu = new byte[IcReq.Size];
        new IcReq(0, alignment, headerDigest, dataDigest, 0).Write(pdu);
        Send(pdu);
        var response = IcResp.Read(Receive());
        Layout = new PduLayout(response.HeaderDigest, response.DataDigest, 4);
        return response;
    }

    /// <summary>A capsule with a Connect as it should be; the test changes what it wants wrong.</summary>
    public CompletionEntry Connect(
        string subsystemNqn, ushort queueId = 0, ushort controllerId = ConnectData.Dynamic, string? hostNqn = null, Guid? hostId = null,
        ushort queueSize = 31, Action<byte[]>? changeEntry = null, int dataLength = ConnectData.Size)
    {
        var data = new byte[ConnectData.Size];
        hostNqn ??= RunningTarget.HostNqn;
        new ConnectData(hostId ?? (Guid.TryParse(hostNqn[^Math.Min(36, hostNqn.Length)..], out var ofNqn) ? ofNqn : Guid.NewGuid()), controllerId, subsystemNqn, hostNqn).Write(data);
        var entry = Entry(Fabrics.Opcode, 1, Fabrics.Connect, SglDescriptor.InCapsule, (uint)dataLength);
        WriteUInt16LittleEndian(entry.AsSpan(42), queueId);
        WriteUInt16LittleEndian(entry.AsSpan(44), queueSize);
        changeEntry?.Invoke(entry);
        SendCapsule(entry, data.AsSpan(0, dataLength));
        return ReceiveCompletion();
    }

    public void Enable()
    {
        var entry = Entry(Fabrics.Opcode, 2, Fabrics.PropertySet);
        entry[44] = 0x14;
        WriteUInt32LittleEndian(entry.AsSpan(48), 0x0046_0001);
        SendCapsule(entry, default);
        ReceiveCompletion().Status.ShouldBe(NvmeStatus.Success);
    }

    /// <summary>An enabled controller on this subsystem; the host is its admin queue.</summary>
    public static ScriptedHost OpenAdmin(IPEndPoint target, string subsystemNqn, string? hostNqn = null)
    {
        var admin = new ScriptedHost(target);
        admin.Initialize();
        admin.Connect(subsystemNqn, hostNqn: hostNqn).Status.ShouldBe(NvmeStatus.Success);
        admin.Enable();
        return admin;
    }

    public (CompletionEntry Completion, byte[] Data) Identify(byte cns, uint nsid = 0, uint cdw11 = 0, ushort controller = 0)
    {
        var entry = Entry(AdminOpcode.Identify, 20, nsid, length: 4096);
        WriteUInt32LittleEndian(entry.AsSpan(40), cns | ((uint)controller << 16));
        WriteUInt32LittleEndian(entry.AsSpan(44), cdw11);
        return Execute(entry);
    }

    public (CompletionEntry Completion, byte[] Data) GetLogPage(byte page, int length, ulong offset = 0, bool retain = false, byte specific = 0)
    {
        var entry = Entry(AdminOpcode.GetLogPage, 21, 0, length: (uint)length);
        var dwords = (uint)(length / 4) - 1;
        WriteUInt32LittleEndian(entry.AsSpan(40), page | ((uint)specific << 8) | (retain ? 1u << 15 : 0) | (dwords << 16));
        WriteUInt32LittleEndian(entry.AsSpan(44), dwords >> 16);
        WriteUInt64LittleEndian(entry.AsSpan(48), offset);
        return Execute(entry);
    }

    public CompletionEntry SetFeature(byte feature, uint value, uint nsid = 0)
    {
        var entry = Entry(AdminOpcode.SetFeatures, 22, nsid);
        WriteUInt32LittleEndian(entry.AsSpan(40), feature);
        WriteUInt32LittleEndian(entry.AsSpan(44), value);
        return Execute(entry).Completion;
    }

    public CompletionEntry GetFeature(byte feature, uint nsid = 0)
    {
        var entry = Entry(AdminOpcode.GetFeatures, 23, nsid);
        WriteUInt32LittleEndian(entry.AsSpan(40), feature);
        return Execute(entry).Completion;
    }

    /// <summary>Leaves an Asynchronous Event Request behind; <see cref="ReceiveCompletion"/> waits for its event.</summary>
    public void AskForEvent(ushort commandId) => SendCapsule(Entry(AdminOpcode.AsyncEventRequest, commandId, 0), default);

    /// <summary>A command whose answer is a completion, behind the data if there is any.</summary>
    public (CompletionEntry Completion, byte[] Data) Execute(byte[] entry)
    {
        SendCapsule(entry, default);
        byte[] data = [];
        while (true)
        {
            var pdu = Receive();
            if (PduHeader.Read(pdu).Type == PduType.C2HData)
            {
                var part = C2HData.Read(pdu);
                data = [.. data, .. pdu.AsSpan(PduHeader.Read(pdu).DataOffset, (int)part.DataLength)];
                continue;
            }

            PduHeader.Read(pdu).Type.ShouldBe(PduType.CapsuleResp);
            var completion = CompletionEntry.Read(pdu.AsSpan(PduHeader.Size));
            completion.CommandId.ShouldBe(ReadUInt16LittleEndian(entry.AsSpan(2)));
            return (completion, data);
        }
    }

    /// <summary>An I/O queue on a new controller of this target; the admin connection must live as long.</summary>
    public static (ScriptedHost Admin, ScriptedHost Io) OpenIoQueue(
        RunningTarget target, bool headerDigest = false, bool dataDigest = false, string? hostNqn = null, string? subsystemNqn = null, IPEndPoint? endPoint = null,
        ushort queueSize = 31)
    {
        endPoint ??= target.Target.EndPoint;
        subsystemNqn ??= target.Target.SubsystemNqn;
        var admin = new ScriptedHost(endPoint);
        admin.Initialize(headerDigest, dataDigest);
        var controller = (ushort)admin.Connect(subsystemNqn, hostNqn: hostNqn).Result;
        admin.Enable();
        var io = new ScriptedHost(endPoint);
        io.Initialize(headerDigest, dataDigest);
        io.Connect(subsystemNqn, queueId: 1, controllerId: controller, hostNqn: hostNqn, queueSize: queueSize).Status.ShouldBe(NvmeStatus.Success);
        return (admin, io);
    }

    public static byte[] Entry(byte opcode, ushort id, uint nsid, byte sglType = SglDescriptor.Transport, uint length = 0)
    {
        var entry = new byte[SubmissionEntry.Size];
        entry[0] = opcode;
        entry[1] = SubmissionEntry.UsesSgl;
        WriteUInt16LittleEndian(entry.AsSpan(2), id);
        WriteUInt32LittleEndian(entry.AsSpan(4), nsid);
        new SglDescriptor(0, length, sglType).Write(entry.AsSpan(24));
        return entry;
    }

    public byte[] Capsule(byte[] entry, ReadOnlySpan<byte> data)
    {
        var pdu = new byte[Layout.Length(CapsuleCmd.HeaderSize, data.Length)];
        CapsuleCmd.WriteHeader(pdu, Layout, entry, data.Length);
        if (!data.IsEmpty)
        {
            data.CopyTo(pdu.AsSpan(Layout.DataOffset(CapsuleCmd.HeaderSize)));
            Layout.SealData(pdu, CapsuleCmd.HeaderSize, data.Length);
        }

        return pdu;
    }

    public void SendCapsule(byte[] entry, ReadOnlySpan<byte> data) => Send(Capsule(entry, data));

    public byte[] Data(H2CData header, ReadOnlySpan<byte> data, bool last)
    {
        var pdu = new byte[Layout.Length(H2CData.HeaderSize, data.Length)];
        header.WriteHeader(pdu, Layout, last);
        data.CopyTo(pdu.AsSpan(Layout.DataOffset(H2CData.HeaderSize)));
        Layout.SealData(pdu, H2CData.HeaderSize, data.Length);
        return pdu;
    }

    public byte[] Receive()
    {
        var header = ReceiveExactly(PduHeader.Size);
        return [.. header, .. ReceiveExactly(PduHeader.Read(header).Length - PduHeader.Size)];
    }

    public CompletionEntry ReceiveCompletion()
    {
        var pdu = Receive();
        PduHeader.Read(pdu).Type.ShouldBe(PduType.CapsuleResp);
        return CompletionEntry.Read(pdu.AsSpan(PduHeader.Size));
    }

    /// <summary>The termination request, with the end of the connection behind it.</summary>
    public (TermReq Request, byte[] Data) ReceiveTermination()
    {
        var pdu = Receive();
        PduHeader.Read(pdu).Type.ShouldBe(PduType.C2HTermReq);
        _socket.Receive(new byte[1]).ShouldBe(0);
        return (TermReq.Read(pdu), pdu[TermReq.HeaderSize..]);
    }

    public void Dispose() => _socket.Dispose();

    private byte[] ReceiveExactly(int count)
    {
        var bytes = new byte[count];
        for (var at = 0; at < count;)
        {
            var received = _socket.Receive(bytes.AsSpan(at));
            received.ShouldBeGreaterThan(0, "the target closed the connection");
            at += received;
        }

        return bytes;
    }
}
