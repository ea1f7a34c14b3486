using Migrate.Target.Protocol;
using Migrate.Target.Tests.Commands;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Tests.Reservations;

/// <summary>Reservation commands of one host for one namespace, each answered by its status code.</summary>
internal sealed class ReservationHost(CommandHost host, uint nsid, Guid id) : IDisposable
{
    public Guid Id => id;

    public CommandHost Queue => host;

    public static ReservationHost Open(RunningTarget target, uint nsid, int number)
    {
        var nqn = $"nqn.2014-08.org.nvmexpress:uuid:7c3f1c4e-0000-4000-8000-{number:x12}";
        return new ReservationHost(CommandHost.Open(target, nqn), nsid, Guid.Parse(nqn[^36..]));
    }

    public int Register(ulong next, ulong current = 0, int action = 0, bool ignoresKey = false, uint persistence = 0) =>
        Run(NvmOpcode.ReservationRegister, (uint)action | (ignoresKey ? 8u : 0) | (persistence << 30), current, next);

    public int Acquire(ulong key, int type, int action = 0, ulong preempted = 0, bool ignoresKey = false) =>
        Run(NvmOpcode.ReservationAcquire, (uint)action | ((uint)type << 8) | (ignoresKey ? 8u : 0), key, preempted);

    public int Release(ulong key, int type, int action = 0) => Run(NvmOpcode.ReservationRelease, (uint)action | ((uint)type << 8), key);

    public int Read() => host.Run(CommandHost.Range(NvmOpcode.Read, nsid, 0, 1, toHost: 512)).Code;

    public int Write() => host.Run(CommandHost.Range(NvmOpcode.Write, nsid, 0, 1, new byte[512])).Code;

    public Report Report(int length = 4096)
    {
        var data = host.Run(new IoRequest(NvmOpcode.ReservationReport, nsid, (uint)(length / 4) - 1, 1, 0, null, length)).Data;
        var entries = new List<ReportEntry>();
        for (var at = 64; at + 64 <= length && ReadUInt64LittleEndian(data.AsSpan(at + 8)) != 0; at += 64)
        {
            entries.Add(new ReportEntry(ReadUInt16LittleEndian(data.AsSpan(at)), data[at + 2] == 1,
                ReadUInt64LittleEndian(data.AsSpan(at + 8)), new Guid(data.AsSpan(at + 16, 16), bigEndian: true)));
        }

        return new Report(ReadUInt32LittleEndian(data), data[4], ReadUInt16LittleEndian(data.AsSpan(5)), data[9] == 1, entries);
    }

    public (int Type, int Others, uint Nsid) NextNotice()
    {
        var page = host.Admin.GetLogPage(0x80, 64).Data;
        return (page[8], page[9], ReadUInt32LittleEndian(page.AsSpan(12)));
    }

    private int Run(byte opcode, uint cdw10, params ulong[] keys)
    {
        var data = new byte[keys.Length * 8];
        for (var i = 0; i < keys.Length; i++)
        {
            WriteUInt64LittleEndian(data.AsSpan(i * 8), keys[i]);
        }

        return host.Run(new IoRequest(opcode, nsid, cdw10, 0, 0, data)).Code;
    }

    public void Dispose() => host.Dispose();
}

internal sealed record Report(uint Generation, int Type, int Count, bool Persists, IReadOnlyList<ReportEntry> Entries);

internal sealed record ReportEntry(ushort ControllerId, bool Holds, ulong Key, Guid HostId);
