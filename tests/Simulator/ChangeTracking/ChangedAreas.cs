using System.Globalization;
using Migrate.Simulator.Disks;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Soap;
using Migrate.Simulator.Values;
using Migrate.Simulator.VirtualMachines;

namespace Migrate.Simulator.ChangeTracking;

/// <summary>QueryChangedDiskAreas: one page of what a disk changed between a change id and a snapshot (or now, when the VM is off).</summary>
internal sealed class ChangedAreas(Vcenter vcenter, VirtualMachine vm)
{
    private const string AllAllocated = "*";

    public DataObject Query(SoapCall call)
    {
        var snapshot = Snapshot(call);
        var disk = vm.Disks.FirstOrDefault(d => d.Key == call.Number("deviceKey"));
        var until = snapshot is null ? disk?.Tracking?.ChangeId : disk is null ? null : snapshot.ChangeIdOf(disk);
        // vSphere says the same for a disk that is not there and one that is not tracked.
        if (disk?.Tracking is null || until is null)
        {
            throw Invalid("deviceKey");
        }

        if (disk.Tracking.IsBroken)
        {
            throw FileError(disk);
        }

        var capacity = snapshot?.FrozenOf(disk)?.CapacityBytes ?? disk.CapacityBytes;
        if (!long.TryParse(call.Required("startOffset"), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var from) || from < 0 || from >= capacity)
        {
            throw Invalid("startOffset");
        }

        return Page(capacity, from, Runs(disk, call.Required("changeId"), until, snapshot?.LayerOf(disk), from, capacity));
    }

    private SnapshotObject? Snapshot(SoapCall call)
    {
        if (call.Reference("snapshot") is { } reference)
        {
            return vcenter.Find(reference) is SnapshotObject found && vm.State.Snapshots.Contains(found) ? found : throw VimFaultException.NotFound(reference);
        }

        // Without a snapshot the disk is read as it is: nobody can while the VM holds it.
        return vm.State.Power == "poweredOff" ? null : throw FileError(vm.Disks[0]);
    }

    private static IEnumerable<Run> Runs(VmDisk disk, string since, string until, DiskLayer? layer, long from, long capacity)
    {
        if (since == AllAllocated)
        {
            return disk.Chain.Allocated(layer, from, capacity);
        }

        if (!since.Contains('/', StringComparison.Ordinal))
        {
            throw Invalid("changeId");
        }

        return disk.Tracking!.Between(since, until)?.In(from, long.MaxValue) ?? throw FileError(disk);
    }

    /// <summary>
    /// An answer describes [startOffset, startOffset + length): as far as its areas or its stretch of the disk reach. Stretches without
    /// changes are answered by an empty page. The last page may end behind the disk, for tracking knows blocks only.
    /// </summary>
    private DataObject Page(long capacity, long from, IEnumerable<Run> runs)
    {
        var options = vcenter.Options.ChangedAreas;
        var end = options.StretchBytes > 0 ? Math.Min(capacity, from + options.StretchBytes) : capacity;
        var areas = new List<Run>();
        foreach (var run in runs.TakeWhile(r => r.Start < end))
        {
            if (areas.Count == options.AreasPerAnswer)
            {
                end = areas[^1].End;
                break;
            }

            var cut = run.End > end ? run with { End = end } : run;
            areas.Add(cut.End == capacity && options.PastTheEnd ? cut with { End = RoundUp(cut.End) } : cut);
        }

        end = end == capacity && options.PastTheEnd ? RoundUp(end) : end;
        return DataObject.Of(
            "DiskChangeInfo",
            ("startOffset", from),
            ("length", end - from),
            ("changedArea", areas.Where(a => !vcenter.Faults.IsLostChange(vm.Name)).Select(a => DataObject.Of("DiskChangeExtent", ("start", a.Start), ("length", a.End - a.Start))).ToList()));
    }

    private static long RoundUp(long offset) => (offset + DiskTracking.BlockBytes - 1) / DiskTracking.BlockBytes * DiskTracking.BlockBytes;

    private static VimFaultException Invalid(string name) => VimFaultException.InvalidArgument(name, $"A specified parameter was not correct: {name}");

    private static VimFaultException FileError(VmDisk disk)
    {
        var file = $"[{disk.Datastore.Name}] {disk.DescriptorName(disk.Chain.Layers[^1])}";
        return new(DataObject.Of("FileFault", ("file", file)), $"Error caused by file {file}");
    }
}

/// <summary>How answers about changes are cut into pages.</summary>
public sealed record ChangedAreaPages
{
    public int AreasPerAnswer { get; init; } = 2000;
    /// <summary>How much of a disk one answer covers at most; 0 = all of it. Small values give empty pages.</summary>
    public long StretchBytes { get; init; }
    /// <summary>The last page and its last area reach to the end of a tracking block, behind the end of the disk.</summary>
    public bool PastTheEnd { get; init; } = true;
}
