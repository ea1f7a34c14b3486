using System.Buffers.Binary;
using Migrate.Planner.Inventory;

namespace Migrate.Planner.Offline.Vmdk;

/// <summary>
/// Whether a VMDK's files hold what it says: one that was cut off, or lies about its size, is found out when it is added and not when it is read.
/// Source: VMware, Virtual Disk Format 5.0, "Hosted Sparse Extents" and "Stream-Optimized Compressed Sparse Extents".
/// </summary>
internal static class VmdkLength
{
    private const int SectorBytes = 512;
    private const ulong AtEnd = ulong.MaxValue;

    /// <summary>Tables of a disk of 8 TiB with grains of 64 KiB; what larger ones hold is seen when they are read.</summary>
    private const long MostTableBytes = 512L << 20;

    /// <summary>Null when the file holds the extent; else what it lacks, in words.</summary>
    public static string? Fault(string path, VmdkExtent extent, DiskBacking backing)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (backing == DiskBacking.Flat)
        {
            var needed = (extent.AtSector + extent.Sectors) * SectorBytes;
            return stream.Length < needed ? $"it needs {needed} bytes of {extent.File}, which has {stream.Length}: it was cut off, or states a size that is not its own" : null;
        }

        if (backing != DiskBacking.Sparse || Begins(stream, "COWD"u8))
        {
            return null; // ESXi's own formats are found out when they are read.
        }

        return Header(stream, 0) is { } header ? Sparse(stream, header) : $"{extent.File} does not begin as a sparse extent does";
    }

    private static string? Sparse(Stream stream, byte[] header)
    {
        if (Number(header, 56) == AtEnd)
        {
            // The header that counts is in the last kilobyte, before the end-of-stream marker.
            if (stream.Length < 3 * SectorBytes || Header(stream, stream.Length - (2 * SectorBytes)) is not { } footer)
            {
                return $"its file of {stream.Length} bytes ends without the footer that a stream-optimized disk ends with: it was cut off";
            }

            header = footer;
        }

        var (capacity, grain, directory) = (Number(header, 12), Number(header, 20), Number(header, 56));
        var entries = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(44));
        if (grain is 0 or > 1 << 20 || entries is 0 or > 1 << 20)
        {
            return "its header states a size of grains or tables that cannot be";
        }

        var tables = (capacity + (grain * entries) - 1) / (grain * entries);
        if (!Fits(stream, directory, tables * sizeof(uint)))
        {
            return $"its tables for {capacity * SectorBytes} bytes do not fit its file of {stream.Length}: it was cut off, or states a size that is not its own";
        }

        return Grains(stream, Words(stream, directory, (int)tables), (int)entries);
    }

    private static string? Grains(Stream stream, uint[] directory, int entries)
    {
        long read = 0;
        foreach (var table in directory.Where(sector => sector != 0))
        {
            if (!Fits(stream, table, (ulong)entries * sizeof(uint)))
            {
                return $"its file of {stream.Length} bytes ends before its tables do: it was cut off";
            }

            if ((read += entries * sizeof(uint)) > MostTableBytes)
            {
                return null;
            }

            // 0 and 1 are grains that nothing was written to, and that are zero.
            if (Words(stream, table, entries).FirstOrDefault(sector => sector > 1 && (long)sector * SectorBytes >= stream.Length) is > 0 and var beyond)
            {
                return $"its file of {stream.Length} bytes lacks data at byte {(long)beyond * SectorBytes}, where its tables point: it was cut off";
            }
        }

        return null;
    }

    private static byte[]? Header(Stream stream, long at)
    {
        var header = new byte[SectorBytes];
        stream.Position = at;
        return stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) == header.Length && header.AsSpan(0, 4).SequenceEqual("KDMV"u8) ? header : null;
    }

    private static bool Begins(Stream stream, ReadOnlySpan<byte> word)
    {
        Span<byte> head = stackalloc byte[4];
        stream.Position = 0;
        return stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length && head.SequenceEqual(word);
    }

    private static ulong Number(byte[] header, int at) => BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(at));

    private static bool Fits(Stream stream, ulong sector, ulong bytes) =>
        sector <= (ulong)stream.Length / SectorBytes && bytes <= (ulong)stream.Length - (sector * SectorBytes) && bytes <= int.MaxValue;

    private static uint[] Words(Stream stream, ulong sector, int count)
    {
        var bytes = new byte[count * sizeof(uint)];
        stream.Position = (long)sector * SectorBytes;
        stream.ReadExactly(bytes);
        var words = new uint[count];
        for (var i = 0; i < count; i++)
        {
            words[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(i * sizeof(uint)));
        }

        return words;
    }
}
