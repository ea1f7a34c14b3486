using Migrate.Simulator.Hosts;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Soap;
using Migrate.Simulator.Storage;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.VirtualMachines;

/// <summary>RelocateVM_Task: to another host (vMotion), another datastore (storage vMotion), or both.</summary>
internal sealed class VmRelocation
{
    private readonly Vcenter _vcenter;
    private readonly VirtualMachine _vm;
    private readonly HostSystem? _host;
    private readonly Datastore? _datastore;

    public VmRelocation(Vcenter vcenter, VirtualMachine vm, SoapCall call)
    {
        (_vcenter, _vm) = (vcenter, vm);
        _host = Target<HostSystem>("host");
        _datastore = Target<Datastore>("datastore");

        T? Target<T>(string name)
            where T : ManagedObject => call.Argument("spec")?.Child(name)?.AsReference() is { } reference
                ? vcenter.Find(reference) as T ?? throw VimFaultException.InvalidArgument($"spec.{name}", $"A specified parameter was not correct: spec.{name}")
                : null;
    }

    public object? Run()
    {
        if ((_datastore is { } datastore && !datastore.Hosts.Contains(_host ?? _vm.Host)) || (_host is { } host && _vm.Datastores.Any(d => _datastore is null && !d.Hosts.Contains(host))))
        {
            throw new VimFaultException(new DataObject("InaccessibleDatastore"), "The host of the virtual machine does not have its datastore.");
        }

        // Named by whether the VM ran, not by what was moved.
        _vcenter.Events.RecordMove(_vm, _vm.State.Power == "poweredOn" ? "VmMigratedEvent" : "VmRelocatedEvent", _vcenter.Now, Move);
        return null;
    }

    private void Move()
    {
        if (_host is not null && _host != _vm.Host)
        {
            _vm.MoveTo(_host);
        }

        if (_datastore is not null && _datastore != _vm.Home)
        {
            _vm.RelocateTo(_datastore);
        }
    }
}
