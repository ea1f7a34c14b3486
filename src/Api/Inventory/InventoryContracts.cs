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
    IReadOnlyList<string> Datastores);

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

/// <summary>A source that has a VM.</summary>
/// <param name="Source">Name of the source.</param>
/// <param name="Key">The VM's key there.</param>
/// <param name="Name">The VM's name.</param>
public sealed record VmPlace(string Source, string Key, string Name);
