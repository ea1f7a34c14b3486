using Migrate.Simulator.Storage;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.Inventory;

public sealed class Datacenter : ManagedEntity
{
    public Datacenter(Vcenter vcenter, string id, string name, Folder parent, Func<string, string> newId)
        : base(vcenter, "Datacenter", id, name, parent)
    {
        VmFolder = vcenter.Add(new Folder(vcenter, newId("group-v"), "vm", this, ["Folder", "VirtualMachine", "VirtualApp"]));
        HostFolder = vcenter.Add(new Folder(vcenter, newId("group-h"), "host", this, ["Folder", "ComputeResource"]));
        DatastoreFolder = vcenter.Add(new Folder(vcenter, newId("group-s"), "datastore", this, ["Folder", "Datastore", "StoragePod"]));
        NetworkFolder = vcenter.Add(new Folder(vcenter, newId("group-n"), "network", this, ["Folder", "Network", "DistributedVirtualSwitch"]));
    }

    public Folder VmFolder { get; }

    public Folder HostFolder { get; }

    public Folder DatastoreFolder { get; }

    public Folder NetworkFolder { get; }

    /// <summary>As the dcPath of /folder names it: folders above it and its own name.</summary>
    public string Path
    {
        get
        {
            var names = new List<string>();
            for (ManagedEntity? entity = this; entity?.Parent is not null; entity = entity.Parent)
            {
                names.Insert(0, entity.Name);
            }

            return string.Join('/', names);
        }
    }

    public IEnumerable<Datastore> Datastores => DatastoreFolder.Children.OfType<Datastore>();

    public override IEnumerable<ManagedEntity> Children => [VmFolder, HostFolder, DatastoreFolder, NetworkFolder];

    protected override object? Property(string name) => name switch
    {
        "vmFolder" => VmFolder.Ref,
        "hostFolder" => HostFolder.Ref,
        "datastoreFolder" => DatastoreFolder.Ref,
        "networkFolder" => NetworkFolder.Ref,
        "datastore" => References(Datastores),
        "network" => References(NetworkFolder.Children.Where(c => c.Type.Is("Network"))),
        "configuration" => DataObject.Of("DatacenterConfigInfo", ("defaultHardwareVersionKey", "vmx-20")),
        _ => base.Property(name),
    };
}
