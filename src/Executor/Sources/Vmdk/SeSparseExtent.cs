using System.Buffers.Binary;

namespace Migrate.Executor.Sources.Vmdk;

/// <summary>
/// seSparse: snapshot files of VMFS 6 and large disks. The layout is not published by VMware; it is known from other readers. A file whose journal
/// was not replayed is refused: what its tables say is not what the VM saw.
/// </summary>
internal sealed class SeSparseExtent : GrainExtent
{
    private const ulong Magic = 0x00000000cafebabe;
    private const ulong Version = 0x0000000200000001;
    private const ulong VolatileMagic = 0x00000000cafecafe;
    private const int Sector = VmdkHeader.SectorSize;
    private const int GrainSectors = 8;
    private const int TableSectors = 64;
    private const ulong TypeMask = 0xf000000000000000;
    private readonly long _tables;
    private readonly long _grains;

    private SeSparseExtent(FileWindow file, GrainLayout layout, long tables, long grains) : base(file, layout, layout.CapacityBytes) => (_tables, _grains) = (tables, grains);

    /// <summary>Takes over the file, also when it throws.</summary>
    public static SeSparseExtent Open(FileWindow file)
    {
        try
        {
            return Parse(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    protected override VmdkPlaceKind KindOf(ulong entry) => (entry & TypeMask) switch
    {
        0 when entry == 0 => VmdkPlaceKind.Absent,
        // 1: given back by the guest (unmapped), 2: written as zeroes.
        0x1000000000000000 or 0x2000000000000000 => VmdkPlaceKind.Zero,
        0x3000000000000000 => VmdkPlaceKind.Data,
        _ => throw VmdkFileFault.Corrupt(File.Path, $"a grain table has the entry 0x{entry:x16}"),
    };

    /// <summary>The grain's number is stored in two parts, the lower twelve bits above the others.</summary>
    protected override long OffsetOf(ulong entry)
    {
        var number = (long)(((entry & 0x0fff000000000000) >> 48) | ((entry & 0x0000ffffffffffff) << 12));
        return number > long.MaxValue / (2L * GrainSectors * Sector) ? -1 : _grains + (number * GrainSectors * Sector);
    }

    protected override long? TableOffsetOf(ulong entry) => entry == 0 ? null
        : (entry & 0xffffffff00000000) == 0x1000000000000000 ? _tables + ((long)(uint)entry * TableSectors * Sector)
        : throw VmdkFileFault.Corrupt(File.Path, $"its grain directory has the entry 0x{entry:x16}");

    private static SeSparseExtent Parse(FileWindow file)
    {
        var header = new byte[2 * Sector];
        if (file.Length < header.Length)
        {
            throw VmdkFileFault.Truncated(file.Path, $"it has {file.Length} bytes and no room for its headers");
        }
        file.Read(0, header);
        ulong Field(int index) => BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(index * 8));
        if (Field(0) != Magic || Field(1) != Version || Field(3) != GrainSectors || Field(4) != TableSectors || Field(5) != 0 || Field(10) != 1)
        {
            throw VmdkFileFault.Unsupported(file.Path, $"its header is none of a seSparse file of version 2.1 (magic 0x{Field(0):x}, version 0x{Field(1):x})",
                "Let the host flatten it: clone the disk (vmkfstools -i) or export the VM.");
        }
        if (BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(Sector)) != VolatileMagic || header[Sector + 24] != 0)
        {
            throw VmdkFileFault.Unsupported(file.Path, "its journal was not replayed: the host stopped while it wrote",
                "Open the disk once on the host (power the VM on and off, or vmkfstools -x repair), then copy it again.");
        }
        var (capacity, directory, directorySize, tables, grains) = (Field(2), Field(16), Field(17), Field(18), Field(24));
        var limit = (ulong)(file.Length / Sector);
        if (capacity is 0 or > 1UL << 40 || directory == 0 || directory > limit || tables == 0 || tables > limit || grains == 0 || grains > limit)
        {
            throw VmdkFileFault.Corrupt(file.Path, $"its header is out of bounds (capacity {capacity} sectors, directory at {directory}, tables at {tables}, grains at {grains})");
        }
        var layout = new GrainLayout((long)capacity * Sector, GrainSectors * Sector, (long)directory * Sector, 8, TableSectors * Sector / 8);
        if ((ulong)layout.TableCount * 8 > Math.Min(directorySize, limit) * Sector || layout.TableCount * 8 > file.Length - layout.DirectoryOffset)
        {
            throw VmdkFileFault.Truncated(file.Path, $"the grain directory of {layout.CapacityBytes} bytes of disk does not fit into {directorySize} sectors or {file.Length} bytes of file");
        }
        return new SeSparseExtent(file, layout, (long)tables * Sector, (long)grains * Sector);
    }
}
