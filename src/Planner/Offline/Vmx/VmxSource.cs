using Migrate.Planner.Inventory;
using Migrate.Planner.Offline.Vmdk;

namespace Migrate.Planner.Offline.Vmx;

/// <summary>VMs out of their .vmx files: single ones, and every one below a folder.</summary>
internal sealed class VmxSource(OfflineLimits limits)
{
    /// <exception cref="MigrateException">source.path-unreadable, source.no-vms.</exception>
    public SourceInventory Read(IReadOnlyList<string> paths, TimeProvider time, CancellationToken cancellationToken)
    {
        var problems = new Problems(limits);
        var vms = new Dictionary<string, Vm>(StringComparer.Ordinal);
        var found = 0;
        foreach (var (folder, file) in Files(paths, problems))
        {
            cancellationToken.ThrowIfCancellationRequested();
            found++;
            // Two of the paths may lead to the same file.
            if (!vms.ContainsKey(file) && ReadVm(folder, file, problems) is { } vm)
            {
                vms.Add(file, vm);
            }
        }

        if (vms.Count == 0)
        {
            throw new MigrateException("source.no-vms",
                found == 0 ? $"There is no .vmx file in {string.Join(", ", paths)}." : $"None of the {found} .vmx files describes a VM: {string.Join("; ", problems.Lines.Take(5))}.",
                "Give .vmx files, or a folder that holds some at any depth.");
        }

        ReportTwins(vms.Values, problems);
        return new SourceInventory
        {
            About = new SourceAbout($"{vms.Count} .vmx files", "vmx", "", ""),
            TakenAt = time.GetUtcNow().UtcDateTime,
            Vms = [.. vms.Values.OrderBy(v => v.Key, StringComparer.Ordinal)],
            Gaps = [.. problems.Lines],
        };
    }

    /// <summary>One VM; null when none of the files is its.</summary>
    public Vm? ReadVm(IReadOnlyList<string> paths, string vmKey, CancellationToken cancellationToken)
    {
        var problems = new Problems(limits);
        foreach (var (folder, file) in Files(paths, problems))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (OfflineKey.Of(file) == vmKey)
            {
                return ReadVm(folder, file, problems);
            }
        }

        return null;
    }

    private IEnumerable<(SourceFolder Folder, string File)> Files(IReadOnlyList<string> paths, Problems problems)
    {
        foreach (var path in paths)
        {
            var isFolder = Directory.Exists(path);
            if (!isFolder && !File.Exists(path))
            {
                throw OfflinePath.NotThere(path);
            }

            var folder = new SourceFolder(isFolder ? path : Path.GetDirectoryName(Path.GetFullPath(path))!, limits, problems);
            foreach (var file in isFolder ? folder.Files(IsVmx) : [Path.GetFullPath(path)])
            {
                yield return (folder, file);
            }
        }
    }

    private static bool IsVmx(string name) => name.EndsWith(".vmx", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".vmtx", StringComparison.OrdinalIgnoreCase);

    private Vm? ReadVm(SourceFolder folder, string path, Problems problems)
    {
        var name = folder.NameOf(path);
        if (ReadSettings(folder, path, problems) is not { } vmx)
        {
            return null;
        }

        if (vmx["config.version"] is null && vmx["virtualHW.version"] is null && vmx["displayName"] is null && vmx["encryption.keySafe"] is null)
        {
            problems.Add(name, "it has none of the settings that every VM has (config.version, virtualHW.version, displayName)");
            return null;
        }

        if (vmx["encryption.data"] is not null)
        {
            problems.Add(name, "it is encrypted: all but its name and its locks is unreadable without the key");
        }

        var vmsd = Path.ChangeExtension(path, ".vmsd");
        var snapshots = File.Exists(vmsd) && new FileInfo(vmsd) is { LinkTarget: null, Length: > 0 } && ReadSettings(folder, vmsd, problems) is { } settings
            ? VmxSnapshots.Of(settings, folder.NameOf(vmsd), problems)
            : [];
        return VmxMapping.Map(vmx, snapshots, path, name, OfflineKey.Of(path), new LocalDisks(folder, problems), problems);
    }

    private VmxSettings? ReadSettings(SourceFolder folder, string path, Problems problems)
    {
        using var stream = SourceFolder.Open(path, folder.NameOf(path), limits with { FileBytes = limits.TextBytes }, problems);
        if (stream is null)
        {
            return null;
        }

        try
        {
            var bytes = new byte[Math.Min(stream.Length, limits.TextBytes)];
            var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return VmxFile.Parse(bytes[..length], folder.NameOf(path), problems);
        }
        catch (IOException e)
        {
            problems.Add(folder.NameOf(path), $"cannot be read: {e.Message}");
            return null;
        }
    }

    private static void ReportTwins(IEnumerable<Vm> vms, Problems problems)
    {
        foreach (var twins in vms.Where(v => v.BiosUuid is not null).GroupBy(v => v.BiosUuid).Where(g => g.Count() > 1))
        {
            problems.Add(twins.Key!, $"{twins.Count()} files have this uuid.bios: {string.Join(", ", twins.Take(5).Select(v => v.VmPathName))}; copies of one VM cannot be told apart");
        }
    }
}
