using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Migrate.Simulator.Disks;

namespace Migrate.Simulator.Vmdk;

/// <summary>
/// Writes a disk as a stream-optimized VMDK, the form in which vSphere exports: sparse header, descriptor, compressed
/// grains with their markers, grain tables as they fill, grain directory, footer, end of stream. (VMware, "Virtual Disk
/// Format 5.0", section "Stream-Optimized Compressed Sparse Extents".) Grains of zeros are left out.
/// </summary>
internal sealed class StreamOptimizedWriter(DiskContent content, long capacityBytes, string name, Func<ReadOnlyMemory<byte>, ValueTask<bool>> write)
{
    private const int Sector = 512;
    private const int GrainSectors = 128;
    private const int GrainBytes = GrainSectors * Sector;
    private const int EntriesPerTable = 512;
    private const int DescriptorSectors = 20;
    private const int OverheadSectors = GrainSectors;
    private const long DirectoryAtEnd = -1;
    private const uint Magic = 0x564d444b; // "KDMV" little-endian
    private const uint MarkerEndOfStream = 0;
    private const uint MarkerGrainTable = 1;
    private const uint MarkerGrainDirectory = 2;
    private const uint MarkerFooter = 3;

    private readonly uint[] _table = new uint[EntriesPerTable];
    private readonly ArrayBufferWriter<byte> _out = new();
    private long _position;

    private long Sectors => capacityBytes / Sector;

    private int Tables => (int)((Sectors + (long)GrainSectors * EntriesPerTable - 1) / ((long)GrainSectors * EntriesPerTable));

    /// <summary>False: the receiver has gone.</summary>
    public async Task<bool> WriteAsync(CancellationToken cancellationToken)
    {
        Header(DirectoryAtEnd);
        Descriptor();
        var directory = new uint[Tables];
        var buffer = ArrayPool<byte>.Shared.Rent(GrainBytes);
        try
        {
            for (var table = 0; table < directory.Length; table++)
            {
                directory[table] = await TableAsync(table, buffer, cancellationToken);
                if (!await FlushAsync())
                {
                    return false;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        var directorySectors = (directory.Length * sizeof(uint) + Sector - 1) / Sector;
        Marker((uint)directorySectors, MarkerGrainDirectory);
        var directoryAt = _position / Sector;
        Numbers(directory, directorySectors);
        Marker(1, MarkerFooter);
        Header(directoryAt);
        Marker(0, MarkerEndOfStream);
        return await FlushAsync();
    }

    /// <summary>One grain table's worth of grains (32 MiB), then the table; 0 = all of it is zero.</summary>
    private async Task<uint> TableAsync(int table, byte[] buffer, CancellationToken cancellationToken)
    {
        Array.Clear(_table);
        var any = false;
        var first = (long)table * EntriesPerTable * GrainBytes;
        for (var i = 0; i < EntriesPerTable; i++)
        {
            var offset = first + (long)i * GrainBytes;
            if (offset >= capacityBytes || content.NextData(offset) is null)
            {
                break;
            }

            // The last grain of an odd capacity is filled up with zeros.
            var length = (int)Math.Min(GrainBytes, capacityBytes - offset);
            await content.ReadAsync(offset, buffer.AsMemory(0, length), cancellationToken);
            if (buffer.AsSpan(0, length).ContainsAnyExcept((byte)0))
            {
                buffer.AsSpan(length, GrainBytes - length).Clear();
                _table[i] = (uint)(_position / Sector);
                any = true;
                Grain(offset / Sector, buffer.AsSpan(0, GrainBytes));
                if (_out.WrittenCount >= 1 << 20 && !await FlushAsync())
                {
                    return 0;
                }
            }
        }

        if (!any)
        {
            return 0;
        }

        var tableSectors = EntriesPerTable * sizeof(uint) / Sector;
        Marker((uint)tableSectors, MarkerGrainTable);
        var at = (uint)(_position / Sector);
        Numbers(_table, tableSectors);
        return at;
    }

    private void Grain(long sector, ReadOnlySpan<byte> data)
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            zlib.Write(data);
        }

        Span<byte> head = stackalloc byte[12];
        BinaryPrimitives.WriteInt64LittleEndian(head, sector);
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], (uint)compressed.Length);
        Put(head);
        Put(compressed.GetBuffer().AsSpan(0, (int)compressed.Length));
        Pad();
    }

    private void Marker(uint sectors, uint type)
    {
        Span<byte> marker = stackalloc byte[Sector];
        BinaryPrimitives.WriteInt64LittleEndian(marker, sectors);
        BinaryPrimitives.WriteUInt32LittleEndian(marker[12..], type);
        Put(marker);
    }

    private void Header(long directoryAt)
    {
        Span<byte> header = stackalloc byte[Sector];
        BinaryPrimitives.WriteUInt32LittleEndian(header, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], 3); // version of compressed extents
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], 0x30001); // newline test, compressed grains, markers
        BinaryPrimitives.WriteInt64LittleEndian(header[12..], Sectors);
        BinaryPrimitives.WriteInt64LittleEndian(header[20..], GrainSectors);
        BinaryPrimitives.WriteInt64LittleEndian(header[28..], 1);
        BinaryPrimitives.WriteInt64LittleEndian(header[36..], DescriptorSectors);
        BinaryPrimitives.WriteUInt32LittleEndian(header[44..], EntriesPerTable);
        BinaryPrimitives.WriteInt64LittleEndian(header[48..], 0); // no redundant directory
        BinaryPrimitives.WriteInt64LittleEndian(header[56..], directoryAt);
        BinaryPrimitives.WriteInt64LittleEndian(header[64..], OverheadSectors);
        "\n \r\n"u8.CopyTo(header[73..]);
        BinaryPrimitives.WriteUInt16LittleEndian(header[77..], 1); // deflate
        Put(header);
    }

    private void Descriptor()
    {
        var cylinders = Math.Min(Sectors / (255 * 63), 65535);
        var text = $"""
            # Disk DescriptorFile
            version=1
            CID={unchecked((uint)Sectors):x8}
            parentCID=ffffffff
            createType="streamOptimized"

            # Extent description
            RDONLY {Sectors} SPARSE "{name}"

            # The Disk Data Base
            #DDB

            ddb.adapterType = "lsilogic"
            ddb.geometry.cylinders = "{cylinders}"
            ddb.geometry.heads = "255"
            ddb.geometry.sectors = "63"
            ddb.virtualHWVersion = "20"

            """;
        var block = new byte[(OverheadSectors - 1) * Sector];
        Encoding.UTF8.GetBytes(text, block);
        Put(block);
    }

    private void Numbers(ReadOnlySpan<uint> numbers, int sectors)
    {
        var block = new byte[sectors * Sector];
        for (var i = 0; i < numbers.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(i * sizeof(uint)), numbers[i]);
        }

        Put(block);
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        _out.Write(bytes);
        _position += bytes.Length;
    }

    private void Pad()
    {
        var rest = (int)(_position % Sector);
        if (rest > 0)
        {
            Span<byte> zeros = stackalloc byte[Sector];
            zeros.Clear();
            Put(zeros[rest..]);
        }
    }

    private async ValueTask<bool> FlushAsync()
    {
        var going = await write(_out.WrittenMemory);
        _out.ResetWrittenCount();
        return going;
    }
}
