using System.Text;
using Migrate.Target.Namespaces;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Controllers;

/// <summary>Identify Controller data structure (NVM Express Base 2.0, figure 275), by byte offset.</summary>
internal static class IdentifyController
{
    public const string Model = "Migrate NVMe/TCP target";

    /// <summary>ANATT: how long hosts wait for the state "change" to end.</summary>
    private const byte AnaTransitionSeconds = 30;

    public static string FirmwareRevision { get; } = typeof(IdentifyController).Assembly.GetName().Version?.ToString(3) ?? "0";

    public static void Write(Span<byte> data, Controller controller)
    {
        var subsystem = controller.Subsystem;
        var isDiscovery = controller.IsDiscovery;
        Text(data.Slice(4, 20), subsystem.SerialNumber);
        Text(data.Slice(24, 40), Model);
        Text(data.Slice(64, 8), FirmwareRevision);
        // CMIC: other ports and other controllers, one per connected host; asymmetric namespace access.
        data[76] = isDiscovery ? (byte)0x03 : (byte)0x0B;
        data[77] = SubsystemLimits.MaxTransferShift;
        WriteUInt16LittleEndian(data[78..], controller.Id);
        WriteUInt32LittleEndian(data[80..], ControllerRegisters.Version);
        WriteUInt32LittleEndian(data[92..], AsyncEvents.Supported(isDiscovery)); // OAES
        WriteUInt32LittleEndian(data[96..], 0x41); // CTRATT: 128-bit host identifiers; any command keeps alive
        data[111] = isDiscovery ? (byte)2 : (byte)1; // CNTRLTYPE
        data[258] = 3; // ACL, 0's based
        data[259] = SubsystemLimits.MaxAsyncEvents - 1;
        data[260] = 0x03; // FRMW: one slot, read only
        data[261] = isDiscovery ? (byte)0x04 : (byte)0x06; // LPA: offsets in Get Log Page; effects log
        data[262] = SubsystemLimits.ErrorLogEntries - 1;
        WriteUInt16LittleEndian(data[320..], 10); // KAS: keep-alive in units of 1 s
        if (!isDiscovery)
        {
            data[342] = AnaTransitionSeconds; // ANATT
            data[343] = 0x5F; // ANACAP: all states; a namespace stays in its group while it is attached
            WriteUInt32LittleEndian(data[344..], AnaAccess.MostGroups); // ANAGRPMAX
            WriteUInt32LittleEndian(data[348..], AnaAccess.MostGroups); // NANAGRPID
        }

        data[512] = 0x66; // SQES
        data[513] = 0x44; // CQES
        WriteUInt16LittleEndian(data[514..], (ushort)subsystem.Limits.MaxQueueEntries); // MAXCMD
        WriteUInt32LittleEndian(data[516..], isDiscovery ? 0 : NamespaceTable.MaxNsid); // NN
        WriteUInt16LittleEndian(data[520..], 0x01AD); // ONCS: Compare, Dataset Management, Write Zeroes, reservations, Verify, Copy
        WriteUInt16LittleEndian(data[522..], 0x01); // FUSES: Compare and Write
        data[525] = 0x05; // VWC: present; Flush takes single namespaces only
        WriteUInt16LittleEndian(data[532..], SubsystemLimits.AtomicCompareBlocks - 1); // ACWU
        WriteUInt16LittleEndian(data[534..], 0x01); // OCFS: source ranges of Copy in format 0
        WriteUInt32LittleEndian(data[536..], 0x0010_0001); // SGLS: byte aligned, offsets in the capsule
        WriteUInt32LittleEndian(data[540..], isDiscovery ? 0 : NamespaceTable.MaxNsid); // MNAN
        Encoding.UTF8.GetBytes(isDiscovery ? Protocol.Nqn.Discovery : subsystem.Nqn, data.Slice(768, 256));
        if (!isDiscovery)
        {
            WriteUInt32LittleEndian(data[1792..], (uint)(64 + subsystem.Limits.InCapsuleBytes) / 16); // IOCCSZ
            WriteUInt32LittleEndian(data[1796..], 1); // IORCSZ
            data[1803] = 1; // MSDBD
            WriteUInt16LittleEndian(data[1804..], 1); // OFCS: Disconnect
        }

        subsystem.Limits.Identity.Write(data);
    }

    // Identify strings are ASCII, left aligned, padded with blanks.
    private static void Text(Span<byte> field, string text)
    {
        field.Fill((byte)' ');
        Encoding.ASCII.GetBytes(text.AsSpan(0, Math.Min(text.Length, field.Length)), field);
    }
}
