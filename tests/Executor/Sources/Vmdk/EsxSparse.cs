using System.Buffers.Binary;

namespace Migrate.Executor.Tests.Sources.Vmdk;

/// <summary>
/// Snapshot files as ESXi writes them, of a part of a disk: qemu-img reads both formats and makes neither, so these are held against its reading.
/// </summary>
internal static class EsxSparse
{
    private const int Sector = 512;

    /// <summary>A VMFS sparse (COWD) delta with the grains (of one sector) that <paramref name="stored"/> chooses.</summary>
    public static byte[] Cowd(byte[] disk, Func<long, bool> stored)
    {
        const int Entries = 4096;
        var sectors = disk.Length / Sector;
        var tables = (sectors + Entries - 1) / Entries;
        var directorySectors = ((tables * 4) + Sector - 1) / Sector;
        var file = new MemoryStream();
        var header = new byte[4 * Sector];
        void Field(int at, int value) => BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(at), value);
        Field(0, 0x44574f43);
        Field(4, 1);
        Field(8, 3);
        Field(12, sectors);
        Field(16, 1);
        Field(20, 4);
        Field(24, tables);
        var next = 4 + directorySectors;
        var directory = new byte[directorySectors * Sector];
        var body = new MemoryStream();
        for (var table = 0; table < tables; table++)
        {
            var chosen = Enumerable.Range(table * Entries, Math.Min(Entries, sectors - (table * Entries))).Where(s => stored(s)).ToList();
            if (chosen.Count == 0)
            {
                continue;
            }
            BinaryPrimitives.WriteInt32LittleEndian(directory.AsSpan(table * 4), next);
            var entries = new byte[Entries * 4];
            next += entries.Length / Sector;
            foreach (var (index, sector) in chosen.Index())
            {
                BinaryPrimitives.WriteInt32LittleEndian(entries.AsSpan((sector - (table * Entries)) * 4), next + index);
            }
            body.Write(entries);
            chosen.ForEach(s => body.Write(disk, s * Sector, Sector));
            next += chosen.Count;
        }
        Field(28, next);
        file.Write(header);
        file.Write(directory);
        body.WriteTo(file);
        return file.ToArray();
    }

    /// <summary>A seSparse delta of grains of 4 KiB; grains whose bytes are zero are marked as zeroed instead of being stored.</summary>
    public static byte[] SeSparse(byte[] disk, Func<long, bool> stored)
    {
        const int Grain = 4096, Entries = 4096, TableBytes = Entries * 8;
        var grains = (disk.Length + Grain - 1) / Grain;
        var tables = (grains + Entries - 1) / Entries;
        const int DirectorySector = 4096;
        var directorySectors = ((tables * 8) + Sector - 1) / Sector;
        var tablesSector = DirectorySector + directorySectors;
        var grainsSector = (tablesSector + (tables * TableBytes / Sector) + 7) / 8 * 8;
        var file = new byte[(grainsSector * Sector) + (grains * Grain)];
        void Field(int index, long value) => BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(index * 8), value);
        Field(0, 0xcafebabe);
        Field(1, 0x0000000200000001);
        Field(2, disk.Length / Sector);
        Field(3, 8);
        Field(4, 64);
        Field(10, 1);
        Field(11, 1);
        Field(12, 2);
        Field(13, 2);
        Field(14, 2048);
        Field(15, 2048);
        Field(16, DirectorySector);
        Field(17, directorySectors);
        Field(18, tablesSector);
        Field(19, tables * TableBytes / Sector);
        Field(24, grainsSector);
        Field(25, grains * 8);
        Field(Sector / 8, 0xcafecafe);
        var used = 0L;
        for (var grain = 0; grain < grains; grain++)
        {
            if (!stored(grain))
            {
                continue;
            }
            Field((DirectorySector * Sector / 8) + (grain / Entries), 0x1000000000000000 | (grain / (long)Entries));
            var bytes = disk.AsSpan(grain * Grain, Math.Min(Grain, disk.Length - (grain * Grain)));
            var entry = (tablesSector * Sector / 8) + grain;
            if (bytes.IndexOfAnyExcept((byte)0) < 0)
            {
                Field(entry, 0x2000000000000000);
                continue;
            }
            bytes.CopyTo(file.AsSpan((int)((grainsSector * Sector) + (used * Grain))));
            Field(entry, 0x3000000000000000 | ((used & 0xfff) << 48) | (used >> 12));
            used++;
        }
        return file;
    }

    public static string Descriptor(string type, string file, int bytes, string parentId = "ffffffff", string? parent = null, string id = "12345678")
        => $"""
            # Disk DescriptorFile
            version=1
            CID={id}
            parentCID={parentId}
            createType="{type}"
            {(parent is null ? "" : $"parentFileNameHint=\"{parent}\"")}
            # Extent description
            RW {bytes / Sector} {type switch { "vmfsSparse" => "VMFSSPARSE", "seSparse" => "SESPARSE", "vmfs" => "VMFS", _ => type }} "{file}"

            """;
}
