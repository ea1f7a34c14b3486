using Migrate.Executor.Sources.Vmdk;
using Migrate.Planner;
using Migrate.Planner.Inventory;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Sources;

/// <summary>Opens a disk that is files of this machine, and only if they are those that the plan was made of.</summary>
internal static class LocalDisk
{
    /// <param name="folders">Directories besides the disk's own in which its extents and parents may lie.</param>
    /// <exception cref="MigrateException">source.file-changed, and those of the readers.</exception>
    public static IRangeReader Open(Vm vm, PlannedDisk disk, IReadOnlyList<string> folders)
    {
        var place = disk.LocalFile ?? throw Changed(vm, disk, "the plan does not say where it lies");
        IRangeReader reader;
        IReadOnlyList<string> files;
        if (disk.Reader == ReaderChoice.RawFile)
        {
            (reader, files) = (RawFileReader.Open(place.Path, place.Offset, place.Length), [place.Path]);
        }
        else
        {
            var vmdk = VmdkReader.Open(place.Path, new VmdkReaderOptions { Offset = place.Offset, Length = place.Length, AllowedDirectories = folders });
            (reader, files) = (vmdk, vmdk.Files);
        }

        // After they were opened: what is compared is what will be read.
        var known = disk.LocalFiles.Select(f => VmdkPaths.Real(f.Path)).ToHashSet(StringComparer.Ordinal);
        var difference = disk.LocalFiles.Select(f => f.Difference()).OfType<string>().FirstOrDefault()
            ?? files.Where(f => !known.Contains(VmdkPaths.Real(f))).Select(f => $"{f} was not one of its files").FirstOrDefault();
        if (difference is null)
        {
            return reader;
        }

        ((IDisposable)reader).Dispose();
        throw Changed(vm, disk, difference);
    }

    private static MigrateException Changed(Vm vm, PlannedDisk disk, string what) => new(
        "source.file-changed", $"{disk.Label} of '{vm.Name}' is not what it was when the plan was made: {what}.",
        "Put the file back as it was; or roll the run back, synchronise the source and make a new plan for this VM.");
}
