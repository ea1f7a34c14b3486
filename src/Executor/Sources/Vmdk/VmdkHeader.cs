using System.Buffers.Binary;
using Migrate.Planner;

namespace Migrate.Executor.Sources.Vmdk;

/// <summary>
/// The sparse extent header ("Hosted Sparse Extents" of VMware's Virtual Disk Format 5.0), as far as a stream needs it: 512 bytes,
/// little-endian, sizes in sectors. Only values that bound memory and work are let in.
/// </summary>
internal sealed record VmdkHeader(long CapacitySectors, int GrainSectors, long GrainDirectoryOffset, long OverheadSectors)
{
    public const int SectorSize = 512;
    public const int EntriesPerTable = 512;
    private const long GrainDirectoryAtEnd = -1;
    private const uint Magic = 0x564d444b; // "KDMV"
    private const uint CompressedGrains = 1 << 16;
    private const uint Markers = 1 << 17;
    private const ushort Deflate = 1;
    private const int LargestGrain = Copy.Extent.Size / SectorSize;
    private const long LargestOverhead = (1L << 40) / SectorSize;

    /// <summary>True when directory and tables precede the grains (qemu-img), false when they follow them (ESXi).</summary>
    public bool TablesComeFirst => GrainDirectoryOffset != GrainDirectoryAtEnd;

    public int GrainBytes => GrainSectors * SectorSize;

    /// <summary>Tables that a directory for the whole disk has.</summary>
    public long TableCount => (CapacitySectors + ((long)GrainSectors * EntriesPerTable) - 1) / ((long)GrainSectors * EntriesPerTable);

    public static VmdkHeader Parse(ReadOnlySpan<byte> sector, long capacityBytes)
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(sector) != Magic)
        {
            throw VmdkFault.NotStreamOptimized("it does not begin with a sparse extent header");
        }
        var flags = BinaryPrimitives.ReadUInt32LittleEndian(sector[8..]);
        if ((flags & CompressedGrains) == 0 || (flags & Markers) == 0 || BinaryPrimitives.ReadUInt16LittleEndian(sector[77..]) != Deflate)
        {
            throw VmdkFault.NotStreamOptimized($"its grains are not compressed with markers (flags 0x{flags:x})");
        }
        var capacity = BinaryPrimitives.ReadInt64LittleEndian(sector[12..]);
        var grain = BinaryPrimitives.ReadInt64LittleEndian(sector[20..]);
        var entries = BinaryPrimitives.ReadUInt32LittleEndian(sector[44..]);
        var directory = BinaryPrimitives.ReadInt64LittleEndian(sector[56..]);
        var overhead = BinaryPrimitives.ReadInt64LittleEndian(sector[64..]);
        if (grain < 1 || grain > LargestGrain || !long.IsPow2(grain) || entries != EntriesPerTable || overhead is < 1 or > LargestOverhead)
        {
            throw VmdkFault.Corrupt($"its header is out of bounds (grain {grain} sectors, {entries} entries per table, overhead {overhead} sectors)");
        }
        // A capacity is rounded up to a sector, and by some writers to a grain.
        var sectors = capacityBytes / SectorSize;
        if (capacity != sectors && capacity != (sectors + grain - 1) / grain * grain)
        {
            throw new MigrateException("source.size-changed", $"The exported disk has {capacity} sectors; {sectors} were expected.",
                "Sync the inventory and make the plan again; the namespace made for the old size has to be deleted with its journal.");
        }
        return new VmdkHeader(sectors, (int)grain, directory, overhead);
    }
}
