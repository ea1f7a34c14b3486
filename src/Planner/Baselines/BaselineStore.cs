using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Baselines;

/// <summary>The baselines that were collected; none is ever overwritten.</summary>
public sealed class BaselineStore(IDbContextFactory<MigrateDb> factory)
{
    /// <summary>Returns the row's id, by which a run refers to the baseline that was taken for it.</summary>
    public async Task<Guid> SaveAsync(Guid sourceId, Baseline baseline, CancellationToken cancellationToken)
    {
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        var row = new BaselineRow
        {
            Id = Guid.CreateVersion7(baseline.CollectedAt),
            SourceId = sourceId,
            VmKey = baseline.VmKey,
            CollectedAt = baseline.CollectedAt,
            Body = JsonSerializer.Serialize(baseline, PlannerJson.Default.Baseline),
        };
        db.Baselines.Add(row);
        await db.SaveChangesAsync(cancellationToken);
        return row.Id;
    }

    /// <summary>The VM's newest baseline, or null when none was collected.</summary>
    public async Task<Baseline?> LoadLatestAsync(Guid sourceId, string vmKey, CancellationToken cancellationToken)
    {
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        return Read(await db.Baselines.Where(row => row.SourceId == sourceId && row.VmKey == vmKey)
            .OrderByDescending(row => row.CollectedAt).ThenByDescending(row => row.Id)
            .Select(row => row.Body).FirstOrDefaultAsync(cancellationToken));
    }

    /// <summary>The baseline with this id, or null.</summary>
    public async Task<Baseline?> LoadAsync(Guid id, CancellationToken cancellationToken)
    {
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        return Read(await db.Baselines.Where(row => row.Id == id).Select(row => row.Body).SingleOrDefaultAsync(cancellationToken));
    }

    private static Baseline? Read(string? body) => body is null ? null : JsonSerializer.Deserialize(body, PlannerJson.Default.Baseline);
}
