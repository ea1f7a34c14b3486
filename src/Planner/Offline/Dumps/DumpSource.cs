using Migrate.Planner.Inventory;
using Migrate.Planner.VSphere;

namespace Migrate.Planner.Offline.Dumps;

/// <summary>Reads the inventory out of a dump: a folder, or a zip, tar or tar.gz of one.</summary>
internal sealed class DumpSource(OfflineLimits limits)
{
    /// <exception cref="MigrateException">source.path-unreadable, source.dump-empty, source.several-dumps.</exception>
    public async Task<SourceInventory> ReadAsync(string path, TimeProvider time, CancellationToken cancellationToken)
    {
        var problems = new Problems(limits);
        if (Directory.Exists(path))
        {
            var folder = new SourceFolder(path, limits, problems);
            return await ReadAsync(path, [.. folder.Files(IsXml).Select(f => (folder.NameOf(f), f))], problems, time, cancellationToken);
        }

        if (!File.Exists(path))
        {
            throw OfflinePath.NotThere(path);
        }

        var unpacked = Directory.CreateTempSubdirectory("migrate-dump-");
        try
        {
            var files = new DumpArchive(path, unpacked.FullName, limits, problems).Unpack(cancellationToken);
            return await ReadAsync(path, files, problems, time, cancellationToken);
        }
        finally
        {
            unpacked.Delete(recursive: true);
        }
    }

    private static bool IsXml(string name) => name.EndsWith(".xml", StringComparison.OrdinalIgnoreCase);

    private async Task<SourceInventory> ReadAsync(
        string path, IReadOnlyList<(string Name, string Path)> files, Problems problems, TimeProvider time, CancellationToken cancellationToken)
    {
        var dumped = new List<DumpFile>();
        foreach (var (name, file) in files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Check(name, file, problems) is { } reference)
            {
                dumped.Add(new DumpFile(name, file, reference));
            }
        }

        Refuse(path, files.Count, dumped, problems);
        ReportDuplicates(dumped, problems);
        ReportUnknown(dumped, problems);
        if (!dumped.Exists(f => f.Reference.Type == "VirtualMachine"))
        {
            problems.Add(path, "the dump has no virtual machine");
        }

        var taken = dumped.Where(f => File.Exists(f.Path)).Select(f => File.GetLastWriteTimeUtc(f.Path)).DefaultIfEmpty(time.GetUtcNow().UtcDateTime).Max();
        var reader = new DumpReader(dumped, taken, limits, problems);
        var inventory = await new InventoryReader(reader).ReadAsync(cancellationToken);
        return inventory with { Gaps = [.. inventory.Gaps, .. AbsentObjects.Of(inventory, reader.Absent).Select(line => Problems.OneLine(line, 1000))] };
    }

    private Vim25.ManagedObjectReference? Check(string name, string file, Problems problems)
    {
        using var stream = SourceFolder.Open(file, name, limits, problems);
        if (stream is null)
        {
            return null;
        }

        try
        {
            var reference = DumpXml.Check(stream, Path.GetFileName(name), limits, out var cause);
            if (cause is not null)
            {
                problems.Add(name, cause);
            }

            return reference;
        }
        catch (IOException e)
        {
            problems.Add(name, $"cannot be read: {e.Message}");
            return null;
        }
    }

    /// <summary>Nothing to load, or too much: two servers use the same ids for different objects.</summary>
    private static void Refuse(string path, int files, List<DumpFile> dumped, Problems problems)
    {
        if (dumped.Count == 0)
        {
            throw new MigrateException("source.dump-empty",
                files == 0
                    ? $"{path} has no XML files in it."
                    : $"None of the {files} XML files in {path} is a managed object: {string.Join("; ", problems.Lines.Take(5))}.",
                "Give the folder that 'govc object.save -d FOLDER' wrote, or a zip or tar.gz of it.");
        }

        var folders = dumped.Where(f => f.Reference.Type == "ServiceInstance").Select(f => Path.GetDirectoryName(f.Name) ?? "").Distinct().ToList();
        if (folders.Count > 1)
        {
            throw new MigrateException("source.several-dumps", $"{path} holds several dumps: {string.Join(", ", folders.Take(10).Select(f => f.Length == 0 ? "." : f))}.",
                "Add each of them as a source of its own.");
        }
    }

    private static void ReportDuplicates(List<DumpFile> dumped, Problems problems)
    {
        foreach (var same in dumped.GroupBy(f => f.Reference).Where(g => g.Count() > 1))
        {
            var ordered = same.OrderBy(f => f.Name, StringComparer.Ordinal).ToList();
            foreach (var file in ordered.Skip(1))
            {
                problems.Add(file.Name, $"{same.Key.Type} {same.Key.Value} is already in {ordered[0].Name}, which was taken");
            }
        }
    }

    private static void ReportUnknown(List<DumpFile> dumped, Problems problems)
    {
        foreach (var type in dumped.GroupBy(f => f.Reference.Type).Where(g => !ManagedTypes.IsKnown(g.Key)))
        {
            problems.Add(type.First().Name, $"{type.Key} is a type of object that is not known here; its {type.Count()} objects were not read");
        }
    }
}
