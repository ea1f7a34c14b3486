using Migrate.Simulator.Inventory;
using Migrate.Simulator.Soap;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.VirtualMachines;

/// <summary>The one chain of snapshots that a simulated VM has.</summary>
internal sealed class VmSnapshots(Vcenter vcenter, VirtualMachine vm)
{
    public MoRef Add(string name, string description)
    {
        var snapshot = vcenter.Add(new SnapshotObject(vcenter, vcenter.NewId("snapshot"), vm, name, description, vm.State?.Power ?? "poweredOff"));
        vm.Change(state => state with { Snapshots = [.. state.Snapshots, snapshot] });
        return snapshot.Ref;
    }

    public void Remove(SnapshotObject snapshot, bool andChildren)
    {
        var index = vm.State.Snapshots.ToList().IndexOf(snapshot);
        var gone = vm.State.Snapshots.Skip(index).Take(andChildren ? int.MaxValue : 1).ToList();
        vm.Change(state => state with { Snapshots = [.. state.Snapshots.Except(gone)] });
        gone.ForEach(s => vcenter.Remove(s.Ref));
    }

    public void RemoveAll()
    {
        foreach (var snapshot in vm.State.Snapshots)
        {
            vcenter.Remove(snapshot.Ref);
        }

        vm.Change(state => state with { Snapshots = [] });
    }

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
            ("quiesced", false),
            ("childSnapshotList", index + 1 < snapshots.Count ? new[] { Tree(snapshots, index + 1) } : null),
            ("replaySupported", false));
    }
}

public sealed class SnapshotObject(Vcenter vcenter, string id, VirtualMachine vm, string label, string description, string power)
    : ManagedObject("VirtualMachineSnapshot", id)
{
    public string Name { get; } = label;

    public string Description { get; } = description;

    public string Power { get; } = power;

    public DateTime Created { get; } = vcenter.Now;

    public override Task<Reply> InvokeAsync(SoapCall call, CancellationToken cancellationToken)
    {
        if (call.Method != "RemoveSnapshot_Task")
        {
            return base.InvokeAsync(call, cancellationToken);
        }

        var andChildren = call.Flag("removeChildren");
        var task = vcenter.Tasks.Start(vm, call.Method, "VirtualMachineSnapshot.remove", () =>
        {
            new VmSnapshots(vcenter, vm).Remove(this, andChildren);
            return null;
        });
        return Task.FromResult(new Reply(task.Ref, "ManagedObjectReference"));
    }

    protected override object? Property(string name)
    {
        var before = vm.State.Snapshots.TakeWhile(s => s != this).ToList();
        return name switch
        {
            // The frozen disks: what was current before this snapshot was taken.
            "config" => VmConfig.Of(vcenter, vm, vm.State with { Snapshots = before, Power = Power }),
            "vm" => vm.Ref,
            "childSnapshot" => vm.State.Snapshots.Skip(before.Count + 1).Take(1).Select(s => s.Ref).ToList(),
            _ => null,
        };
    }
}
