using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Persistence;
using Migrate.Planner.VSphere;

namespace Migrate.Api.Inventory;

/// <summary>Where there are servers to ask, the first question should not wait for what every process has to prepare once.</summary>
internal sealed class SourcePreparation(IDbContextFactory<MigrateDb> databases) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var db = await databases.CreateDbContextAsync(stoppingToken);
        if (await db.Sources.AnyAsync(s => s.Kind == SourceKind.VSphere, stoppingToken))
        {
            await VSphereSession.PrepareAsync();
        }
    }
}
