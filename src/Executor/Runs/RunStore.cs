using Microsoft.EntityFrameworkCore;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs;

/// <summary>Questions about runs. Lists are newest first and paged.</summary>
public sealed class RunStore(IDbContextFactory<MigrateDb> databases)
{
    public const int MaxPage = 500;

    public async Task<Page<Run>> ListAsync(RunQuery query, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var runs = db.Runs.AsNoTracking();
        if (query.PlanId is { } planId)
        {
            runs = runs.Where(x => x.PlanId == planId);
        }

        if (query.Wave is { } wave)
        {
            runs = runs.Where(x => x.Wave == wave);
        }

        if (query.Phase is { } phase)
        {
            runs = runs.Where(x => x.Phase == phase);
        }

        if (query.VmName is { Length: > 0 } name)
        {
            runs = runs.Where(x => x.VmName.Contains(name));
        }

        var total = await runs.CountAsync(cancellationToken);
        var items = await runs
            .OrderByDescending(x => x.CreatedAt).ThenBy(x => x.Id)
            .Skip(Math.Max(0, query.Skip)).Take(Math.Clamp(query.Take, 1, MaxPage))
            .ToListAsync(cancellationToken);
        return new Page<Run>(items, total);
    }

    public async Task<Run?> FindAsync(Guid runId, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        return await db.Runs.AsNoTracking().SingleOrDefaultAsync(x => x.Id == runId, cancellationToken);
    }

    public async Task<IReadOnlyList<RunDisk>> DisksAsync(Guid runId, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        return await db.RunDisks.AsNoTracking().Where(x => x.RunId == runId).OrderBy(x => x.DiskKey).ToListAsync(cancellationToken);
    }

    /// <summary>Lines of the run's log after line <paramref name="afterId"/> (0: from the first), oldest first.</summary>
    public async Task<IReadOnlyList<RunEvent>> EventsAsync(Guid runId, long afterId, int take, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        return await db.RunEvents.AsNoTracking()
            .Where(x => x.RunId == runId && x.Id > afterId)
            .OrderBy(x => x.Id).Take(Math.Clamp(take, 1, MaxPage))
            .ToListAsync(cancellationToken);
    }
}

/// <summary>Which runs; what is null does not limit.</summary>
public sealed record RunQuery
{
    public Guid? PlanId { get; init; }
    public int? Wave { get; init; }
    public RunPhase? Phase { get; init; }
    /// <summary>Part of the VM's name.</summary>
    public string? VmName { get; init; }
    public int Skip { get; init; }
    public int Take { get; init; } = 100;
}
