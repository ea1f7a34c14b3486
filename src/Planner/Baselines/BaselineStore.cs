using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Baselines;

/// <summary>The baselines that were collected; none is ever overwritten.</summary>
public sealed class BaselineStore(IDbContextFactory<MigrateDb> factory)
{
    public Task SaveAsync(Guid sourceId, Baseline baseline, CancellationToken cancellationToken) => throw new NotImplementedException($"{factory}");

    /// <summary>The VM's newest baseline, or null when none was collected.</summary>
    public Task<Baseline?> LoadLatestAsync(Guid sourceId, string vmKey, CancellationToken cancellationToken) => throw new NotImplementedException();
}
