using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Plans;

/// <summary>Makes a plan out of a request, or refuses it with everything that is wrong.</summary>
public sealed class PlanMaker(IDbContextFactory<MigrateDb> factory, InventoryStore inventories, TimeProvider time)
{
    /// <exception cref="PlanRefusedException">With all problems; nothing was stored.</exception>
    public Task<Plan> CreateAsync(PlanRequest request, CancellationToken cancellationToken) => throw new NotImplementedException($"{factory} {inventories} {time}");
}
