using Migrate.Simulator.Disks;

namespace Migrate.Simulator.VirtualMachines;

/// <summary>
/// The disks of a VM while it is used: the guest's writes, and the moments at which all of them stand still together. The deltas take
/// their space from the datastores.
/// </summary>
public sealed class VmStorage(VirtualMachine vm)
{
    private readonly Lock _lock = new();

    public void Locked(Action work)
    {
        lock (_lock)
        {
            work();
        }
    }

    public T Locked<T>(Func<T> work)
    {
        lock (_lock)
        {
            return work();
        }
    }

    /// <summary>The guest writes what <paramref name="seed"/> makes (0 = zeroes). A VM that is not running writes nothing.</summary>
    public void Write(VmDisk disk, long offset, long length, ulong seed) => Locked(() =>
    {
        if (vm.State.Power == "poweredOn")
        {
            Measured(disk, () => disk.Chain.Write(offset, length, seed));
            disk.Tracking?.Record(offset, length);
        }
    });

    /// <summary>For the snapshot being taken, which also stuns the VM.</summary>
    internal FrozenDisk Freeze(VmDisk disk)
    {
        disk.Tracking?.Stunned(vm.TracksChanges);
        return new FrozenDisk(disk, Measured(disk, disk.Chain.Freeze), disk.Tracking?.Freeze());
    }

    /// <summary>Merges the layers that no snapshot needs.</summary>
    internal void Merge()
    {
        foreach (var disk in vm.Disks)
        {
            var needed = vm.State.Snapshots.Select(s => s.LayerOf(disk)).OfType<DiskLayer>().ToHashSet();
            Measured(disk, () => disk.Chain.Merge(needed));
        }
    }

    /// <summary>The VM stops for a moment, or starts: the flag of change tracking takes effect.</summary>
    internal void Stun() => Locked(() =>
    {
        foreach (var disk in vm.Disks)
        {
            disk.Tracking?.Stunned(vm.TracksChanges);
        }
    });

    private static void Measured(VmDisk disk, Action work) => Measured(disk, () =>
    {
        work();
        return true;
    });

    private static T Measured<T>(VmDisk disk, Func<T> work)
    {
        var before = disk.Chain.DeltaBytes;
        var result = work();
        disk.Datastore.AddDelta(disk.Chain.DeltaBytes - before);
        return result;
    }
}
