using System.Globalization;
using Migrate.Simulator.Hosts;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Storage;
using Migrate.Simulator.VirtualMachines;

namespace Migrate.Simulator.Changes;

/// <summary>What administrators, guests and DRS do to an estate while somebody looks on.</summary>
public sealed class EstateChanges
{
    private readonly Vcenter _vcenter;

    internal EstateChanges(Vcenter vcenter) => _vcenter = vcenter;

    /// <summary>How many kinds of change <see cref="Random"/> knows.</summary>
    public const int Kinds = 14;

    /// <summary>One change of the kind, to an object that <paramref name="random"/> chooses; says what it was.</summary>
    public string Random(int kind, Random random)
    {
        var number = random.Next(1_000_000).ToString(CultureInfo.InvariantCulture);
        var vm = One<VirtualMachine>(random);
        var host = One<HostSystem>(random);
        switch (kind)
        {
            case 0:
                vm.Change(s => s with { Power = s.Power == "poweredOn" ? "poweredOff" : "poweredOn" });
                return $"power of {vm.Name}";
            case 1:
                vm.Rename("renamed-" + number);
                return $"name of {vm.Ref.Id}";
            case 2:
                vm.Reconfigure(s => s with { Annotation = "note " + number });
                return $"annotation of {vm.Name}";
            case 3:
                vm.Reconfigure(s => s with { Cpus = s.Cpus * 2 });
                return $"processors of {vm.Name}";
            case 4:
                vm.Disks[0].CapacityBytes += 1 << 20;
                vm.Touch();
                return $"capacity of {vm.Name}";
            case 5:
                vm.MoveTo(host);
                return $"host of {vm.Name}";
            case 6:
                vm.Reconfigure(s => s with { HostName = "guest-" + number });
                return $"guest name of {vm.Name}";
            case 7:
                vm.Folder.Remove(vm);
                _vcenter.Remove(vm.Ref);
                return $"deleted {vm.Name}";
            case 8:
                vm.Folder.Rename("folder-" + number);
                return $"folder of {vm.Name}";
            case 9:
                One<Network>(random).Rename("network-" + number);
                return "name of a network";
            case 10:
                host.Change(s => s with { Maintenance = !s.Maintenance });
                return $"maintenance of {host.Name}";
            case 11:
                One<Datastore>(random).SetFree(random.Next());
                return "free space of a datastore";
            case 12 when _vcenter.Estate.Policies.Count > 0:
                vm.Disks[0].Policy = _vcenter.Estate.Policies[random.Next(_vcenter.Estate.Policies.Count)].Name;
                return $"policy of {vm.Name}";
            default:
                return "new VM " + Add(vm, "new-" + number).Name;
        }
    }

    /// <summary>Gives a disk another storage policy, which only the policy service tells.</summary>
    public void SetPolicy(string vm, int disk, string policy) => _vcenter.VmByName(vm).Disks[disk].Policy = policy;

    /// <summary>Gives a network another name; cards stay on it.</summary>
    public void RenameNetwork(string from, string to) => _vcenter.All<Network>().Single(x => x.Name == from).Rename(to);

    /// <summary>Puts a host into maintenance mode, or takes it out.</summary>
    public void SetMaintenance(string host, bool maintenance) => HostOf(host).Change(s => s with { Maintenance = maintenance });

    /// <summary>Takes the port bindings of all iSCSI and iSER adapters of a host away, which no property tells.</summary>
    public void Unbind(string host) =>
        ((IscsiManager)_vcenter.Find(IscsiManager.RefOf(HostOf(host)))!).IsUnbound = true;

    /// <summary>A VM beside another and like it.</summary>
    private VirtualMachine Add(VirtualMachine like, string name)
    {
        var source = like.Source with { Name = name, InstanceUuid = null, BiosUuid = null, Snapshots = [], Writes = null };
        var disks = DiskPlacement.Of(source, datastore => _vcenter.All<Datastore>().First(d => d.Name == datastore), ".", _vcenter.Estate.Seed, (_, _) => throw new NotSupportedException("A new VM has no RDM."));
        var vm = _vcenter.Add(new VirtualMachine(_vcenter, _vcenter.NewId("vm"), source, like.Folder, like.Host, disks, like.Networks, like.Home));
        like.Folder.Add(vm);
        _vcenter.Changes.Signal();
        return vm;
    }

    private HostSystem HostOf(string host) => _vcenter.All<HostSystem>().First(h => h.Name == host || h.Ref.Id == host);

    private T One<T>(Random random)
        where T : ManagedEntity
    {
        var all = _vcenter.All<T>().OrderBy(o => o.Ref.Id, StringComparer.Ordinal).ToList();
        return all[random.Next(all.Count)];
    }
}
