using Migrate.Simulator.Disks;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Soap;

namespace Migrate.Simulator.VirtualMachines;

/// <summary>A snapshot: the VM's configuration and the frozen layer of each disk.</summary>
public sealed class SnapshotObject(Vcenter vcenter, string id, VirtualMachine vm, SnapshotObject? parent, SnapshotKind kind, IReadOnlyList<FrozenDisk> disks)
    : ManagedObject("VirtualMachineSnapshot", id)
{
    public string Name => kind.Name;

    public string Description => kind.Description;

    /// <summary>What a VM is in that goes back to it: off, unless its memory was kept.</summary>
    public string Power { get; } = kind.Memory ? vm.State.Power : "poweredOff";

    public bool Quiesced => kind.Quiesced;

    public DateTime Created { get; } = vcenter.Now;

    /// <summary>The one that it was taken on; removals of others move it.</summary>
    public SnapshotObject? Parent { get; internal set; } = parent;

    /// <summary>Of those disks that snapshots do not leave alone.</summary>
    public IReadOnlyList<FrozenDisk> Disks { get; } = disks;

    /// <summary>From the root of its branch to the one before it.</summary>
    public IReadOnlyList<SnapshotObject> Ancestors => Parent is null ? [] : [.. Parent.Ancestors, Parent];

    public FrozenDisk? FrozenOf(VmDisk disk) => Disks.FirstOrDefault(d => d.Disk == disk);

    public DiskLayer? LayerOf(VmDisk disk) => FrozenOf(disk)?.Layer.Present;

    public string? ChangeIdOf(VmDisk disk) => FrozenOf(disk)?.ChangeId;

    public override Task<Reply> InvokeAsync(SoapCall call, CancellationToken cancellationToken)
    {
        var snapshots = new VmSnapshots(vcenter, vm);
        switch (call.Method)
        {
            case "RemoveSnapshot_Task":
                var andChildren = call.Flag("removeChildren");
                var consolidate = call.Text("consolidate") is not ("false" or "0");
                return Started(call, "VirtualMachineSnapshot.remove", () => snapshots.RemoveAsync(this, andChildren, consolidate));
            case "RevertToSnapshot_Task":
                return Started(call, "VirtualMachineSnapshot.revert", () => snapshots.RevertAsync(this));
            case "ExportSnapshot":
                return Task.FromResult(new Reply(vcenter.Leases.Open(vm, this).Ref, "ManagedObjectReference"));
            default:
                return base.InvokeAsync(call, cancellationToken);
        }
    }

    protected override object? Property(string name) => name switch
    {
        "config" => VmConfig.Of(vcenter, vm, vm.State with { Snapshots = Ancestors, Power = Power, At = this }),
        "vm" => vm.Ref,
        "childSnapshot" => vm.State.Snapshots.Where(s => s.Parent == this).Select(s => s.Ref).ToList(),
        _ => null,
    };

    private Task<Reply> Started(SoapCall call, string description, Func<Task> work) =>
        Task.FromResult(new Reply(vcenter.Tasks.StartLong(vm, call.Method, description, work, () => null).Ref, "ManagedObjectReference"));
}

/// <summary>How a snapshot was asked for.</summary>
public sealed record SnapshotKind(string Name, string Description = "", bool Memory = false, bool Quiesced = false);

/// <summary>A disk in a snapshot: the layer that it froze, its size then, and the change id (null: not tracked) that stands for this moment.</summary>
public sealed record FrozenDisk(VmDisk Disk, DiskLayer Layer, long CapacityBytes, string? ChangeId);
