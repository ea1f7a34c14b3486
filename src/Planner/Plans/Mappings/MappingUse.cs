using Migrate.Planner.Concerns;

namespace Migrate.Planner.Plans.Mappings;

/// <summary>What the VMs of a plan use at the source, and what it becomes.</summary>
/// <param name="PlanName">The plan's.</param>
/// <param name="InventoryVersion">The source's newest version. A VM uses what its cards are on by that, and what they were on when the plan was made.</param>
/// <param name="Networks">Those without a mapping first, then by name; mappings that no VM uses last.</param>
/// <param name="Datastores">Those whose disks nothing can read first, then by name.</param>
/// <param name="Host">The KVM host with what its last probe found; null when it was removed.</param>
/// <param name="Attachment">backing or nvme-tcp: how that host comes by disks; null when it was removed.</param>
public sealed record MappingUse(string PlanName, int InventoryVersion, IReadOnlyList<NetworkUse> Networks, IReadOnlyList<DatastoreUse> Datastores, TargetHost? Host, string? Attachment);

/// <summary>A network of the source.</summary>
/// <param name="Network">Its name.</param>
/// <param name="Types">Network (a port group of hosts' own switches), DistributedVirtualPortgroup, OpaqueNetwork; several where several networks have the name.</param>
/// <param name="Switches">Distributed switches that have it.</param>
/// <param name="Vlans">As vSphere tells them of distributed port groups; empty where it keeps them with each host.</param>
/// <param name="Vms">VMs of the plan that use it.</param>
/// <param name="Cards">Their network cards on it.</param>
/// <param name="VmNames">Some of them, in the plan's order.</param>
/// <param name="Target">What it becomes; null: the plan does not say, and no wave with such a VM starts.</param>
/// <param name="IsThere">Whether the KVM host has that, by its last probe; null where nobody could look, or there is nothing to look for.</param>
/// <param name="UnderWay">VMs whose runs have begun and take what the plan says at their cutover.</param>
/// <param name="Fixed">Why it cannot be changed now: a line for each VM whose run holds it, at most 20.</param>
/// <param name="Concerns">What stands against its VMs because of their cards on it.</param>
public sealed record NetworkUse(
    string Network, IReadOnlyList<string> Types, IReadOnlyList<string> Switches, IReadOnlyList<string> Vlans, int Vms, int Cards, IReadOnlyList<string> VmNames,
    NetworkMapping? Target, bool? IsThere, int UnderWay, IReadOnlyList<string> Fixed, IReadOnlyList<ConcernUse> Concerns);

/// <summary>A datastore of the source.</summary>
/// <param name="Datastore">Its name; its key where the inventory no longer has it.</param>
/// <param name="Key">Managed object id; empty for disks of files.</param>
/// <param name="Type">VMFS, NFS, vsan …</param>
/// <param name="Vms">VMs of the plan with disks on it.</param>
/// <param name="Disks">Their disks on it.</param>
/// <param name="CapacityBytes">Of these disks.</param>
/// <param name="Readers">How they are read, each with the number of disks.</param>
/// <param name="Concerns">What stands against its VMs because of these disks, or of the datastore.</param>
public sealed record DatastoreUse(
    string Datastore, string Key, string Type, int Vms, int Disks, long CapacityBytes, IReadOnlyList<ReaderUse> Readers, IReadOnlyList<ConcernUse> Concerns);

/// <summary>How many disks a reader reads.</summary>
/// <param name="Reader">https-folder, export-lease, nbd-vddk, local-vmdk or none.</param>
/// <param name="Disks">Their number.</param>
public sealed record ReaderUse(string Reader, int Disks);

/// <summary>A concern that hangs on a network or datastore.</summary>
/// <param name="Id">Its rule.</param>
/// <param name="Severity">Of the most severe finding.</param>
/// <param name="Label">In words.</param>
/// <param name="Vms">VMs that it was found on.</param>
public sealed record ConcernUse(string Id, ConcernSeverity Severity, string Label, int Vms);
