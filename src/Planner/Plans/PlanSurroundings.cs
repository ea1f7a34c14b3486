using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Iser;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Plans;

/// <summary>Gathers what the VMs of a plan are judged by: the inventory, the KVM host, the plan's other VMs, and baselines.</summary>
public static class PlanSurroundings
{
    public static async Task<Surroundings> LoadAsync(
        MigrateDb db, Guid sourceId, SourceInventory inventory, IReadOnlyList<Vm> vms, KvmHost host, ReaderMeans means, TimeProvider time, CancellationToken cancellationToken)
    {
        return new Surroundings(inventory)
        {
            Baselines = await BaselineKnowledge.LoadAsync(db, sourceId, inventory, vms, cancellationToken),
            SelfTests = await SelfTestFacts.LoadAsync(db, sourceId, cancellationToken),
            FlowControl = await FlowControlEvidenceStore.LoadAsync(db, sourceId, cancellationToken),
            Plan = new PlanScope(TargetHost.Of(host), vms),
            Means = means,
            Now = time.GetUtcNow().UtcDateTime,
        };
    }
}
