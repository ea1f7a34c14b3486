using System.Collections.Frozen;

namespace Migrate.Planner.Offline.Dumps;

/// <summary>Types of managed objects that a dump may hold. Most say nothing about VMs and are passed over; a type beyond these is told.</summary>
internal static class ManagedTypes
{
    private static readonly FrozenSet<string> Known = new[]
    {
        "Alarm", "AuthorizationManager", "ClusterComputeResource", "ClusterProfile", "ComputeResource", "ContainerView", "CustomFieldsManager",
        "CustomizationSpecManager", "Datacenter", "Datastore", "DatastoreNamespaceManager", "DistributedVirtualPortgroup", "DistributedVirtualSwitch",
        "EnvironmentBrowser", "ExtensibleManagedObject", "ExtensionManager", "FailoverClusterConfigurator", "Folder", "HostProfile", "HostSystem", "HttpNfcLease", "ListView",
        "LocalizationManager", "ManagedObjectView", "ManagedEntity", "Network", "OpaqueNetwork", "OptionManager", "OverheadMemoryManager", "PropertyCollector",
        "PropertyFilter", "ResourcePool", "ScheduledTask", "SearchIndex", "ServiceInstance", "SimpleCommand", "StoragePod", "Task", "UserDirectory",
        "VcenterVStorageObjectManager", "VirtualApp", "VirtualMachine", "VirtualMachineSnapshot", "VmwareDistributedVirtualSwitch", "VRPResourceManager",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>A server's many managers, systems, collectors and checkers are known by what their names end in.</summary>
    private static readonly string[] Endings =
        ["Manager", "System", "Collector", "Checker", "Registry", "Service", "Browser", "ManagerHost", "ManagerHostKMS", "ManagerKmip", "Placement", "Monitor"];

    public static bool IsKnown(string type) => Known.Contains(type) || Endings.Any(e => type.EndsWith(e, StringComparison.Ordinal));
}
