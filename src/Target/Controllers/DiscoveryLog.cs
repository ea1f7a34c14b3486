using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Controllers;

/// <summary>Discovery log page (70h; NVM Express Base 2.0, 5.16.1.23): where the subsystem is, 1024 bytes per record.</summary>
internal static class DiscoveryLog
{
    private const int RecordSize = 1024;

    /// <param name="subsystem">The subsystem to name.</param>
    /// <param name="reachedAt">Address and port to name: by default where the asking host reached us, which it can reach again.</param>
    public static byte[] Page(Subsystem subsystem, IPEndPoint reachedAt)
    {
        var page = new byte[2 * RecordSize];
        WriteInt64LittleEndian(page, 1); // GENCTR: the records never change while the target runs
        WriteInt64LittleEndian(page.AsSpan(8), 1); // NUMREC
        var record = page.AsSpan(RecordSize);
        record[0] = 3; // TRTYPE: TCP
        record[1] = reachedAt.AddressFamily == AddressFamily.InterNetworkV6 ? (byte)2 : (byte)1; // ADRFAM
        record[2] = 2; // SUBTYPE: NVM subsystem
        record[3] = 0x04; // TREQ: flow control can be turned off
        WriteUInt16LittleEndian(record[4..], 1); // PORTID
        WriteUInt16LittleEndian(record[6..], 0xFFFF); // CNTLID: dynamic
        WriteUInt16LittleEndian(record[8..], 32); // ASQSZ
        var service = record.Slice(32, 32);
        service.Fill((byte)' ');
        Encoding.ASCII.GetBytes(reachedAt.Port.ToString(CultureInfo.InvariantCulture), service);
        Encoding.UTF8.GetBytes(subsystem.Nqn, record.Slice(256, 256));
        var address = record.Slice(512, 256);
        address.Fill((byte)' ');
        Encoding.ASCII.GetBytes(reachedAt.Address.ToString(), address);
        return page;
    }
}
