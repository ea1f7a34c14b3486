using System.Globalization;
using Migrate.Simulator.Authorization;
using Migrate.Simulator.Estates;
using Migrate.Simulator.Hosts;
using Migrate.Simulator.Performance;
using Migrate.Simulator.PropertyCollection;
using Migrate.Simulator.Sessions;
using Migrate.Simulator.Storage;
using Migrate.Simulator.Views;
using Migrate.Simulator.VirtualMachines;

namespace Migrate.Simulator.Inventory;

/// <summary>Makes the managed objects of a completed estate. Ids are the same in every run of the same estate.</summary>
internal sealed class VcenterBuilder(Vcenter vcenter, string baseDirectory)
{
    public const string RootFolder = "group-d1";
    private readonly Dictionary<string, Datacenter> _datacenters = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Cluster> _clusters = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HostSystem> _hosts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Datastore> _datastores = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Datacenter, string Name), Network> _networks = [];
    private readonly Dictionary<string, Folder> _folders = new(StringComparer.Ordinal);
    private readonly Dictionary<Folder, List<ManagedEntity>> _newChildren = [];
    private int _lastId = 1;

    public void Build()
    {
        vcenter.Add(new ServiceInstance(vcenter));
        vcenter.Add(new SessionManager(vcenter));
        vcenter.Add(new CustomFieldsManager(vcenter));
        vcenter.Add(new AuthorizationManager(vcenter));
        vcenter.Add(new PropertyCollector(vcenter));
        vcenter.Add(new ViewManager(vcenter));
        vcenter.Add(new PerformanceManager(vcenter));
        vcenter.Add(new OptionManager(vcenter));
        vcenter.Add(vcenter.Events);
        var root = vcenter.Add(new Folder(vcenter, RootFolder, "Datacenters", null, ["Folder", "Datacenter"]));
        var estate = vcenter.Estate;
        foreach (var source in estate.Datacenters)
        {
            var parent = FolderAt(root, source.Folder, "group-d");
            var datacenter = vcenter.Add(new Datacenter(vcenter, NewId("datacenter-"), source.Name, parent, NewId));
            parent.Add(datacenter);
            _datacenters.Add(source.Name, datacenter);
        }

        foreach (var source in estate.Clusters)
        {
            var datacenter = _datacenters[source.Datacenter!];
            var cluster = vcenter.Add(new Cluster(vcenter, NewId("domain-c"), source, datacenter, prefix => NewId(prefix + "-")));
            datacenter.HostFolder.Add(cluster);
            _clusters.Add(source.Name, cluster);
        }

        foreach (var source in estate.Hosts)
        {
            var cluster = _clusters[source.Cluster!];
            var host = vcenter.Add(new HostSystem(vcenter, NewId("host-"), source, cluster));
            cluster.Hosts.Add(host);
            vcenter.Add(new IscsiManager(host));
            _hosts.Add(source.Name, host);
        }

        Datastores(estate);
        Networks(estate);
        foreach (var source in estate.Vms)
        {
            Vm(source);
        }

        foreach (var (folder, children) in _newChildren)
        {
            folder.Append(children);
        }
    }

    private string NewId(string prefix) => prefix + (++_lastId).ToString(CultureInfo.InvariantCulture);

    private Folder FolderAt(Folder top, string path, string prefix)
    {
        var folder = top;
        foreach (var name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var key = folder.Ref.Id + "/" + name;
            if (!_folders.TryGetValue(key, out var child))
            {
                child = vcenter.Add(new Folder(vcenter, NewId(prefix), name, folder, top.ChildTypes));
                folder.Add(child);
                _folders.Add(key, child);
            }

            folder = child;
        }

        return folder;
    }

    private void Datastores(Estate estate)
    {
        foreach (var (source, index) in estate.Datastores.Select((d, i) => (d, i)))
        {
            var datacenter = _datacenters[source.Datacenter!];
            var datastore = vcenter.Add(new Datastore(vcenter, NewId("datastore-"), source, datacenter, index));
            datacenter.DatastoreFolder.Add(datastore);
            _datastores.Add(source.Name, datastore);
            foreach (var host in source.Hosts!.Select(name => _hosts[name]))
            {
                datastore.Hosts.Add(host);
                host.Datastores.Add(datastore);
            }
        }
    }

    private void Networks(Estate estate)
    {
        var switches = new Dictionary<string, DistributedSwitch>(StringComparer.Ordinal);
        foreach (var source in estate.Networks)
        {
            var datacenter = _datacenters[source.Datacenter!];
            var folder = datacenter.NetworkFolder;
            Network network;
            if (source.Switch is { } name)
            {
                if (!switches.TryGetValue(name, out var owner))
                {
                    owner = vcenter.Add(new DistributedSwitch(vcenter, NewId("dvs-"), name, folder));
                    folder.Add(owner);
                    switches.Add(name, owner);
                }

                var portgroup = vcenter.Add(new DistributedPortgroup(vcenter, NewId("dvportgroup-"), source, folder, owner));
                owner.Portgroups.Add(portgroup);
                network = portgroup;
            }
            else
            {
                network = vcenter.Add(new Network(vcenter, NewId("network-"), source, folder));
            }

            folder.Add(network);
            _networks.TryAdd((source.Datacenter!, source.Name), network);
            foreach (var host in _hosts.Values.Where(h => h.Cluster.Datacenter == datacenter))
            {
                network.Hosts.Add(host);
                host.Networks.Add(network);
            }
        }
    }

    private void Vm(EstateVm source)
    {
        var datacenter = _datacenters[source.Datacenter!];
        var folder = FolderAt(datacenter.VmFolder, source.Folder, "group-v");
        var home = _datastores[source.Datastore!];
        var disks = DiskPlacement.Of(source, name => _datastores[name], baseDirectory, vcenter.Estate.Seed, (about, disk) => RawDevice(about, disk, home));
        var networks = source.Nics!.Select(n => _networks.GetValueOrDefault((source.Datacenter!, n.Network!)) ?? _networks.First(p => p.Key.Name == n.Network).Value).ToList();
        var vm = vcenter.Add(new VirtualMachine(vcenter, NewId("vm-"), source, folder, _hosts[source.Host!], disks, networks, home));
        if (!_newChildren.TryGetValue(folder, out var children))
        {
            _newChildren.Add(folder, children = []);
        }

        children.Add(vm);
    }

    /// <summary>An RDM's LUN: of the array that its mapping file's datastore is on.</summary>
    private Lun RawDevice(string about, EstateDisk disk, Datastore home)
    {
        var like = home.Source.Lun ?? new EstateLun();
        var lun = new Lun("rdm/" + about, 100 + vcenter.RawDevices.Count, disk.Capacity ?? 1L << 30, like with { Naa = null, Target = null });
        vcenter.RawDevices.Add(new RawDevice(home, lun));
        return lun;
    }
}
