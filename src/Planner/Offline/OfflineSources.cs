using System.Text.Json;
using Migrate.Planner.Inventory;
using Migrate.Planner.Offline.Dumps;
using Migrate.Planner.Offline.Ovf;
using Migrate.Planner.Offline.Vmx;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Offline;

/// <summary>Sources that are files on the machine that serves.</summary>
public static class OfflineSources
{
    private const int MaxPaths = 1000;

    /// <summary>Everything that is wrong with a request, before a file is opened.</summary>
    public static void Check(SourceKind kind, IReadOnlyList<string> paths, ICollection<string> errors)
    {
        if (kind == SourceKind.VSphere)
        {
            errors.Add("kind: a server is added with its URL and login, not with paths.");
        }

        if (paths.Count == 0)
        {
            errors.Add("paths: are missing.");
        }
        else if (paths.Count > MaxPaths)
        {
            errors.Add($"paths: {paths.Count} of them; at most {MaxPaths}. Give the folder instead.");
        }
        else if (kind == SourceKind.Dump && paths.Count > 1)
        {
            errors.Add("paths: a dump is one folder or archive; add each as a source of its own.");
        }

        foreach (var path in paths.Take(MaxPaths))
        {
            if (string.IsNullOrWhiteSpace(path) || path.Contains('\0') || !Path.IsPathFullyQualified(path))
            {
                errors.Add($"paths: '{path}' is not an absolute path. Paths are those of the machine that 'migrate serve' runs on.");
            }
            else if (!Path.Exists(path))
            {
                errors.Add($"paths: {path} does not exist on the machine that 'migrate serve' runs on, or may not be read there.");
            }
            else if (File.Exists(path) && Endings(kind) is { Length: > 0 } endings && !endings.Any(e => path.EndsWith(e, StringComparison.OrdinalIgnoreCase)))
            {
                errors.Add($"paths: {path} is not a file of this kind; its name would end in {string.Join(" or ", endings)}.");
            }
        }
    }

    /// <summary>What single files of a kind are called; none for dumps, whose archives have many names.</summary>
    private static string[] Endings(SourceKind kind) => kind switch
    {
        SourceKind.Vmx => [".vmx", ".vmtx"],
        SourceKind.Ova => [".ova", ".ovf"],
        _ => [],
    };

    public static Source Create(string name, SourceKind kind, IReadOnlyList<string> paths, TimeProvider time) => new()
    {
        Id = Guid.NewGuid(),
        Name = name,
        Kind = kind,
        Paths = JsonSerializer.Serialize([.. paths], PlannerJson.Default.IReadOnlyListString),
        Url = "",
        UserName = "",
        ProtectedPassword = "",
        CreatedAt = time.GetUtcNow().UtcDateTime,
    };

    public static IReadOnlyList<string> Paths(Source source) => JsonSerializer.Deserialize(source.Paths, PlannerJson.Default.IReadOnlyListString) ?? [];

    /// <summary>What the files say now. What cannot be read of them is a line of <see cref="SourceInventory.Gaps"/>.</summary>
    /// <exception cref="MigrateException">source.path-unreadable, source.dump-empty, source.several-dumps, source.no-vms.</exception>
    public static Task<SourceInventory> ReadAsync(Source source, TimeProvider time, CancellationToken cancellationToken) => source.Kind switch
    {
        SourceKind.Vmx => Task.Run(() => new VmxSource(OfflineLimits.Default).Read(Paths(source), time, cancellationToken), cancellationToken),
        SourceKind.Ova => new OvfSource(OfflineLimits.Default).ReadAsync(Paths(source), time, cancellationToken),
        SourceKind.Dump => new DumpSource(OfflineLimits.Default).ReadAsync(Paths(source)[0], time, cancellationToken),
        _ => throw new ArgumentOutOfRangeException(nameof(source), source.Kind, "no files"),
    };

    /// <summary>
    /// Reads every file of OVF packages and compares it with the packages' manifests: as long as reading the disks takes. Gives one line
    /// for each that differs, is absent, or has no manifest to compare it with.
    /// </summary>
    public static async Task<IReadOnlyList<string>> CheckDigestsAsync(Source source, CancellationToken cancellationToken) =>
        await OvfSource.CheckDigestsAsync(Paths(source), OfflineLimits.Default, cancellationToken);

    /// <summary>Whether disks can be copied out of it: a dump tells of disks and holds none.</summary>
    public static bool HasDisks(Source source) => source.Kind != SourceKind.Dump;

    /// <summary>The directories below which its files lie. Whatever a disk names outside of them is not opened.</summary>
    public static IReadOnlyList<string> Folders(Source source) =>
        [.. Paths(source).Select(p => Directory.Exists(p) ? Path.GetFullPath(p) : Path.GetDirectoryName(Path.GetFullPath(p))!).Distinct(StringComparer.Ordinal)];

    /// <summary>One VM of a source that has disks, as its files say now; null when they no longer have it.</summary>
    /// <exception cref="MigrateException">source.path-unreadable, source.offline.</exception>
    public static Task<Vm?> ReadVmAsync(Source source, string vmKey, CancellationToken cancellationToken) => source.Kind switch
    {
        SourceKind.Vmx => Task.Run(() => new VmxSource(OfflineLimits.Default).ReadVm(Paths(source), vmKey, cancellationToken), cancellationToken),
        SourceKind.Ova => new OvfSource(OfflineLimits.Default).ReadVmAsync(Paths(source), vmKey, cancellationToken),
        _ => throw NoServer(source),
    };

    /// <summary>What is told where a server is needed and the source has none.</summary>
    public static MigrateException NoServer(Source source) => new(
        "source.offline",
        HasDisks(source)
            ? $"Source '{source.Name}' is offline: it consists of files ({string.Join(", ", Paths(source))}), and there is no server that could power a VM on or off."
            : $"Source '{source.Name}' is offline: it consists of files ({string.Join(", ", Paths(source))}) that tell of VMs and hold no disks, and there is no server to read them from.",
        "Add the vCenter or ESXi host itself as a source (migrate source add NAME --url URL --user USER) and make the plan on that one.");
}
