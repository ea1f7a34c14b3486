using Migrate.Simulator.Disks;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Soap;

namespace Migrate.Simulator.VirtualMachines;

/// <summary>A snapshot: the VM's configuration and the frozen layer of each disk.</summary>
public sealed class SnapshotObject(Vcenter vcenter, string id, VirtualMachine vm, string label, string description, bool quiesced, IReadOnlyList<FrozenDisk> disks)
    : ManagedObject("VirtualMachineSnapshot", id)
{
    public string Name { get; } = label;

    public string Description { get; } = description;

    public string Power { get; } = vm.State?.Power ?? "poweredOff";

    public bool Quiesced { get; } = quiesced;

    public DateTime Created { get; } = vcenter.Now;

    /// <summary>Of those disks that snapshots do not leave alone.</summary>
    public IReadOnlyList<FrozenDisk> Disks { get; } = disks;

    public DiskLayer? LayerOf(VmDisk disk) => Disks.FirstOrDefault(d => d.Disk == disk)?.Layer;

    public string? ChangeIdOf(VmDisk disk) => Disks.FirstOrDefault(d => d.Disk == disk)?.ChangeId;

    public override Task<Reply> InvokeAsync(SoapCall call, CancellationToken cancellationToken)
    {
        switch (call.Method)
        {
            case "RemoveSnapshot_Task":
                var andChildren = call.Flag("removeChildren");
                var task = vcenter.Tasks.Start(vm, call.Method, "VirtualMachineSnapshot.remove", () =>
                {
                    new VmSnapshots(vcenter, vm).Remove(this, andChildren);
                    return null;
                });
                return Task.FromResult(new Reply(task.Ref, "ManagedObjectReference"));
            case "ExportSnapshot":
                return Task.FromResult(new Reply(vcenter.Leases.Open(vm, this).Ref, "ManagedObjectReference"));
            default:
                return base.InvokeAsync(call, cancellationToken);
        }
    }

    protected override object? Property(string name)
    {
        var before = vm.State.Snapshots.TakeWhile(s => s != this).ToList();
        return name switch
        {
            "config" => VmConfig.Of(vcenter, vm, vm.State with { Snapshots = before, Power = Power, At = this }),
            "vm" => vm.Ref,
            "childSnapshot" => vm.State.Snapshots.Skip(before.Count + 1).Take(1).Select(s => s.Ref).ToList(),
            _ => null,
        };
    }
}

/// <summary>A disk in a snapshot: the layer that it froze, and the change id (null: not tracked) that stands for this moment.</summary>
public sealed record FrozenDisk(VmDisk Disk, DiskLayer Layer, string? ChangeId);
