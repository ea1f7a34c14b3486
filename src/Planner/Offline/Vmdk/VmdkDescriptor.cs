using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Migrate.Planner.Inventory;

namespace Migrate.Planner.Offline.Vmdk;

/// <summary>What a VMDK says of itself: its descriptor, which is a text file of its own or lies inside of a sparse file.</summary>
internal sealed partial record VmdkDescriptor
{
    private const int SectorBytes = 512;
    private const int HeaderBytes = 512;
    private const int MaxDescriptorBytes = 1 << 20;

    /// <summary>monolithicSparse, monolithicFlat, twoGbMaxExtentSparse, vmfs, streamOptimized, …</summary>
    public required string CreateType { get; init; }

    public long CapacityBytes { get; init; }

    /// <summary>Files with the data, as the descriptor names them; one of several sub-formats has itself here.</summary>
    public IEnumerable<string> ExtentFiles => Extents.Select(extent => extent.File);

    /// <summary>The parts with a file of their own, in their order.</summary>
    public IReadOnlyList<VmdkExtent> Extents { get; init; } = [];

    /// <summary>It lies inside of the sparse file that holds the data.</summary>
    public bool IsEmbedded { get; init; }

    /// <summary>Null when it builds on no other disk.</summary>
    public string? ParentFile { get; init; }

    /// <summary>"60 00 C2 9x …" as 6000C29x-xxxx-…; null without.</summary>
    public string? Uuid { get; init; }

    public bool ThinProvisioned { get; init; }

    public bool IsCompressed => CreateType.Equals("streamOptimized", StringComparison.OrdinalIgnoreCase);

    public DiskBacking Backing => CreateType.ToLowerInvariant() switch
    {
        "monolithicflat" or "twogbmaxextentflat" or "vmfs" or "vmfsthin" or "vmfseagerzeroedthick" or "vmfspreallocated" => DiskBacking.Flat,
        "monolithicsparse" or "twogbmaxextentsparse" or "streamoptimized" or "vmfssparse" => DiskBacking.Sparse,
        "sesparse" => DiskBacking.SeSparse,
        "vmfsraw" or "fulldevice" or "partitioneddevice" => DiskBacking.RawDisk,
        "vmfsrawdevicemap" or "vmfspassthroughrawdevicemap" => DiskBacking.RawDeviceMapping,
        _ => DiskBacking.Unknown,
    };

    public string? RdmCompatibility => CreateType.ToLowerInvariant() switch
    {
        "vmfsrawdevicemap" => "virtualMode",
        "vmfspassthroughrawdevicemap" => "physicalMode",
        _ => null,
    };

    /// <summary>Reads at most a megabyte. Null with the cause when it is no VMDK, or one that breaks off in its header.</summary>
    public static VmdkDescriptor? Read(Stream stream, out string? cause)
    {
        var head = new byte[HeaderBytes];
        var read = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        cause = null;
        if (read >= 4 && head.AsSpan(0, 4).SequenceEqual("KDMV"u8))
        {
            return read < HeaderBytes ? Fault("its header breaks off", out cause) : ReadSparse(stream, head, out cause);
        }

        if (read >= 4 && head.AsSpan(0, 4).SequenceEqual("COWD"u8))
        {
            // An extent of ESXi's old snapshots without its descriptor; its size is at byte 12, in sectors.
            var sectors = read < 16 ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(12));
            return new VmdkDescriptor { CreateType = "vmfsSparse", CapacityBytes = (long)sectors * SectorBytes };
        }

