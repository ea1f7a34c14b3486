using Migrate.Planner.Inventory;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>layoutEx: which files a VM has and what each takes.</summary>
internal static class LayoutMapping
{
    private static readonly HashSet<string> Disks = new(StringComparer.Ordinal)
    {
        "diskDescriptor", "diskExtent", "digestDescriptor", "digestExtent", "diskReplicationState",
    };

    public static VmStorage Map(VirtualMachineStorageSummary? summary, VirtualMachineFileLayoutEx? layout)
    {
        var files = (layout?.File ?? []).Where(f => !Disks.Contains(f.Type ?? "")).ToLookup(f => f.Type switch
        {
            "swap" or "uwswap" => "swap",
            "snapshotData" or "snapshotMemory" => "snapshot",
            _ => "other",
        }, f => f.Size);
        return new VmStorage
        {
            CommittedBytes = summary?.Committed ?? 0,
            UncommittedBytes = summary?.Uncommitted ?? 0,
            UnsharedBytes = summary?.Unshared ?? 0,
            SwapBytes = files["swap"].Sum(),
            SnapshotBytes = files["snapshot"].Sum(),
            OtherBytes = files["other"].Sum(),
            InaccessibleFiles = [.. (layout?.File ?? []).Where(f => f.Accessible == false).Select(f => f.Name ?? "")],
        };
    }

    /// <summary>What each disk takes, by device key: with its parents, and the part above the base.</summary>
    public static Dictionary<int, (long Committed, long Delta)> DiskSizes(VirtualMachineFileLayoutEx? layout)
    {
        var sizes = FilesByKey(layout);
        var result = new Dictionary<int, (long, long)>();
        foreach (var disk in layout?.Disk ?? [])
        {
            // The chain begins with the base. One file may stand in several units, and counts once.
            var seen = new HashSet<int>();
            var units = (disk.Chain ?? []).Select(unit => (unit.FileKey ?? []).Where(seen.Add).Sum(key => sizes.GetValueOrDefault(key)?.Size ?? 0)).ToList();
            result[disk.Key] = (units.Sum(), units.Skip(1).Sum());
        }

        return result;
    }

    /// <summary>Descriptors of the disks as each snapshot froze them, by the snapshot's key.</summary>
    public static Dictionary<string, string[]> SnapshotFiles(VirtualMachineFileLayoutEx? layout)
    {
        var files = FilesByKey(layout);
        var result = new Dictionary<string, string[]>(StringComparer.Ordinal);
        foreach (var snapshot in (layout?.Snapshot ?? []).Where(s => s.Key is not null))
        {
            result[snapshot.Key.Value] =
            [
                .. (snapshot.Disk ?? []).SelectMany(disk => disk.Chain?.LastOrDefault()?.FileKey ?? [])
                    .Select(key => files.GetValueOrDefault(key)).Where(f => f?.Type == "diskDescriptor").Select(f => f!.Name ?? ""),
            ];
        }

        return result;
    }

    private static Dictionary<int, VirtualMachineFileLayoutExFileInfo> FilesByKey(VirtualMachineFileLayoutEx? layout) =>
        (layout?.File ?? []).GroupBy(f => f.Key).ToDictionary(g => g.Key, g => g.First());
}
