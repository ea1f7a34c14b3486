using Migrate.Planner.Inventory;
using Migrate.Planner.Iser;
using Migrate.Planner.Plans;

namespace Migrate.Planner.Concerns;

/// <summary>What a rule may look at: the VM, what it stands on, what it shares, and how and where to it is to be moved.</summary>
public sealed record ConcernContext(
    Vm Vm,
    IReadOnlyDictionary<string, EsxHost> Hosts,
    IReadOnlyDictionary<string, Datastore> Datastores,
    MigrationMode Mode)
{
    public IReadOnlyDictionary<string, Cluster> Clusters { get; init; } = new Dictionary<string, Cluster>();
    public PlanPolicy Policy { get; init; } = new();
    /// <summary>What the VM shares with other VMs of the inventory.</summary>
    public Neighbours Neighbours { get; init; } = Neighbours.None;
    /// <summary>Enabled rules of DRS that name the VM.</summary>
    public IReadOnlyList<DrsRule> DrsRules { get; init; } = [];
    /// <summary>The plan that the VM is judged for; null when a source's VMs are judged without one.</summary>
    public PlanScope? Plan { get; init; }
    /// <summary>How the VM's storage behaved; null when nothing was collected.</summary>
    public BaselineFacts? Baseline { get; init; }
    /// <summary>How the collection of its counters goes; null when it was never started.</summary>
    public CollectionFacts? Collection { get; init; }
    /// <summary>The VM lies in files (.vmx, .ovf, .ova) and runs nowhere: it has no host, no statistics and no change tracking, and lacks none of them.</summary>
    public bool OfFiles { get; init; }
    /// <summary>What the newest pass found whose self-test failed; null when none did.</summary>
    public SelfTestFacts? SelfTest { get; init; }
    /// <summary>Readers that only some installations have.</summary>
    public ReaderMeans Means { get; init; } = new();
    /// <summary>What operators gave as evidence of flow control, by host name.</summary>
    public IReadOnlyDictionary<string, HostFlowControl> FlowControl { get; init; } = new Dictionary<string, HostFlowControl>();
    /// <summary>When the VM is judged, UTC: what is old is old by this.</summary>
    public DateTime Now { get; init; }

    public EsxHost? Host => Vm.HostKey is { } key ? Hosts.GetValueOrDefault(key) : null;

    public Cluster? Cluster => Host?.ClusterKey is { } key ? Clusters.GetValueOrDefault(key) : null;

    public Datastore? DatastoreOf(VirtualDisk disk) => disk.DatastoreKey is { } key ? Datastores.GetValueOrDefault(key) : null;

    /// <summary>What a plan would choose to read the disk by.</summary>
    public ReaderChoice ReaderOf(VirtualDisk disk) => ReaderChoice.For(Vm, disk, Datastores, Hosts, Means);

    /// <summary>The datastores of the VM's disks, each once.</summary>
    public IEnumerable<Datastore> DiskDatastores => Vm.Disks.Select(DatastoreOf).OfType<Datastore>().Distinct();
}
