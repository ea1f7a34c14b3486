using Migrate.Simulator.Estates;
using Migrate.Simulator.Hosts;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.VirtualMachines;

namespace Migrate.Simulator.Performance;

/// <summary>One thing that is measured: a disk ("scsi0:0"), a datastore (its uuid), an adapter, or the whole entity ("").</summary>
internal sealed record PerfInstance(string Group, string Instance, string Identity, EstateLoad Load)
{
    public static IEnumerable<PerfInstance> Of(ManagedObject entity)
    {
        switch (entity)
        {
            // A VM that does not run is not measured.
            case VirtualMachine { State.Power: "poweredOn" } vm:
                yield return new PerfInstance("cpu", "", vm.InstanceUuid, vm.Source.Load);
                yield return new PerfInstance("mem", "", vm.InstanceUuid, vm.Source.Load);
                foreach (var disk in vm.Disks)
                {
                    yield return new PerfInstance("virtualDisk", disk.Instance, disk.Uuid, disk.Source.Load ?? vm.Source.Load);
                }

                foreach (var datastore in vm.Datastores)
                {
                    yield return new PerfInstance("datastore", datastore.Uuid, vm.InstanceUuid + datastore.Uuid, vm.Source.Load);
                }

                break;
            case HostSystem { Source.Connection: "connected" } host:
                yield return new PerfInstance("cpu", "", host.Name, new EstateLoad());
                yield return new PerfInstance("mem", "", host.Name, new EstateLoad());
                // Hosts count no I/O of vSAN here: it has a performance service of its own.
                foreach (var datastore in host.Datastores.Where(x => !x.Uuid.StartsWith("vsan:", StringComparison.Ordinal)))
                {
                    yield return new PerfInstance("datastore", datastore.Uuid, host.Name + datastore.Uuid, new EstateLoad());
                    if (datastore.Lun is { } lun)
                    {
                        yield return new PerfInstance("disk", lun.Naa, host.Name + lun.Naa, new EstateLoad());
                    }
                }

                foreach (var adapter in host.Source.Adapters!)
                {
                    yield return new PerfInstance("storageAdapter", adapter.Device, host.Name + adapter.Device, new EstateLoad());
                }

                break;
        }
    }
}
