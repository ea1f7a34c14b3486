using System.Text.Json;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Iser;

namespace Migrate.Planner.Tests.Inventory;

/// <summary>Does with an inventory what is done with every one: stores, compares, judges and draws it. A record that nothing can be done with fails here.</summary>
internal static class InventoryUse
{
    public static void Of(SourceInventory inventory)
    {
        _ = inventory.Vms.Select(Lasting.Of).Count() + inventory.Hosts.Select(Lasting.Of).Count() + inventory.Datastores.SelectMany(d => Topology.Of(d, inventory.Hosts)).Count();
        JsonSerializer.Deserialize<SourceInventory>(JsonSerializer.Serialize(inventory)).ShouldNotBeNull();
        SourceConcerns.Judge(inventory, DateTime.UtcNow).Count.ShouldBe(inventory.Vms.Count);
        _ = inventory.Hosts.SelectMany(h => IserChecks.Of(h)).Count();
        inventory.Vms.SelectMany(v => v.Disks).ShouldAllBe(d => d.CapacityBytes >= 0);
        inventory.Gaps.ShouldAllBe(g => g.Length > 0 && g.Length < 5000);
    }
}
