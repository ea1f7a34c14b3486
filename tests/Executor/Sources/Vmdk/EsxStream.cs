using System.Buffers.Binary;
using System.IO.Compression;

namespace Migrate.Executor.Tests.Sources.Vmdk;

/// <summary>
/// The layout that ESXi and VirtualBox send and qemu-img does not: the directory at the end, a table after its grains, footer, end marker.
/// Made from qemu-img's grains so that only the metadata is ours.
/// </summary>
internal static class EsxStream
{
    private const int Sector = 512;

    /// <summary>The grains of a qemu-img stream: marker and data, padded.</summary>
    public static List<(ulong Lba, byte[] Bytes)> GrainsOf(byte[] vmdk)
    {
        var grains = new List<(ulong, byte[])>();
        for (var at = (int)BinaryPrimitives.ReadInt64LittleEndian(vmdk.AsSpan(64)) * Sector; at < vmdk.Length;)
        {
            var size = BinaryPrimitives.ReadInt32LittleEndian(vmdk.AsSpan(at + 8));
            if (size == 0)
            {
                break;
            }
            var length = (12 + size + Sector - 1) / Sector * Sector;
            grains.Add((BinaryPrimitives.ReadUInt64LittleEndian(vmdk.AsSpan(at)), vmdk[at..(at + length)]));
            at += length;
        }
        return grains;
    }

    /// <summary>The stream, and the offset of each of its markers.</summary>
    public static (byte[] Stream, List<int> Markers) Of(byte[] qemu, Func<List<(ulong Lba, byte[] Bytes)>, List<(ulong Lba, byte[] Bytes)>>? change = null, bool keepTables = true)
    {
        using var stream = new MemoryStream();
        var header = qemu[..Sector];
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), 0x30001);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(48), 0);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(56), -1);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(64), 128);
        stream.Write(header);
        stream.SetLength(128 * Sector);
        stream.Position = stream.Length;

        var markers = new List<int>();
        var grains = GrainsOf(qemu);
        var tables = grains.GroupBy(g => g.Lba / (512 * 128)).ToDictionary(g => g.Key, g => g.ToList());
        foreach (var group in (change?.Invoke(grains) ?? grains).GroupBy(g => g.Lba / (512 * 128)))
        {
            var table = new byte[2048];
            foreach (var (lba, bytes) in group)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(table.AsSpan((int)(lba / 128 % 512) * 4), (uint)(stream.Position / Sector));
                markers.Add((int)stream.Position);
                stream.Write(bytes);
            }
            if (keepTables && tables.TryGetValue(group.Key, out var whole))
            {
                // The table tells of every grain that was there before the change.
                foreach (var (lba, _) in whole)
                {
                    table[(int)(lba / 128 % 512) * 4] |= 2;
                }
            }
            Marker(4, 1);
            stream.Write(table);
        }
        Marker(1, 2);
        stream.Write(new byte[Sector]);
        Marker(1, 3);
        stream.Write(header);
        Marker(0, 0);
        return (stream.ToArray(), markers);

        void Marker(ulong sectors, uint type)
        {
            markers.Add((int)stream.Position);
            var marker = new byte[Sector];
            BinaryPrimitives.WriteUInt64LittleEndian(marker, sectors);
            BinaryPrimitives.WriteUInt32LittleEndian(marker.AsSpan(12), type);
            stream.Write(marker);
        }
    }

    /// <summary>A grain whose data are these, whatever their size.</summary>
    public static byte[] Grain(ulong lba, byte[] data)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            zlib.Write(data);
        }
        var grain = new byte[(12 + (int)packed.Length + Sector - 1) / Sector * Sector];
        BinaryPrimitives.WriteUInt64LittleEndian(grain, lba);
        BinaryPrimitives.WriteUInt32LittleEndian(grain.AsSpan(8), (uint)packed.Length);
        packed.ToArray().CopyTo(grain, 12);
        return grain;
    }
}