        var rest = new byte[MaxDescriptorBytes];
        var more = read < HeaderBytes ? 0 : stream.ReadAtLeast(rest, rest.Length, throwOnEndOfStream: false);
        return Parse([.. head[..read], .. rest[..more]], 0, out cause);
    }

    private static VmdkDescriptor? ReadSparse(Stream stream, byte[] head, out string? cause)
    {
        var capacity = BinaryPrimitives.ReadInt64LittleEndian(head.AsSpan(12));
        var at = BinaryPrimitives.ReadInt64LittleEndian(head.AsSpan(28));
        var sectors = BinaryPrimitives.ReadInt64LittleEndian(head.AsSpan(36));
        if (capacity is < 0 or > long.MaxValue / SectorBytes)
        {
            return Fault("its header states a capacity that cannot be", out cause);
        }

        if (at <= 0 || sectors <= 0)
        {
            // An extent of a disk whose descriptor is a file of its own.
            cause = null;
            return new VmdkDescriptor { CreateType = "monolithicSparse", CapacityBytes = capacity * SectorBytes };
        }

        if (at > (MaxDescriptorBytes / SectorBytes) || sectors > MaxDescriptorBytes / SectorBytes)
        {
            return Fault("its header places the descriptor where none can be", out cause);
        }

        var skip = new byte[at * SectorBytes - HeaderBytes];
        var text = new byte[sectors * SectorBytes];
        if (stream.ReadAtLeast(skip, skip.Length, throwOnEndOfStream: false) < skip.Length || stream.ReadAtLeast(text, text.Length, throwOnEndOfStream: false) < text.Length)
        {
            return Fault("it breaks off before its descriptor ends", out cause);
        }

        return Parse(text, capacity * SectorBytes, out cause) is { } found ? found with { IsEmbedded = true } : null;
    }

    private static VmdkDescriptor? Parse(byte[] bytes, long capacity, out string? cause)
    {
        var text = Encoding.UTF8.GetString(bytes).TrimEnd('\0');
        if (CreateTypePattern().Match(text) is not { Success: true } type)
        {
            return Fault("it is no VMDK: neither a sparse header nor a descriptor with a createType", out cause);
        }

        var extents = new List<VmdkExtent>();
        decimal sectors = 0;
        foreach (Match extent in ExtentPattern().Matches(text))
        {
            var length = decimal.Parse(extent.Groups["sectors"].ValueSpan, CultureInfo.InvariantCulture);
            sectors += length;
            if (extent.Groups["file"].Success)
            {
                _ = decimal.TryParse(extent.Groups["at"].ValueSpan, CultureInfo.InvariantCulture, out var at);
                extents.Add(new VmdkExtent(extent.Groups["file"].Value, length, at));
            }
        }

        if (sectors > long.MaxValue / SectorBytes)
        {
            return Fault("its extents are larger than any disk can be", out cause);
        }

        cause = null;
        var uuid = string.Concat(UuidPattern().Match(text).Groups["uuid"].Value.Where(char.IsAsciiHexDigit));
        return new VmdkDescriptor
        {
            CreateType = type.Groups["type"].Value,
            // A sparse file's header counts: it is what its tables cover.
            CapacityBytes = capacity > 0 ? capacity : (long)sectors * SectorBytes,
            Extents = extents,
            ParentFile = ParentPattern().Match(text) is { Success: true } parent ? parent.Groups["file"].Value : null,
            // As vSphere writes disks' UUIDs.
            Uuid = uuid.Length == 32 ? $"{uuid[..8]}-{uuid[8..12]}-{uuid[12..16]}-{uuid[16..20]}-{uuid[20..]}" : null,
            ThinProvisioned = ThinPattern().IsMatch(text),
        };
    }

    private static VmdkDescriptor? Fault(string what, out string? cause)
    {
        cause = what;
        return null;
    }

    private const RegexOptions Lines = RegexOptions.Multiline | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    [GeneratedRegex("""^[ \t]*createType[ \t]*=[ \t]*"(?<type>[^"\r\n]{1,64})"?""", Lines)]
    private static partial Regex CreateTypePattern();

    [GeneratedRegex("""^[ \t]*(RW|RDONLY|NOACCESS)[ \t]+(?<sectors>[0-9]{1,19})[ \t]+[A-Z0-9]+([ \t]+"(?<file>[^"\r\n]*)"([ \t]+(?<at>[0-9]{1,19}))?)?""", Lines)]
    private static partial Regex ExtentPattern();

    [GeneratedRegex("""^[ \t]*parentFileNameHint[ \t]*=[ \t]*"(?<file>[^"\r\n]+)"?""", Lines)]
    private static partial Regex ParentPattern();

    [GeneratedRegex("""^[ \t]*ddb\.uuid[ \t]*=[ \t]*"(?<uuid>[^"\r\n]*)"?""", Lines)]
    private static partial Regex UuidPattern();

    [GeneratedRegex("""^[ \t]*ddb\.thinProvisioned[ \t]*=[ \t]*"1""", Lines)]
    private static partial Regex ThinPattern();
}
