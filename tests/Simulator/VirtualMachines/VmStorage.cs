using Migrate.Simulator.Disks;
using Migrate.Simulator.Storage;

namespace Migrate.Simulator.VirtualMachines;

/// <summary>
/// The disks of a VM while it is used: the guest's writes, and the moments at which all of them stand still together. The deltas take
/// their space from the datastores.
/// </summary>
public sealed class VmStorage(VirtualMachine vm)
{
    private readonly Lock _lock = new();
    private DateTime _stunnedUntil;
    private int _stuns;

    /// <summary>How often the VM has been stunned.</summary>
    public int Stuns => Volatile.Read(ref _stuns);

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

    /// <summary>The guest writes what <paramref name="seed"/> makes (0 = zeroes). A VM that is not running, or is stunned, writes nothing.</summary>
    public void Write(VmDisk disk, long offset, long length, ulong seed) => Locked(() =>
    {
        if (vm.State.Power == "poweredOn" && vm.Vcenter.Now >= _stunnedUntil)
        {
            Measured(disk, () => disk.Chain.Write(offset, length, seed));
            disk.Tracking?.Record(offset, length);
        }
    });

    /// <summary>Somebody changed the size of a disk; tracking does not outlive that.</summary>
    public void Resize(VmDisk disk, long capacityBytes) => Locked(() =>
    {
        disk.CapacityBytes = capacityBytes;
        disk.Tracking?.Reset();
    });

    /// <summary>Storage vMotion: the files lie elsewhere now, with a new tracking file.</summary>
    public void Relocate(Datastore datastore) => Locked(() =>
    {
        foreach (var disk in vm.Disks)
        {
            disk.Datastore.AddDelta(-disk.Chain.DeltaBytes);
            disk.Datastore = datastore;
            datastore.AddDelta(disk.Chain.DeltaBytes);
            disk.Tracking?.Reset();
        }
    });

    /// <summary>The host died under the VM: nobody closed the tracking files.</summary>
    public void LosePower() => Locked(() =>
    {
        vm.Change(state => state with { Power = "poweredOff" });
        foreach (var disk in vm.Disks)
        {
            disk.Tracking?.Reset();
        }
    });

    /// <summary>The VM stops for a moment, or starts: the flag of change tracking takes effect.</summary>
    public void Stun() => Locked(() =>
    {
        _stunnedUntil = vm.Vcenter.Now + vm.Vcenter.Options.StunDuration;
        _stuns++;
        foreach (var disk in vm.Disks)
        {
            disk.Tracking?.Stunned(vm.TracksChanges);
        }
    });

    /// <summary>For the snapshot being taken, in its stun.</summary>
    internal static FrozenDisk Freeze(VmDisk disk) => new(disk, Measured(disk, disk.Chain.Freeze), disk.CapacityBytes, disk.Tracking?.Freeze());

    internal static void Revert(FrozenDisk to)
    {
        Measured(to.Disk, () => to.Disk.Chain.Revert(to.Layer.Present));
        to.Disk.CapacityBytes = to.CapacityBytes;
        to.Disk.Tracking?.Reset();
    }

    /// <summary>Waits as long as merging the deltas takes.</summary>
    internal Task MergeTimeAsync(SimulatorOptions options) => options.MergeBytesPerSecond is { } rate
        ? Task.Delay(TimeSpan.FromSeconds(vm.Disks.Sum(d => d.Chain.DeltaBytes) / (double)rate), options.Time)
        : Task.CompletedTask;

    /// <summary>Merges the layers that no snapshot needs.</summary>
    internal void Merge()
    {
        foreach (var disk in vm.Disks)
        {
            Measured(disk, () => disk.Chain.Merge(vm.State.Snapshots.Select(s => s.LayerOf(disk)).OfType<DiskLayer>()));
        }
    }

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
