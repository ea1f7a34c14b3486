using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Migrate.Executor.Sources.Vmdk;

/// <summary>
/// The text that says what a VMDK is made of (VMware's Virtual Disk Format 5.0, "The Descriptor File"). File names are the file's own claims:
/// whoever opens them checks where they lead.
/// </summary>
internal sealed partial record VmdkDescriptor(string CreateType, uint ContentId, uint? ParentContentId, string? ParentHint, IReadOnlyList<VmdkExtentLine> Extents)
{
    /// <summary>Bytes: a descriptor of the largest disk in extents of 2 GB has some 3 MB.</summary>
    public const int Longest = 4 << 20;

    private const uint NoParent = 0xffffffff;

    /// <summary>64 TiB in extents of 2 GB would have this many; far more are an attack.</summary>
    private const int MostExtents = 40_000;

    private const long LargestDisk = 1L << 46;

    public long CapacityBytes => Extents.Sum(e => e.Bytes);

    public static VmdkDescriptor Parse(ReadOnlySpan<byte> bytes, string path)
    {
        // Embedded descriptors are padded with zeroes. Names may be in any encoding that keeps ASCII; Latin-1 keeps all bytes.
        var end = bytes.IndexOf((byte)0);
        var raw = end < 0 ? bytes : bytes[..end];
        var text = IsUtf8(raw) ? Encoding.UTF8.GetString(raw) : Encoding.Latin1.GetString(raw);
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var extents = new List<VmdkExtentLine>();
        foreach (var line in text.Split('\n', '\r').Select(l => l.Trim().TrimStart('\uFEFF')).Where(l => l.Length > 0 && l[0] != '#'))
        {
            if (ExtentPattern().Match(line) is { Success: true } match)
            {
                extents.Add(ExtentOf(match, path));
            }
            else if (line.IndexOf('=', StringComparison.Ordinal) is var equals and > 0)
            {
                values.TryAdd(line[..equals].Trim(), line[(equals + 1)..].Trim().Trim('"'));
            }
        }
        if (extents.Count is 0 or > MostExtents || extents.Sum(e => (decimal)e.Bytes) > LargestDisk)
        {
            throw VmdkFileFault.Corrupt(path, $"its descriptor names {extents.Count} extents with {extents.Sum(e => (decimal)e.Bytes)} bytes");
        }
        var parent = IdOf(values, "parentCID", path, NoParent);
        return new VmdkDescriptor(values.GetValueOrDefault("createType", ""), IdOf(values, "CID", path, 0), parent == NoParent ? null : parent,
            values.GetValueOrDefault("parentFileNameHint"), extents);
    }

    private static VmdkExtentLine ExtentOf(Match match, string path)
    {
        var sectorsOk = long.TryParse(match.Groups["size"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var sectors);
        var offset = 0L;
        var offsetOk = !match.Groups["offset"].Success || long.TryParse(match.Groups["offset"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out offset);
        if (!sectorsOk || !offsetOk || sectors is 0 or > LargestDisk / VmdkHeader.SectorSize || offset > LargestDisk / VmdkHeader.SectorSize)
        {
            throw VmdkFileFault.Corrupt(path, $"an extent of {match.Groups["size"].Value} sectors at {match.Groups["offset"].Value}");
        }
        return new VmdkExtentLine(match.Groups["access"].Value.ToUpperInvariant(), sectors * VmdkHeader.SectorSize, match.Groups["type"].Value.ToUpperInvariant(),
            match.Groups["file"].Success ? match.Groups["file"].Value : null, offset * VmdkHeader.SectorSize);
    }

    private static uint IdOf(Dictionary<string, string> values, string key, string path, uint otherwise)
        => !values.TryGetValue(key, out var text) ? otherwise
            : uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var id) ? id
            : throw VmdkFileFault.Corrupt(path, $"its {key} is no content id");

    private static bool IsUtf8(ReadOnlySpan<byte> bytes) => System.Text.Unicode.Utf8.IsValid(bytes);

    [GeneratedRegex("""^(?<access>RW|RDONLY|NOACCESS)\s+(?<size>\d+)\s+(?<type>\w+)(\s+"(?<file>[^"]*)"(\s+(?<offset>\d+))?)?""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex ExtentPattern();
}

/// <summary>A line like: RW 4194304 SPARSE "disk-s001.vmdk". Sizes in bytes; <paramref name="Start"/> is where a flat extent begins in its file.</summary>
internal sealed record VmdkExtentLine(string Access, long Bytes, string Type, string? File, long Start);
