using Migrate.Simulator.Values;

namespace Migrate.Simulator.Inventory;

/// <summary>A cluster's root resource pool, "Resources".</summary>
public sealed class ResourcePool(Vcenter vcenter, string id, Cluster owner) : ManagedEntity(vcenter, "ResourcePool", id, "Resources", owner)
{
    protected override object? Property(string name) => name switch
    {
        "owner" => owner.Ref,
        "vm" => References(owner.Hosts.SelectMany(h => h.Vms)),
        "runtime" => Runtime(),
        "config" => Config(),
        "summary" => DataObject.Of("ResourcePoolSummary", ("name", Name), ("config", Config()), ("runtime", Runtime())),
        _ => base.Property(name),
    };

    private static DataObject Allocation() => DataObject.Of(
        "ResourceAllocationInfo",
        ("reservation", 0L),
        ("expandableReservation", true),
        ("limit", -1L),
        ("shares", DataObject.Of("SharesInfo", ("shares", 4000), ("level", "normal"))));

    private DataObject Config() => DataObject.Of("ResourceConfigSpec", ("entity", Ref), ("cpuAllocation", Allocation()), ("memoryAllocation", Allocation()));

    private static DataObject Runtime()
    {
        var usage = DataObject.Of(
            "ResourcePoolResourceUsage",
            ("reservationUsed", 0L),
            ("reservationUsedForVm", 0L),
            ("unreservedForPool", 0L),
            ("unreservedForVm", 0L),
            ("overallUsage", 0L),
            ("maxUsage", 0L));
        return DataObject.Of("ResourcePoolRuntimeInfo", ("memory", usage), ("cpu", usage), ("overallStatus", "green"));
    }
}
