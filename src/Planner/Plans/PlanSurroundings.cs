using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Plans;

/// <summary>Gathers what the VMs of a plan are judged by: the inventory, the KVM host, the plan's other VMs, and baselines.</summary>
public static class PlanSurroundings
{
    // VMs per query: providers limit the parameters of one.
    private const int AtOnce = 200;

    public static async Task<Surroundings> LoadAsync(
        MigrateDb db, Guid sourceId, SourceInventory inventory, IReadOnlyList<Vm> vms, KvmHost host, ReaderMeans means, TimeProvider time, CancellationToken cancellationToken)
    {
        var baselines = new Dictionary<string, BaselineFacts>();
        foreach (string[] keys in vms.Select(vm => vm.Key).Chunk(AtOnce))
        {
            List<Guid> newest = await db.Baselines.Where(row => row.SourceId == sourceId && keys.Contains(row.VmKey))
                .GroupBy(row => row.VmKey).Select(rows => rows.OrderByDescending(row => row.CollectedAt).ThenByDescending(row => row.Id).First().Id)
                .ToListAsync(cancellationToken);
            await foreach (BaselineRow row in db.Baselines.AsNoTracking().Where(row => newest.Contains(row.Id)).AsAsyncEnumerable().WithCancellation(cancellationToken))
            {
                baselines[row.VmKey] = BaselineFacts.Of(JsonSerializer.Deserialize(row.Body, PlannerJson.Default.Baseline)!);
            }
        }
        return new Surroundings(inventory)
        {
            Baselines = baselines,
            Plan = new PlanScope(TargetHost.Of(host), vms),
            Means = means,
            Now = time.GetUtcNow().UtcDateTime,
        };
    }
}
