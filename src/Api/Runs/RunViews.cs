using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Executor.Runs;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Runs;

/// <summary>Reads runs the way that the API shows them: with the plan's name and the sums over their disks.</summary>
internal sealed class RunViews(IDbContextFactory<MigrateDb> databases)
{
    private const int NewestEvents = 50;

    public async Task<IReadOnlyList<RunView>> ViewAsync(IReadOnlyList<Run> runs, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var runIds = runs.Select(r => r.Id).ToList();
        var planIds = runs.Select(r => r.PlanId).Distinct().ToList();
        var plans = await db.Plans.AsNoTracking().Where(p => planIds.Contains(p.Id)).ToDictionaryAsync(p => p.Id, p => p.Name, cancellationToken);
        var sums = await db.RunDisks.AsNoTracking().Where(d => runIds.Contains(d.RunId)).GroupBy(d => d.RunId)
            .Select(g => new { RunId = g.Key, Capacity = g.Sum(d => d.CapacityBytes), Done = g.Sum(d => d.BytesDone) })
            .ToDictionaryAsync(s => s.RunId, cancellationToken);
        return
        [
            .. runs.Select(r => new RunView(
                r.Id, plans.GetValueOrDefault(r.PlanId, ""), r.Wave, r.VmName, r.Phase, r.Attempt, r.Outcome,
                sums.GetValueOrDefault(r.Id)?.Capacity ?? 0, sums.GetValueOrDefault(r.Id)?.Done ?? 0,
                r.CreatedAt, r.StartedAt, r.FinishedAt, r.ErrorCode, r.Error, r.Remedy, r.DomainName)),
        ];
    }

    public async Task<RunView> ViewAsync(Run run, CancellationToken cancellationToken) => (await ViewAsync([run], cancellationToken))[0];

    public async Task<RunDetail> DetailAsync(Guid runId, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var run = await FindAsync(db, runId, cancellationToken);
        var disks = await db.RunDisks.AsNoTracking().Where(d => d.RunId == runId).OrderBy(d => d.DiskKey).ToListAsync(cancellationToken);
        var events = await db.RunEvents.AsNoTracking().Where(e => e.RunId == runId).OrderByDescending(e => e.Id).Take(NewestEvents).ToListAsync(cancellationToken);
        return new RunDetail(
            await ViewAsync(run, cancellationToken),
            [
                .. disks.Select(d => new RunDiskView(
                    d.DiskKey, d.Label, d.Reader, d.NamespaceUuid, d.CapacityBytes, d.BytesRead, d.BytesWritten, d.BytesZero,
                    d.CopyStartedAt, d.CopyFinishedAt, d.SourceHash, d.DestinationHash, d.VerifiedAt)),
            ],
            [.. events.OrderBy(e => e.Id).Select(ViewOf)],
            SourceChangesOf(run));
    }

    public async Task<Page<RunEventView>> LogAsync(Guid runId, Paging paging, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        await FindAsync(db, runId, cancellationToken);
        var events = db.RunEvents.AsNoTracking().Where(e => e.RunId == runId);
        var page = await events.OrderBy(e => e.Id).Skip(paging.Skip).Take(paging.Size).ToListAsync(cancellationToken);
        return new Page<RunEventView>([.. page.Select(ViewOf)], paging.Number, paging.Size, await events.LongCountAsync(cancellationToken));
    }

    /// <summary>The newest run of each VM of a wave, by the VM's name.</summary>
    public async Task<IReadOnlyList<Run>> NewestOfWaveAsync(Guid planId, int wave, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var runs = await db.Runs.AsNoTracking().Where(r => r.PlanId == planId && r.Wave == wave).ToListAsync(cancellationToken);
        return [.. runs.GroupBy(r => r.PlanVmId).Select(g => g.MaxBy(r => r.CreatedAt)!).OrderBy(r => r.VmName, StringComparer.Ordinal)];
    }

    public static RunEventView ViewOf(RunEvent e) => new(e.Id, e.RunId, e.At, e.Phase, e.Level, e.Message);

    /// <summary>Each change with the time that it was made and the way back.</summary>
    public static IReadOnlyList<string> SourceChangesOf(Run run) =>
    [
        .. (JsonSerializer.Deserialize(run.SourceChanges, RunsJson.Default.IReadOnlyListSourceChange) ?? [])
            .Select(c => $"{Text.Time(c.At)}: {c.Description} To undo: {c.Undo}"),
    ];

    private static async Task<Run> FindAsync(MigrateDb db, Guid runId, CancellationToken cancellationToken) =>
        await db.Runs.AsNoTracking().SingleOrDefaultAsync(r => r.Id == runId, cancellationToken)
            ?? throw new MigrateException("run.unknown", $"There is no run {runId}.", "See 'migrate run list'.");
}
