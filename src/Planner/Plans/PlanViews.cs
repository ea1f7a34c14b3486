using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Plans;

/// <summary>Reads plans for people.</summary>
public sealed class PlanViews(IDbContextFactory<MigrateDb> factory)
{
    /// <summary>Newest first.</summary>
    public Task<Page<PlanListItem>> ListAsync(int offset, int limit, CancellationToken cancellationToken) => throw new NotImplementedException($"{factory}");

    /// <summary>One plan by its name or id, with a page of its VMs; null when there is none.</summary>
    public Task<PlanView?> FindAsync(string nameOrId, int? wave, int offset, int limit, CancellationToken cancellationToken) => throw new NotImplementedException();
}
