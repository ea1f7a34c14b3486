using Migrate.Planner.Baselines.Profiles;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Inventory;

/// <summary>A VM as lists show it.</summary>
/// <param name="Key">Managed object id, e.g. vm-42.</param>
/// <param name="Name">Its name in vSphere.</param>
/// <param name="PowerState">poweredOn, poweredOff or suspended.</param>
/// <param name="Host">Name of the ESXi host that it runs on.</param>
/// <param name="Folder">Path of its folder.</param>
/// <param name="GuestFullName">Operating system as vSphere names it.</param>
/// <param name="CpuCount">vCPUs.</param>
/// <param name="MemoryBytes">Bytes.</param>
/// <param name="DiskCount">Virtual disks.</param>
/// <param name="CapacityBytes">Sum of the disks' capacities, bytes.</param>
/// <param name="Datastores">Names of the datastores that it stands on.</param>
public sealed record VmRow(
    string Key,
    string Name,
    string PowerState,
    string Host,
    string Folder,
    string GuestFullName,
    int CpuCount,
    long MemoryBytes,
    int DiskCount,
    long CapacityBytes,
    IReadOnlyList<string> Datastores)
{
    /// <summary>Name of its datacenter; empty where there is none.</summary>
    public string Datacenter { get; init; } = "";

    /// <summary>Name of its host's cluster; empty for a host of its own.</summary>
    public string Cluster { get; init; } = "";

    /// <summary>What it takes on its datastores, bytes; null where the source does not say.</summary>
    public long? UsedBytes { get; init; }

    /// <summary>How fast its disks change, bytes per second; null where nothing has measured it.</summary>
    public long? ChangeBytesPerSecond { get; init; }

    /// <summary>What the rate is: WriteRate (a baseline's, an upper bound) or ChangeTracking.</summary>
    public ChangeOrigin? ChangeOrigin { get; init; }

    /// <summary>The worst severity of its concerns without a plan; Unjudged: rules have not looked at it yet.</summary>
    public WorstConcern Worst { get; init; } = WorstConcern.Unjudged;

    /// <summary>Its critical concerns without a plan.</summary>
    public int Critical { get; init; }

    /// <summary>Its warnings without a plan.</summary>
    public int Warnings { get; init; }

    /// <summary>Its concerns without a plan that only inform.</summary>
    public int Information { get; init; }

    /// <summary>Ids of all these, the worst first.</summary>
    public IReadOnlyList<string> ConcernIds { get; init; } = [];

    /// <summary>The newest plan that it is in; null: in none.</summary>
    public string? Plan { get; init; }

    /// <summary>Its wave there.</summary>
    public int? Wave { get; init; }
}

/// <summary>Everything known of one VM.</summary>
/// <param name="Vm">The VM as it was read.</param>
/// <param name="HostName">Name of its ESXi host.</param>
/// <param name="Topology">For every datastore of the VM the way down to the HBA.</param>
public sealed record VmDetail(Vm Vm, string HostName, IReadOnlyList<TopologyView> Topology);

/// <summary>One row of the way datastore → extent → LUN → path → HBA, as one host sees it. What does not exist at a level is null.</summary>
/// <param name="Datastore">Name of the datastore.</param>
/// <param name="DatastoreType">VMFS, NFS, vsan …</param>
/// <param name="Host">Name of the ESXi host.</param>
/// <param name="Extent">Canonical name and partition of the VMFS extent.</param>
/// <param name="Lun">Canonical name of the LUN.</param>
/// <param name="LunModel">Vendor and model.</param>
/// <param name="Path">Name of the path.</param>
/// <param name="PathState">As vSphere writes it, e.g. active.</param>
/// <param name="Adapter">Device name of the HBA, e.g. vmhba64.</param>
/// <param name="AdapterKind">What the HBA is; Iser is recognised from driver and model.</param>
/// <param name="Confidence">certain, probable or unknown.</param>
/// <param name="Reason">Why that kind.</param>
public sealed record TopologyView(
    string Datastore,
    string DatastoreType,
    string? Host,
    string? Extent,
    string? Lun,
    string? LunModel,
    string? Path,
    string? PathState,
    string? Adapter,
    AdapterKind? AdapterKind,
    string? Confidence,
    string? Reason)
{
    /// <summary>Storage product, as far as vendor, IQN, NQN or NAA tell.</summary>
    public string? Array { get; init; }

    /// <summary>How the host chooses among paths, e.g. VMW_PSP_RR.</summary>
    public string? PathPolicy { get; init; }

    /// <summary>RDMA device and uplink, or uplink, that carry the HBA.</summary>
    public string? Carrier { get; init; }

    /// <summary>NQN of the NVMe subsystem that the path leads to; null for SCSI.</summary>
    public string? NvmeSubsystem { get; init; }
}

/// <summary>An object that differs between two inventory versions.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Change">What happened to it.</param>
/// <param name="Key">Managed object id.</param>
/// <param name="Name">Name in the newer version that has it.</param>
/// <param name="Properties">Of a changed object, what is different; empty for others.</param>
public sealed record DifferenceRow(InventoryKind Kind, DifferenceKind Change, string Key, string Name, IReadOnlyList<PropertyChange> Properties);

/// <summary>A VM's place in a plan.</summary>
/// <param name="Plan">Name of the plan.</param>
/// <param name="Wave">Its wave there; 0: none yet.</param>
/// <param name="Mode">How it moves.</param>
/// <param name="CreatedAt">When the plan was made, UTC.</param>
/// <param name="Critical">Its critical concerns in this plan.</param>
/// <param name="Warnings">Its warnings in this plan.</param>
/// <param name="Information">Its concerns in this plan that only inform.</param>
/// <param name="BeginAt">By approved waves: when its copy begins, UTC; null: when its wave is started.</param>
/// <param name="CutOverAt">By approved waves: when it goes down, UTC; null: as the plan's policy says.</param>
/// <param name="CutOverUntil">By approved waves: when it does not go down any more, UTC; null: no window.</param>
public sealed record VmPlan(
    string Plan, int Wave, MigrationMode Mode, DateTime CreatedAt, int Critical, int Warnings, int Information, DateTime? BeginAt, DateTime? CutOverAt, DateTime? CutOverUntil);

/// <summary>A source that has a VM.</summary>
/// <param name="Source">Name of the source.</param>
/// <param name="Key">The VM's key there.</param>
/// <param name="Name">The VM's name.</param>
public sealed record VmPlace(string Source, string Key, string Name);
