using System.Buffers.Binary;

namespace Migrate.Executor.Sources.Vmdk;

/// <summary>"COWD": ESXi's sparse snapshot files (VMFSSPARSE), usually with grains of one sector.</summary>
internal sealed class CowdExtent : GrainExtent
{
    private const uint Magic = 0x44574f43;
    private const int Sector = VmdkHeader.SectorSize;
    private const int EntriesPerTable = 4096;

    private CowdExtent(FileWindow file, GrainLayout layout) : base(file, layout, layout.CapacityBytes)
    {
    }

    /// <summary>Takes over the file, also when it throws.</summary>
    public static CowdExtent Open(FileWindow file)
    {
        try
        {
            var header = new byte[Sector];
            if (file.Length < Sector)
            {
                throw VmdkFileFault.Truncated(file.Path, $"it has {file.Length} bytes and no room for its header");
            }
            file.Read(0, header);
            uint Field(int at) => BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(at));
            var (sectors, grain, directory, tables) = (Field(12), Field(16), Field(20), Field(24));
            if (Field(0) != Magic || Field(4) != 1 || sectors == 0 || grain is 0 or > 2048 || !uint.IsPow2(grain) || directory == 0)
            {
                throw VmdkFileFault.Corrupt(file.Path, $"its header is none of a VMFS sparse file (capacity {sectors} sectors, grain {grain}, directory at sector {directory})");
            }
            var layout = new GrainLayout((long)sectors * Sector, (long)grain * Sector, (long)directory * Sector, 4, EntriesPerTable);
            if (layout.TableCount > tables || layout.TableCount * 4 > file.Length - layout.DirectoryOffset)
            {
                throw VmdkFileFault.Truncated(file.Path, $"the grain directory of {layout.CapacityBytes} bytes of disk does not fit into {tables} entries or {file.Length} bytes of file");
            }
            return new CowdExtent(file, layout);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    protected override VmdkPlaceKind KindOf(ulong entry) => entry switch
    {
        0 => VmdkPlaceKind.Absent,
        1 => VmdkPlaceKind.Zero,
        _ => VmdkPlaceKind.Data,
    };

    protected override long OffsetOf(ulong entry) => (long)entry * Sector;

    protected override long? TableOffsetOf(ulong entry) => entry == 0 ? null : (long)entry * Sector;
}
