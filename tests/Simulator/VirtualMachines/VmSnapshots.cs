using Migrate.Simulator.Estates;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Soap;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.VirtualMachines;

/// <summary>The tree of a VM's snapshots, and the layers of its disks that belong to it.</summary>
internal sealed class VmSnapshots(Vcenter vcenter, VirtualMachine vm)
{
    /// <summary>What ESXi allows in one chain.</summary>
    private const int MostSnapshots = 32;

    public SnapshotObject Add(SnapshotKind kind)
    {
        Check(kind.Quiesced);
        return vm.Storage.Locked(() =>
        {
            vm.Storage.Stun();
            var disks = vm.Disks.Where(d => d.TakesSnapshots).Select(VmStorage.Freeze).ToList();
            var made = vcenter.Add(new SnapshotObject(vcenter, vcenter.NewId("snapshot"), vm, vm.State.Current, kind, disks));
            vm.Change(state => state with { Snapshots = [.. state.Snapshots, made], Current = made });
            return made;
        });
    }

    /// <summary>
    /// The snapshot leaves the tree first; then its deltas are merged, which takes its time, while the guest goes on writing; at the end the VM is stunned
    /// for a moment.
    /// </summary>
    public async Task RemoveAsync(SnapshotObject snapshot, bool andChildren, bool consolidate)
    {
        if (!vm.State.Snapshots.Contains(snapshot))
        {
            throw VimFaultException.NotFound(snapshot.Ref);
        }

        await RemoveAsync([.. vm.State.Snapshots.Where(s => s == snapshot || (andChildren && s.Ancestors.Contains(snapshot)))], consolidate);
    }

    public Task RemoveAllAsync(bool consolidate) => RemoveAsync([.. vm.State.Snapshots], consolidate);

    /// <summary>Merges what earlier removals left behind.</summary>
    public async Task ConsolidateAsync()
    {
        await vm.Storage.MergeTimeAsync(vcenter.Options);
        vm.Storage.Locked(() =>
        {
            vm.Storage.Merge();
            vm.Storage.Stun();
            vm.Change(state => state with { ConsolidationNeeded = false });
        });
    }

    /// <summary>The VM becomes what it was; what was written since its last snapshot is lost, and change tracking starts anew.</summary>
    public Task RevertAsync(SnapshotObject snapshot)
    {
        vm.Storage.Locked(() =>
        {
            if (!vm.State.Snapshots.Contains(snapshot))
            {
                throw VimFaultException.NotFound(snapshot.Ref);
            }

            snapshot.Disks.ToList().ForEach(VmStorage.Revert);
            vm.Change(state => state with { Power = snapshot.Power, Current = snapshot });
        });
        return Task.CompletedTask;
    }

    public static DataObject? Info(VirtualMachine vm)
    {
        var all = vm.State.Snapshots;
        return all.Count == 0 ? null : DataObject.Of(
            "VirtualMachineSnapshotInfo",
            ("currentSnapshot", vm.State.Current?.Ref),
            ("rootSnapshotList", Children(null)));

        List<DataObject>? Children(SnapshotObject? parent) => all.Where(s => s.Parent == parent).Select(Tree).ToList() is { Count: > 0 } trees ? trees : null;

        DataObject Tree(SnapshotObject snapshot) => DataObject.Of(
            "VirtualMachineSnapshotTree",
            ("snapshot", snapshot.Ref),
            ("vm", vm.Ref),
            ("name", snapshot.Name),
            ("description", snapshot.Description),
            ("id", all.ToList().IndexOf(snapshot) + 1),
            ("createTime", snapshot.Created),
            ("state", snapshot.Power),
            ("quiesced", snapshot.Quiesced),
            ("childSnapshotList", Children(snapshot)),
            ("replaySupported", false));
    }

    private async Task RemoveAsync(List<SnapshotObject> gone, bool consolidate)
    {
        var left = !consolidate || vcenter.Faults.ConsolidationsLeft.Take() is not null;
        vm.Storage.Locked(() =>
        {
            foreach (var child in vm.State.Snapshots.Except(gone))
            {
                child.Parent = Staying(child.Parent);
            }

            vm.Change(state => state with { Snapshots = [.. state.Snapshots.Except(gone)], Current = Staying(state.Current) });
            foreach (var snapshot in gone)
            {
                vcenter.Remove(snapshot.Ref);
                vcenter.Leases.Drop(snapshot, "The snapshot that is exported was removed.");
            }
        });
        if (left)
        {
            vm.Change(state => state with { ConsolidationNeeded = true });
            vm.Storage.Stun();
            return;
        }

        await ConsolidateAsync();

        SnapshotObject? Staying(SnapshotObject? snapshot) => snapshot is not null && gone.Contains(snapshot) ? Staying(snapshot.Parent) : snapshot;
    }

    private void Check(bool quiesce)
    {
        if (vm.State.Current?.Ancestors.Count + 1 >= MostSnapshots)
        {
            throw new VimFaultException(new DataObject("TooManySnapshotLevels"), "Snapshot hierarchy is too deep.");
        }

        if (!quiesce || vm.State.Power != "poweredOn")
        {
            return;
        }

        if (vm.Source.Tools != EstateTools.Running || vcenter.Faults.QuiesceFailures.Take() is not null)
        {
            throw new VimFaultException(new DataObject("ApplicationQuiesceFault"),
                "An error occurred while quiescing the virtual machine. See the virtual machine's event log for details.");
        }
    }
}
