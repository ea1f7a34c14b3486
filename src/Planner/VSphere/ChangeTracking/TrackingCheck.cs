using Migrate.Planner.Inventory;

namespace Migrate.Planner.VSphere.ChangeTracking;

/// <summary>Why a VM's changes cannot be tracked: everything at once, each with the thing and the cause.</summary>
internal static class TrackingCheck
{
    public static IReadOnlyList<string> ProblemsOf(TrackedVm vm, TrackingState state)
    {
        var problems = new List<string>();
        if (vm.Supported == false)
        {
            problems.Add("the VM cannot have change tracking (capability.changeTrackingSupported)");
        }

        if (vm.HardwareNumber is < 7)
        {
            problems.Add($"hardware version {vm.HardwareVersion} is older than 7");
        }

        var foreign = vm.Snapshots.Where(s => !SnapshotNames.IsOurs(s.Name, s.Description, state.RunId)).ToList();
        if (foreign.Count > 0)
        {
            problems.Add($"it has {foreign.Count} snapshots ({string.Join(", ", foreign.Take(3).Select(s => $"'{s.Name}'"))}): tracking that begins beside them gives wrong answers");
        }

        if (vm.ConsolidationNeeded)
        {
            problems.Add("its disks need consolidation: deltas of removed snapshots are still in use");
        }

        problems.AddRange(vm.Disks.SelectMany(ProblemsOf));
        var gone = state.Disks.Where(d => vm.Disks.All(v => v.Key != d.Key)).ToList();
        problems.AddRange(gone.Select(d => $"{d.Label} (key {d.Key}) is no longer there"));
        problems.AddRange(vm.Disks.Where(v => state.Disks.All(d => d.Key != v.Key)).Select(v => $"{v.Label} (key {v.Key}) is new"));
        problems.AddRange(from disk in state.Disks
                          join now in vm.Disks on disk.Key equals now.Key
                          where disk.CapacityBytes != now.CapacityBytes || (disk.Uuid is not null && now.Uuid is not null && disk.Uuid != now.Uuid)
                          select disk.Uuid != now.Uuid && disk.Uuid is not null && now.Uuid is not null
                              ? $"{disk.Label} is another disk now ({now.Uuid} instead of {disk.Uuid})"
                              : $"{disk.Label} has {now.CapacityBytes} bytes now instead of {disk.CapacityBytes}");
        return problems;
    }

    private static IEnumerable<string> ProblemsOf(VirtualDisk disk)
    {
        var trackable = disk.BackingType is "VirtualDiskFlatVer2BackingInfo" or "VirtualDiskSparseVer2BackingInfo" or "VirtualDiskSeSparseBackingInfo" or "VirtualDiskRawDiskVer2BackingInfo"
            || (disk.BackingType == "VirtualDiskRawDiskMappingVer1BackingInfo" && disk.RdmCompatibility == "virtualMode");
        if (!trackable)
        {
            yield return $"{disk.Label} is a {disk.BackingType}{(disk.RdmCompatibility is { } mode ? $" in {mode}" : "")}, which is not tracked";
        }

        if (disk.DiskMode != "persistent")
        {
            yield return $"{disk.Label} is {disk.DiskMode}: snapshots leave it out";
        }

        if (disk.Sharing is not ("sharingNone" or ""))
        {
            yield return $"{disk.Label} is shared with other VMs ({disk.Sharing})";
        }
    }
}
