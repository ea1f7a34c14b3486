using Migrate.Simulator.Authorization;
using Migrate.Simulator.ChangeTracking;
using Migrate.Simulator.Estates;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Soap;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.VirtualMachines;

/// <summary>Methods of a VM. Null from <see cref="Invoke"/>: not one of them.</summary>
internal sealed class VmOperations(Vcenter vcenter, VirtualMachine vm)
{
    private readonly VmSnapshots _snapshots = new(vcenter, vm);

    public Reply? Invoke(SoapCall call)
    {
        switch (call.Method)
        {
            case "PowerOnVM_Task":
                return Power(call, "VirtualMachine.powerOn", "poweredOn", allowed: ["poweredOff", "suspended"]);
            case "PowerOffVM_Task":
                return Power(call, "VirtualMachine.powerOff", "poweredOff", allowed: ["poweredOn", "suspended"]);
            case "SuspendVM_Task":
                return Power(call, "VirtualMachine.suspend", "suspended", allowed: ["poweredOn"]);
            case "ResetVM_Task":
                return Power(call, "VirtualMachine.reset", "poweredOn", allowed: ["poweredOn"]);
            case "ShutdownGuest":
                RequireGuest();
                _ = ShutDownAsync();
                return Reply.Void;
            case "RebootGuest":
                RequireGuest();
                return Reply.Void;
            case "ReconfigVM_Task":
                return Reconfigure(call);
            case "CreateSnapshot_Task":
                var kind = new SnapshotKind(call.Required("name"), call.Text("description") ?? "", call.Flag("memory"), call.Flag("quiesce"));
                return Started(call, "VirtualMachine.createSnapshot", () => _snapshots.Add(kind).Ref);
            case "RemoveAllSnapshots_Task":
                var consolidate = call.Text("consolidate") is not ("false" or "0");
                return StartedLong(call, "VirtualMachine.removeAllSnapshots", () => _snapshots.RemoveAllAsync(consolidate));
            case "RevertToCurrentSnapshot_Task":
                return StartedLong(call, "VirtualMachine.revertToCurrentSnapshot", () => _snapshots.RevertAsync(vm.State.Current
                    ?? throw new VimFaultException(new DataObject("NotFound"), "The virtual machine has no current snapshot.")));
            case "ConsolidateVMDisks_Task":
                return StartedLong(call, "VirtualMachine.consolidateDisks", _snapshots.ConsolidateAsync);
            case "RelocateVM_Task":
                var target = new VmRelocation(vcenter, vm, call);
                return Started(call, "VirtualMachine.relocate", target.Run);
            case "QueryChangedDiskAreas":
                return new Reply(new ChangedAreas(vcenter, vm).Query(call), "DiskChangeInfo");
            case "ExportVm":
                return new Reply(Export(), "ManagedObjectReference");
            case "RefreshStorageInfo":
                return Reply.Void;
            default:
                return null;
        }
    }

    private Reply Power(SoapCall call, string description, string wanted, string[] allowed)
    {
        Refuse(vm.State.Power);
        return Started(call, description, () =>
        {
            vm.Change(state =>
            {
                Refuse(state.Power);
                return state with { Power = wanted };
            });
            if (wanted == "poweredOn")
            {
                vm.Storage.Stun();
            }

            return null;
        });

        void Refuse(string power)
        {
            if (vm.Source.Template || !allowed.Contains(power))
            {
                throw VimFaultException.InvalidPowerState(wanted, power);
            }
        }
    }

    private void RequireGuest()
    {
        if (vm.State.Power != "poweredOn")
        {
            throw VimFaultException.InvalidPowerState("poweredOn", vm.State.Power);
        }

        if (vm.Source.Tools != EstateTools.Running)
        {
            throw new VimFaultException(new DataObject("ToolsUnavailable"), "Cannot complete operation because VMware Tools is not running in this virtual machine.");
        }
    }

    /// <summary>The guest takes its time; no task tells when it is done.</summary>
    private async Task ShutDownAsync()
    {
        await Task.Delay(vcenter.Options.TaskDuration * 2, vcenter.Options.Time);
        vm.Change(state => state with { Power = "poweredOff" });
    }

    private Reply Reconfigure(SoapCall call)
    {
        var spec = call.Argument("spec") ?? throw VimFaultException.InvalidArgument("spec", "A specified parameter was not correct: spec");
        var known = new[] { "changeTrackingEnabled", "changeVersion", "annotation", "deviceChange" };
        if (spec.Elements().FirstOrDefault(e => !known.Contains(e.Name.LocalName)) is { } other)
        {
            throw new VimFaultException(new DataObject("NotSupported"), $"This simulator reconfigures change tracking, notes, the size of disks and the connection of cards only, not {other.Name.LocalName}.");
        }

        Rights.DemandFor(vcenter, call, spec);
        var edits = spec.Children("deviceChange").ToLookup(e => e.Child("device")?.XsiType() == "VirtualDisk");
        var extensions = edits[true].Select(e => DiskExtension.Of(vm, e)).ToList();
        var cards = edits[false].Select(e => NicEdit.Of(vm, e)).ToList();
        return Started(call, "VirtualMachine.reconfigure", () =>
        {
            if (spec.ChildText("changeTrackingEnabled") is not null)
            {
                vm.Change(state => state with { ChangeTracking = spec.ChildFlag("changeTrackingEnabled") });
            }

            extensions.ForEach(e => e.Run(vm));
            cards.ForEach(e => e.Run(vm));
            vm.Annotate(spec.ChildText("annotation"));
            vcenter.Events.RecordReconfigured(vm);
            vm.Touch();

            return null;
        });
    }

    private MoRef Export()
    {
        if (vm.State.Power != "poweredOff")
        {
            throw VimFaultException.InvalidPowerState("poweredOff", vm.State.Power);
        }

        if (vm.Source.Connection != "connected" || vm.Datastores.Any(d => !d.Source.Accessible))
        {
            throw new VimFaultException(new DataObject("InvalidState"), "The operation is not allowed in the current state: the virtual machine's files are not accessible.");
        }

        return vcenter.Leases.Open(vm).Ref;
    }

    private Reply StartedLong(SoapCall call, string description, Func<Task> work) => new(vcenter.Tasks.StartLong(vm, call.Method, description, work, () => null).Ref, "ManagedObjectReference");

    private Reply Started(SoapCall call, string description, Func<object?> work) => new(vcenter.Tasks.Start(vm, call.Method, description, work).Ref, "ManagedObjectReference");
}
