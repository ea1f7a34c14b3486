using System.Net;
using Migrate.Target.Protocol;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Tests.Commands;

/// <summary>One I/O queue of one host: any command with any fields, its data by capsule or R2T, and all of its answer.</summary>
internal sealed class CommandHost : IDisposable
{
    private const int InCapsuleBytes = 16 * 1024;

    private readonly ScriptedHost _io;
    private ushort _lastId;

    private CommandHost(ScriptedHost admin, ScriptedHost io, ushort controllerId) => (Admin, _io, ControllerId) = (admin, io, controllerId);

    public ScriptedHost Admin { get; }

    public ushort ControllerId { get; }

    public static CommandHost Open(IPEndPoint endPoint, string subsystemNqn, string hostNqn = RunningTarget.HostNqn, bool digests = false, ushort queueSize = 31)
    {
        var admin = new ScriptedHost(endPoint);
        admin.Initialize(digests, digests);
        var controller = (ushort)admin.Connect(subsystemNqn, hostNqn: hostNqn).Result;
        admin.Enable();
        var io = new ScriptedHost(endPoint);
        io.Initialize(digests, digests);
        io.Connect(subsystemNqn, queueId: 1, controllerId: controller, hostNqn: hostNqn, queueSize: queueSize).Status.ShouldBe(NvmeStatus.Success);
        return new CommandHost(admin, io, controller);
    }

    public static CommandHost Open(RunningTarget target, string hostNqn = RunningTarget.HostNqn, bool digests = false, ushort queueSize = 31) =>
        Open(target.Target.EndPoint, target.Target.SubsystemNqn, hostNqn, digests, queueSize);

    /// <summary>A command of the kind that has SLBA in dwords 10 and 11 and NLB in 12.</summary>
    public static IoRequest Range(byte opcode, uint nsid, long slba, int blocks, byte[]? data = null, int toHost = 0, uint flags = 0) =>
        new(opcode, nsid, (uint)slba, (uint)(slba >> 32), (uint)(blocks - 1) | flags, data, toHost);

    /// <summary>Copy: what comes from where, to where.</summary>
    public static IoRequest Copy(uint nsid, long to, params IReadOnlyList<(long Slba, int Blocks)> from)
    {
        var sources = new byte[from.Count * 32];
        for (var i = 0; i < from.Count; i++)
        {
            WriteInt64LittleEndian(sources.AsSpan((i * 32) + 8), from[i].Slba);
            WriteUInt16LittleEndian(sources.AsSpan((i * 32) + 16), (ushort)(from[i].Blocks - 1));
        }

        return new IoRequest(NvmOpcode.Copy, nsid, (uint)to, (uint)(to >> 32), (uint)(from.Count - 1), sources);
    }

    /// <summary>Dataset Management that deallocates.</summary>
    public static IoRequest Deallocate(uint nsid, params IReadOnlyList<(long Slba, int Blocks)> ranges)
    {
        var data = new byte[ranges.Count * 16];
        for (var i = 0; i < ranges.Count; i++)
        {
            WriteInt32LittleEndian(data.AsSpan((i * 16) + 4), ranges[i].Blocks);
            WriteInt64LittleEndian(data.AsSpan((i * 16) + 8), ranges[i].Slba);
        }

        return new IoRequest(NvmOpcode.DatasetManagement, nsid, (uint)(ranges.Count - 1), 4, 0, data);
    }

    public IoAnswer Run(IoRequest request) => Run([request])[0];

    /// <summary>Several at once; the answers are in the order of the requests.</summary>
    public IoAnswer[] Run(params IReadOnlyList<IoRequest> requests)
    {
        var first = _lastId;
        foreach (var request in requests)
        {
            Send(request);
        }

        var answers = new IoAnswer?[requests.Count];
        var data = requests.Select(r => new byte[r.ToHost]).ToArray();
        for (var left = requests.Count; left > 0;)
        {
            var pdu = _io.Receive();
            switch (PduHeader.Read(pdu).Type)
            {
                case PduType.R2T:
                    var r2t = R2T.Read(pdu);
                    SendData(r2t, requests[(ushort)(r2t.CommandId - first - 1)].FromHost!);
                    break;
                case PduType.C2HData:
                    var part = C2HData.Read(pdu);
                    pdu.AsSpan(PduHeader.Read(pdu).DataOffset, (int)part.DataLength).CopyTo(data[(ushort)(part.CommandId - first - 1)].AsSpan((int)part.Offset));
                    break;
                case var type:
                    type.ShouldBe(PduType.CapsuleResp);
                    var completion = CompletionEntry.Read(pdu.AsSpan(PduHeader.Size));
                    var number = (ushort)(completion.CommandId - first - 1);
                    answers[number].ShouldBeNull("answered twice");
                    answers[number] = new IoAnswer(completion.Status, completion.Result, data[number]);
                    left--;
                    break;
            }
        }

        return answers!;
    }

    private void Send(IoRequest request)
    {
        var data = request.FromHost ?? [];
        var isInCapsule = data.Length is > 0 and <= InCapsuleBytes && !request.ByR2T;
        var entry = ScriptedHost.Entry(request.Opcode, ++_lastId, request.Nsid,
            isInCapsule ? SglDescriptor.InCapsule : SglDescriptor.Transport, (uint)(request.SglLength ?? Math.Max(data.Length, request.ToHost)));
        entry[1] |= request.Fuse;
        WriteUInt32LittleEndian(entry.AsSpan(40), request.Cdw10);
        WriteUInt32LittleEndian(entry.AsSpan(44), request.Cdw11);
        WriteUInt32LittleEndian(entry.AsSpan(48), request.Cdw12);
        _io.SendCapsule(entry, isInCapsule ? data : default);
    }

    private void SendData(R2T r2t, byte[] all)
    {
        const uint longest = 128 * 1024;
        for (var done = 0u; done < r2t.DataLength; done += longest)
        {
            var header = new H2CData(r2t.CommandId, r2t.TransferTag, r2t.Offset + done, Math.Min(longest, r2t.DataLength - done));
            _io.Send(_io.Data(header, all.AsSpan((int)header.Offset, (int)header.DataLength), last: done + longest >= r2t.DataLength));
        }
    }

    public void Dispose()
    {
        _io.Dispose();
        Admin.Dispose();
    }
}

internal sealed record IoRequest(byte Opcode, uint Nsid, uint Cdw10 = 0, uint Cdw11 = 0, uint Cdw12 = 0, byte[]? FromHost = null, int ToHost = 0)
{
    /// <summary>FUSE.</summary>
    public byte Fuse { get; init; }

    /// <summary>Small data does not travel in the capsule either.</summary>
    public bool ByR2T { get; init; }

    /// <summary>What the SGL says when it lies about the data.</summary>
    public int? SglLength { get; init; }
}

internal sealed record IoAnswer(ushort Status, ulong Result, byte[] Data)
{
    /// <summary>Type and code without "do not retry".</summary>
    public int Code => Status & NvmeStatus.TypeAndCode;
}
