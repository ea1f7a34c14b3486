using Migrate.Simulator.Estates;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Soap;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.VirtualMachines;

/// <summary>The one chain of snapshots that a simulated VM has, and the layers of its disks that belong to it.</summary>
internal sealed class VmSnapshots(Vcenter vcenter, VirtualMachine vm)
{
    /// <summary>What ESXi allows in one chain.</summary>
    private const int MostSnapshots = 32;

    public MoRef Add(string name, string description, bool quiesce = false)
    {
        Check(quiesce);
        var snapshot = vm.Storage.Locked(() =>
        {
            var disks = vm.Disks.Where(d => d.TakesSnapshots).Select(vm.Storage.Freeze).ToList();
            var made = vcenter.Add(new SnapshotObject(vcenter, vcenter.NewId("snapshot"), vm, name, description, quiesce, disks));
            vm.Change(state => state with { Snapshots = [.. state.Snapshots, made] });
            return made;
        });
        return snapshot.Ref;
    }

    public void Remove(SnapshotObject snapshot, bool andChildren)
    {
        var index = vm.State.Snapshots.ToList().IndexOf(snapshot);
        if (index < 0)
        {
            throw VimFaultException.NotFound(snapshot.Ref);
        }

        Remove([.. vm.State.Snapshots.Skip(index).Take(andChildren ? int.MaxValue : 1)]);
    }

    public void RemoveAll() => Remove([.. vm.State.Snapshots]);

    /// <summary>Merges what earlier removals left behind.</summary>
    public void Consolidate() => vm.Storage.Locked(() =>
    {
        vm.Storage.Merge();
        vm.Change(state => state with { ConsolidationNeeded = false });
    });

    public static DataObject? Info(VirtualMachine vm)
    {
        var chain = vm.State.Snapshots;
        return chain.Count == 0 ? null : DataObject.Of(
            "VirtualMachineSnapshotInfo",
            ("currentSnapshot", chain[^1].Ref),
            ("rootSnapshotList", new[] { Tree(chain, 0) }));

        DataObject Tree(IReadOnlyList<SnapshotObject> snapshots, int index) => DataObject.Of(
            "VirtualMachineSnapshotTree",
            ("snapshot", snapshots[index].Ref),
            ("vm", vm.Ref),
            ("name", snapshots[index].Name),
            ("description", snapshots[index].Description),
            ("id", index + 1),
            ("createTime", snapshots[index].Created),
            ("state", snapshots[index].Power),
            ("quiesced", snapshots[index].Quiesced),
            ("childSnapshotList", index + 1 < snapshots.Count ? new[] { Tree(snapshots, index + 1) } : null),
            ("replaySupported", false));
    }

    private void Remove(List<SnapshotObject> gone) => vm.Storage.Locked(() =>
    {
        vm.Change(state => state with { Snapshots = [.. state.Snapshots.Except(gone)] });
        gone.ForEach(s => vcenter.Remove(s.Ref));
        if (vcenter.Faults.ConsolidationsLeft.Take() is null)
        {
            vm.Storage.Merge();
        }
        else
        {
            vm.Change(state => state with { ConsolidationNeeded = true });
        }

        vm.Storage.Stun();
    });

    private void Check(bool quiesce)
    {
        if (vm.State.Snapshots.Count >= MostSnapshots)
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
