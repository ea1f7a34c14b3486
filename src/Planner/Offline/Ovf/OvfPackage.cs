using System.Formats.Tar;

namespace Migrate.Planner.Offline.Ovf;

/// <summary>The files of an OVF package: an .ovf with its files beside it, or an .ova, which is a tar of them in any order.</summary>
internal sealed class OvfPackage
{
    private readonly Func<string, (OvfFile? File, string? Why)> _find;

    private OvfPackage(string path, string name, OvfFile? descriptor, OvfFile? manifest, Func<string, (OvfFile?, string?)> find) =>
        (Path, Name, Descriptor, Manifest, _find) = (path, name, descriptor, manifest, find);

    public string Path { get; }

    /// <summary>How problems name the package.</summary>
    public string Name { get; }

    /// <summary>Null, with a problem, when there is none or it is too large.</summary>
    public OvfFile? Descriptor { get; }

    /// <summary>The digests of the files; null without.</summary>
    public OvfFile? Manifest { get; }

    public static bool IsPackage(string name) => IsArchive(name) || name.EndsWith(".ovf", StringComparison.OrdinalIgnoreCase);

    public static OvfPackage Open(SourceFolder folder, string path, OfflineLimits limits, Problems problems) =>
        IsArchive(path) ? OfArchive(folder.NameOf(path), path, limits, problems) : OfFolder(folder, path, limits, problems);

    /// <summary>A file that the descriptor or the manifest names; null with the reason.</summary>
    public OvfFile? Find(string href, out string? why)
    {
        (var file, why) = _find(href);
        return file;
    }

    private static bool IsArchive(string name) => name.EndsWith(".ova", StringComparison.OrdinalIgnoreCase);

    private static OvfPackage OfFolder(SourceFolder folder, string path, OfflineLimits limits, Problems problems)
    {
        var manifest = System.IO.Path.ChangeExtension(path, ".mf");
        return new OvfPackage(path, folder.NameOf(path), Small(FileOf(path), folder.NameOf(path), limits, problems), File.Exists(manifest) && new FileInfo(manifest).LinkTarget is null ? FileOf(manifest) : null,
            href => folder.Find(path, href, out var why) is { } file ? (FileOf(file), null) : (null, why));
    }

    private static OvfFile FileOf(string path) => new(System.IO.Path.GetFileName(path), path, 0, new FileInfo(path).Length);

    private static OvfPackage OfArchive(string name, string path, OfflineLimits limits, Problems problems)
    {
        var members = Members(name, path, limits, problems);
        var descriptor = members.Values.FirstOrDefault(m => m.Name.EndsWith(".ovf", StringComparison.OrdinalIgnoreCase));
        if (descriptor is null)
        {
            problems.Add(name, "the archive has no .ovf in it");
        }

        return new OvfPackage(path, name, descriptor is null ? null : Small(descriptor, $"{name}/{descriptor.Name}", limits, problems), members.Values.FirstOrDefault(m => m.Name.EndsWith(".mf", StringComparison.OrdinalIgnoreCase)),
            href => members.TryGetValue(Normal(href), out var file) ? (file, null) : (null, "the archive has no such file"));
    }

    private static Dictionary<string, OvfFile> Members(string name, string path, OfflineLimits limits, Problems problems)
    {
        var members = new Dictionary<string, OvfFile>(StringComparer.Ordinal);
        try
        {
            using var stream = File.OpenRead(path);
            if (stream.ReadByte() == 0x1F && stream.ReadByte() == 0x8B)
            {
                problems.Add(name, "the archive is compressed as a whole, which an .ova never is; unpack it (gunzip) first");
                return members;
            }

            stream.Position = 0;
            using var tar = new TarReader(new BoundedReads(stream));
            while (members.Count < limits.Files && tar.GetNextEntry() is { } entry)
            {
                if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile) || entry.DataOffset < 0)
                {
                    continue;
                }

                if (entry.Length > stream.Length - entry.DataOffset)
                {
                    problems.Add(name, $"the archive breaks off inside of {entry.Name}: {entry.Length} bytes are announced, {stream.Length - entry.DataOffset} are there");
                    break;
                }

                if (!members.TryAdd(Normal(entry.Name), new OvfFile(Normal(entry.Name), path, entry.DataOffset, entry.Length)))
                {
                    problems.Add(name, $"{entry.Name} is in the archive twice; the first was taken");
                }
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException or FormatException or ArgumentException or NotSupportedException or OverflowException)
        {
            problems.Add(name, $"the archive is damaged or breaks off: {e.Message}");
        }

        return members;
    }

    private static string Normal(string name) => name.Replace('\\', '/').StartsWith("./", StringComparison.Ordinal) ? name[2..] : name;

    private static OvfFile? Small(OvfFile file, string name, OfflineLimits limits, Problems problems)
    {
        if (file.Length > 0 && file.Length <= limits.FileBytes)
        {
            return file;
        }

        problems.Add(name, file.Length == 0 ? "the file is empty" : $"the file has {file.Length} bytes; more than {limits.FileBytes} are not read");
        return null;
    }
}
