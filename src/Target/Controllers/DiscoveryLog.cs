using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Migrate.Target.Protocol;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Controllers;

/// <summary>
/// Discovery log page (70h; NVM Express Base 2.0, 5.16.1.23), 1024 bytes per record: each subsystem that the asking host may
/// use, by each port that offers it, and the discovery subsystem itself by the port at which it was asked.
/// </summary>
internal static class DiscoveryLog
{
    private const int RecordSize = 1024;
    private const byte NvmSubsystem = 2;
    private const byte CurrentDiscoverySubsystem = 3;

    /// <summary>EFLAGS: bit 0, all ports of this record's subsystem lead to the same log; bit 1, lasting connections are welcome.</summary>
    private const ushort DiscoveryFlags = 0x0003;

    /// <param name="subsystems">What there is.</param>
    /// <param name="asked">The asking host's controller.</param>
    /// <param name="reachedAt">Where the host reached us: the address to name for a port that listens on all of them.</param>
    public static byte[] Page(SubsystemTable subsystems, Controller asked, IPAddress reachedAt)
    {
        var records =
            from port in subsystems.Ports
            from subsystem in subsystems.All.Prepend(subsystems.Discovery)
            where subsystem.Policy.Allows(asked.HostNqn) && subsystems.FindFor(subsystem.Nqn, port) == subsystem
            where !subsystem.IsDiscovery || port == asked.Port // hosts would go from one to the other in circles
            orderby subsystem.IsDiscovery descending
            select (Subsystem: subsystem, Port: port);
        var found = records.ToList();
        var page = new byte[RecordSize * (1 + found.Count)];
        WriteInt64LittleEndian(page, subsystems.Generation); // GENCTR
        WriteInt64LittleEndian(page.AsSpan(8), found.Count); // NUMREC
        var rest = page.AsSpan(RecordSize);
        foreach (var (subsystem, port) in found)
        {
            Write(rest[..RecordSize], subsystem, port, reachedAt);
            rest = rest[RecordSize..];
        }

        return page;
    }

    private static void Write(Span<byte> record, Subsystem subsystem, SubsystemPort port, IPAddress reachedAt)
    {
        var address = port.AddressFor(reachedAt);
        record[0] = 3; // TRTYPE: TCP
        record[1] = address.AddressFamily == AddressFamily.InterNetworkV6 ? (byte)2 : (byte)1; // ADRFAM
        record[2] = subsystem.IsDiscovery ? CurrentDiscoverySubsystem : NvmSubsystem;
        record[3] = (byte)(0x04 | (port.Tls ? 0x01 : 0)); // TREQ: flow control can be turned off; a secure channel is required
        WriteUInt16LittleEndian(record[4..], port.Id);
        WriteUInt16LittleEndian(record[6..], ConnectData.Dynamic); // CNTLID
        WriteUInt16LittleEndian(record[8..], 32); // ASQSZ
        WriteUInt16LittleEndian(record[10..], subsystem.IsDiscovery ? DiscoveryFlags : (ushort)0); // EFLAGS
        Text(record.Slice(32, 32), port.EndPoint.Port.ToString(CultureInfo.InvariantCulture)); // TRSVCID
        Encoding.UTF8.GetBytes(subsystem.Nqn, record.Slice(256, 256));
        Text(record.Slice(512, 256), address.ToString()); // TRADDR
        record[768] = port.Tls ? (byte)2 : (byte)0; // TSAS, SECTYPE: TLS 1.3 or none (NVMe/TCP 1.0, 3.1.2)
    }

    private static void Text(Span<byte> field, string text)
    {
        field.Fill((byte)' ');
        Encoding.ASCII.GetBytes(text, field);
    }
}
