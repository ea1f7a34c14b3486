using Migrate.Target.Namespaces;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Controllers;

/// <summary>Identify Namespace (NVM Command Set 1.0, figure 97), its descriptors and its independent part.</summary>
internal static class IdentifyNamespace
{
    private const byte Shared = 0x01;

    /// <summary>RESCAP: all types, kept through a restart; Ignore Existing Key as of revision 1.3.</summary>
    private const byte AllReservations = 0xFF;
    private const byte PreferredSizesAreValid = 0x10;
    private const byte ThinlyProvisioned = 0x01;

    public static void Write(Span<byte> data, Namespace one)
    {
        WriteInt64LittleEndian(data, one.Blocks); // NSZE
        WriteInt64LittleEndian(data[8..], one.Blocks); // NCAP
        var backing = one.Period.Backing;
        var isThin = backing is { IsThin: true };
        WriteInt64LittleEndian(data[16..], isThin ? Math.Min(one.Blocks, one.AllocatedBytes >> one.BlockShift) : one.Blocks); // NUSE
        data[24] = (byte)(PreferredSizesAreValid | (isThin ? ThinlyProvisioned : 0)); // NSFEAT
        data[30] = Shared; // NMIC
        data[31] = AllReservations;
        // DLFEAT: deallocated blocks read as zeroes and Write Zeroes deallocates, or nothing is promised of either.
        data[33] = (byte)(backing is { Deallocation: Deallocation.PunchHole } ? 0x09 : 0x00);
        WriteInt64LittleEndian(data[48..], one.CapacityBytes); // NVMCAP
        var preferred = (ushort)(((backing?.PreferredBytes ?? one.BlockSize) >> one.BlockShift) - 1);
        WriteUInt16LittleEndian(data[64..], preferred); // NPWG
        WriteUInt16LittleEndian(data[66..], preferred); // NPWA
        WriteUInt16LittleEndian(data[68..], preferred); // NPDG
        WriteUInt16LittleEndian(data[70..], preferred); // NPDA
        WriteUInt16LittleEndian(data[74..], (ushort)(SubsystemLimits.MaxCopyRangeBytes >> one.BlockShift)); // MSSRL
        WriteUInt32LittleEndian(data[76..], (uint)(SubsystemLimits.MaxCopyBytes >> one.BlockShift)); // MCL
        data[80] = SubsystemLimits.MostCopyRanges; // MSRC
        WriteUInt32LittleEndian(data[92..], one.AnaGroup); // ANAGRPID
        one.Uuid.TryWriteBytes(data[104..], bigEndian: true, out _); // NGUID: the same 16 bytes as the UUID
        data[128 + 2] = (byte)one.BlockShift; // LBAF0.LBADS
    }

    /// <summary>NVM Express Base 2.0, figure 277: NGUID, UUID and command set.</summary>
    public static void WriteDescriptors(Span<byte> data, Namespace one)
    {
        data = Descriptor(data, 2, 16);
        one.Uuid.TryWriteBytes(data, bigEndian: true, out _);
        data = Descriptor(data[16..], 3, 16);
        one.Uuid.TryWriteBytes(data, bigEndian: true, out _);
        data = Descriptor(data[16..], 4, 1);
        data[0] = 0; // NVM command set
    }

    public static void WriteIndependent(Span<byte> data, Namespace one)
    {
        data[0] = 0x01; // NSFEAT: thin provisioning
        data[1] = Shared;
        data[2] = AllReservations;
        WriteUInt32LittleEndian(data[4..], one.AnaGroup);
        data[14] = 0x01; // NSTAT: ready
    }

    private static Span<byte> Descriptor(Span<byte> data, byte type, byte length)
    {
        data[0] = type;
        data[1] = length;
        return data[4..];
    }
}
