using Migrate.Planner.Inventory;

namespace Migrate.Planner.Offline.Ovf;

/// <summary>VMs out of OVF packages: .ova files and .ovf files with their disks beside them, single ones and all below a folder.</summary>
internal sealed class OvfSource(OfflineLimits limits)
{
    /// <exception cref="MigrateException">source.path-unreadable, source.no-vms.</exception>
    public async Task<SourceInventory> ReadAsync(IReadOnlyList<string> paths, TimeProvider time, CancellationToken cancellationToken)
    {
        var problems = new Problems(limits);
        var vms = new Dictionary<string, Vm>(StringComparer.Ordinal);
        var packages = 0;
        foreach (var package in Packages(paths, limits, problems))
        {
            packages++;
            await ReadAsync(package, vms, problems, cancellationToken);
        }

        if (vms.Count == 0)
        {
            throw new MigrateException("source.no-vms",
                packages == 0 ? $"There is no .ova or .ovf file in {string.Join(", ", paths)}." : $"None of the {packages} packages has a VM that can be read: {string.Join("; ", problems.Lines.Take(5))}.",
                "Give .ova or .ovf files, or a folder that holds some at any depth.");
        }

        return new SourceInventory
        {
            About = new SourceAbout($"{packages} OVF packages", "ovf", "", ""),
            TakenAt = time.GetUtcNow().UtcDateTime,
            Vms = [.. vms.Values.OrderBy(v => v.Key, StringComparer.Ordinal)],
            Networks = Networks(vms.Values),
            Gaps = [.. problems.Lines],
        };
    }

    /// <summary>One VM; null when none of the packages has it.</summary>
    public async Task<Vm?> ReadVmAsync(IReadOnlyList<string> paths, string vmKey, CancellationToken cancellationToken)
    {
        var problems = new Problems(limits);
        var vms = new Dictionary<string, Vm>(StringComparer.Ordinal);
        foreach (var package in Packages(paths, limits, problems))
        {
            await ReadAsync(package, vms, problems, cancellationToken);
            if (vms.TryGetValue(vmKey, out var vm))
            {
                return vm;
            }
        }

        return null;
    }

    /// <summary>Compares the packages' files with their manifests; one line for each that differs.</summary>
    public static async Task<IReadOnlyList<string>> CheckDigestsAsync(IReadOnlyList<string> paths, OfflineLimits limits, CancellationToken cancellationToken)
    {
        var (ignored, problems) = (new Problems(limits), new Problems(limits));
        foreach (var package in Packages(paths, limits, ignored))
        {
            await OvfManifest.CheckAsync(package, problems, cancellationToken);
        }

        return [.. problems.Lines];
    }

    private static IEnumerable<OvfPackage> Packages(IReadOnlyList<string> paths, OfflineLimits limits, Problems problems)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var path in paths)
        {
            var isFolder = Directory.Exists(path);
            if (!isFolder && !File.Exists(path))
            {
                throw OfflinePath.NotThere(path);
            }

            var folder = new SourceFolder(isFolder ? path : Path.GetDirectoryName(Path.GetFullPath(path))!, limits, problems);
            // Two of the paths may lead to the same file.
            foreach (var file in (isFolder ? folder.Files(OvfPackage.IsPackage) : [Path.GetFullPath(path)]).Where(seen.Add))
            {
                yield return OvfPackage.Open(folder, file, limits, problems);
            }
        }
    }

    private async Task ReadAsync(OvfPackage package, Dictionary<string, Vm> vms, Problems problems, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (package.Descriptor is null)
        {
            return;
        }

        try
        {
            await using var stream = package.Descriptor.Open();
            if (OvfEnvelope.Read(stream, package.Name, limits, problems) is { } envelope)
            {
                Add(package, envelope, vms, problems);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add(package.Name, $"cannot be read: {e.Message}");
        }
    }

    private static void Add(OvfPackage package, OvfEnvelope envelope, Dictionary<string, Vm> vms, Problems problems)
    {
        if (envelope.Systems.Count == 0)
        {
            problems.Add(package.Name, "it describes no VM");
        }

        foreach (var system in envelope.Systems)
        {
            var vm = OvfMapping.Map(system, package, envelope, problems);
            if (!vms.TryAdd(vm.Key, vm))
            {
                problems.Add(package.Name, $"two systems have the id of {vm.Name}; the first was taken");
            }
        }
    }

    private static List<Network> Networks(IEnumerable<Vm> vms) =>
        [.. vms.SelectMany(v => v.Nics).Select(n => n.NetworkName).Where(n => n.Length > 0).Distinct().Order(StringComparer.Ordinal).Select(n => new Network(n, n, "OVF"))];
}
