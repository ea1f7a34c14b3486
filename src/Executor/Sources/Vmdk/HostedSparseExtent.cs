using System.Buffers.Binary;
using System.IO.Compression;

namespace Migrate.Executor.Sources.Vmdk;

/// <summary>"KDMV": monolithicSparse, twoGbMaxExtentSparse and, with compressed grains, streamOptimized (VMware's Virtual Disk Format 5.0).</summary>
internal sealed class HostedSparseExtent : GrainExtent
{
    public const uint Magic = 0x564d444b;
    private const int Sector = VmdkHeader.SectorSize;
    private const uint ZeroGrains = 1 << 2;
    private const uint Compressed = 1 << 16;
    private const int GrainHead = 12;
    private const long LargestGrain = 1 << 20;
    private readonly bool _zeroGrains;
    private readonly bool _compressed;

    private HostedSparseExtent(FileWindow file, GrainLayout layout, uint flags) : base(file, layout, layout.CapacityBytes)
        => (_zeroGrains, _compressed) = ((flags & ZeroGrains) != 0, (flags & Compressed) != 0);

    /// <summary>Takes over the file, also when it throws.</summary>
    public static HostedSparseExtent Open(FileWindow file)
    {
        try
        {
            var header = new byte[Sector];
            ReadHeader(file, 0, header);
            if (BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(56)) == -1)
            {
                // The directory was not known when the header was written: the footer, before the end marker, repeats the header with it.
                ReadHeader(file, file.Length - (2 * Sector), header);
            }
            return new HostedSparseExtent(file, LayoutOf(header, file), BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(8)));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The descriptor inside the file; null when it has none, as an extent of a larger disk.</summary>
    public static VmdkDescriptor? EmbeddedDescriptor(FileWindow file)
    {
        var header = new byte[Sector];
        ReadHeader(file, 0, header);
        var (offset, size) = (BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(28)), BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(36)));
        if (offset == 0 || size == 0)
        {
            return null;
        }
        if (offset < 0 || size < 0 || size > VmdkDescriptor.Longest / Sector || offset > (file.Length / Sector) - size)
        {
            throw VmdkFileFault.Corrupt(file.Path, $"its descriptor would be {size} sectors at sector {offset} of a file of {file.Length} bytes");
        }
        var text = new byte[size * Sector];
        file.Read(offset * Sector, text);
        return VmdkDescriptor.Parse(text, file.Path);
    }

    protected override bool CanJoin => !_compressed;

    protected override VmdkPlaceKind KindOf(ulong entry) => entry switch
    {
        0 => VmdkPlaceKind.Absent,
        1 when _zeroGrains => VmdkPlaceKind.Zero,
        _ => VmdkPlaceKind.Data,
    };

    protected override long OffsetOf(ulong entry) => (long)entry * Sector;

    protected override long? TableOffsetOf(ulong entry) => entry == 0 ? null : (long)entry * Sector;

    protected override ValueTask ReadGrainAsync(long grain, long place, long within, Memory<byte> buffer, CancellationToken cancellationToken)
        => _compressed ? InflateAsync(grain, place, (int)within, buffer, cancellationToken) : base.ReadGrainAsync(grain, place, within, buffer, cancellationToken);

    private async ValueTask InflateAsync(long grain, long place, int within, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var what = $"the grain of byte {grain * Layout.GrainBytes}";
        Inside(place, GrainHead, what);
        var head = new byte[GrainHead];
        await File.ReadAsync(place, head, cancellationToken);
        var size = BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(8));
        // Deflate never makes much more of what it cannot shrink.
        if (BinaryPrimitives.ReadInt64LittleEndian(head) != grain * Layout.GrainBytes / Sector || size == 0 || size > (2 * Layout.GrainBytes) + Sector)
        {
            throw VmdkFileFault.Corrupt(File.Path, $"{what} is announced as another one or with {size} bytes");
        }
        Inside(place + GrainHead, size, what);
        var packed = new byte[size];
        await File.ReadAsync(place + GrainHead, packed, cancellationToken);
        var plain = new byte[Layout.GrainBytes];
        try
        {
            using var zlib = new ZLibStream(new MemoryStream(packed), CompressionMode.Decompress);
            var length = zlib.ReadAtLeast(plain, plain.Length, throwOnEndOfStream: false);
            // Asking for one byte more also makes the decoder check the data's own checksum.
            if (length < within + buffer.Length || zlib.ReadByte() >= 0)
            {
                throw VmdkFileFault.Corrupt(File.Path, $"{what} unpacks to another size than a grain's");
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw VmdkFileFault.Corrupt(File.Path, $"{what} cannot be unpacked", e);
        }
        plain.AsMemory(within, buffer.Length).CopyTo(buffer);
    }

    private static void ReadHeader(FileWindow file, long at, Span<byte> header)
    {
        if (at < 0 || at > file.Length - Sector)
        {
            throw VmdkFileFault.Truncated(file.Path, $"it has {file.Length} bytes and no room for its header or footer");
        }
        file.Read(at, header);
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != Magic)
        {
            throw at == 0 ? VmdkFileFault.Corrupt(file.Path, "it does not begin with a sparse extent's header")
                : VmdkFileFault.Truncated(file.Path, "the footer that its header promises is missing");
        }
        var (flags, version, algorithm) = (BinaryPrimitives.ReadUInt32LittleEndian(header[8..]), BinaryPrimitives.ReadUInt32LittleEndian(header[4..]), BinaryPrimitives.ReadUInt16LittleEndian(header[77..]));
        if (version is < 1 or > 3 || ((flags & Compressed) != 0 && algorithm != 1))
        {
            throw VmdkFileFault.Unsupported(file.Path, $"version {version}, compression {algorithm}", "Convert it with qemu-img or vmware-vdiskmanager first.");
        }
        // Line ends inside the header show whether somebody copied the file as text.
        if ((flags & 1) != 0 && !header.Slice(73, 4).SequenceEqual("\n \r\n"u8))
        {
            throw VmdkFileFault.Corrupt(file.Path, "it was copied as text, which changed its line ends");
        }
    }

    private static GrainLayout LayoutOf(ReadOnlySpan<byte> header, FileWindow file)
    {
        var capacity = BinaryPrimitives.ReadInt64LittleEndian(header[12..]);
        var grain = BinaryPrimitives.ReadInt64LittleEndian(header[20..]);
        var entries = BinaryPrimitives.ReadUInt32LittleEndian(header[44..]);
        var directory = BinaryPrimitives.ReadInt64LittleEndian(header[56..]);
        if (capacity is < 1 or > 1L << 40 || grain < 1 || grain > LargestGrain / Sector || !long.IsPow2(grain) || entries != VmdkHeader.EntriesPerTable || directory < 1 || directory > file.Length / Sector)
        {
            throw VmdkFileFault.Corrupt(file.Path, $"its header is out of bounds (capacity {capacity} sectors, grain {grain}, {entries} entries per table, directory at sector {directory})");
        }
        var layout = new GrainLayout(capacity * Sector, grain * Sector, directory * Sector, 4, (int)entries);
        if (layout.TableCount * 4 > file.Length - layout.DirectoryOffset)
        {
            throw VmdkFileFault.Truncated(file.Path, $"the grain directory of {layout.CapacityBytes} bytes of disk does not fit into {file.Length} bytes of file");
        }
        return layout;
    }
}
