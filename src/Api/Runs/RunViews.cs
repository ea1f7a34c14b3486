using Migrate.Planner.Plans;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Executor.Runs;
using Migrate.Executor.Runs.Gates;
using Migrate.Executor.Validation;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Runs;

/// <summary>Reads runs the way that the API shows them: with the plan's name and the sums over their disks.</summary>
internal sealed class RunViews(IDbContextFactory<MigrateDb> databases, TimeProvider time)
{
    private const int NewestEvents = 50;

    // Progress is stored every second while there is any.
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(10);

    public async Task<IReadOnlyList<RunView>> ViewAsync(IReadOnlyList<Run> runs, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var runIds = runs.Select(r => r.Id).ToList();
        var planIds = runs.Select(r => r.PlanId).Distinct().ToList();
        var plans = await db.Plans.AsNoTracking().Where(p => planIds.Contains(p.Id)).Select(p => new { p.Id, p.Name }).ToDictionaryAsync(p => p.Id, p => p.Name, cancellationToken);
        var sums = await db.RunDisks.AsNoTracking().Where(d => runIds.Contains(d.RunId)).GroupBy(d => d.RunId)
            .Select(g => new { RunId = g.Key, Capacity = g.Sum(d => d.CapacityBytes), Done = g.Sum(d => d.BytesDone) })
            .ToDictionaryAsync(s => s.RunId, cancellationToken);
        var since = time.GetUtcNow().UtcDateTime - Fresh;
        var moving = (await db.RunDisks.AsNoTracking().Where(d => runIds.Contains(d.RunId) && d.ProgressAt > since).ToListAsync(cancellationToken)).ToLookup(d => d.RunId);
        var planVmIds = runs.Select(r => r.PlanVmId).ToList();
        var modes = await db.PlanVms.AsNoTracking().Where(v => planVmIds.Contains(v.Id)).Select(v => new { v.Id, v.Mode }).ToDictionaryAsync(v => v.Id, v => v.Mode, cancellationToken);
        var validating = runs.Where(r => r.Phase == RunPhase.Validating).Select(r => r.Id).ToList();
        var observed = validating.Count == 0 ? [] : await db.StorageObservations.AsNoTracking().Where(x => validating.Contains(x.RunId))
            .Select(x => new StorageObservation // Without its counters.
            {
                RunId = x.RunId,
                Domain = x.Domain,
                StartedAt = x.StartedAt,
                LookAt = x.LookAt,
                Until = x.Until,
                EndedAt = x.EndedAt,
                StoredUntil = x.StoredUntil,
                Operations = x.Operations,
                State = "",
            })
            .ToDictionaryAsync(x => x.RunId, cancellationToken);
        return
        [
            .. runs.Select(r => new RunView(
                r.Id, plans.GetValueOrDefault(r.PlanId, ""), r.Wave, r.VmName, r.Phase, r.Attempt, r.Outcome,
                sums.GetValueOrDefault(r.Id)?.Capacity ?? 0, sums.GetValueOrDefault(r.Id)?.Done ?? 0,
                r.CreatedAt, r.StartedAt, r.FinishedAt, r.ErrorCode, r.Error, r.Remedy, r.DomainName,
                modes.GetValueOrDefault(r.PlanVmId), r.ReadyAt, r.CutOverAt,
                moving[r.Id].Sum(d => d.BytesPerSecond), moving[r.Id].Max(d => d.EtaSeconds), moving[r.Id].OrderByDescending(d => d.EtaSeconds ?? long.MaxValue).FirstOrDefault()?.Bottleneck,
                moving[r.Id].Min(d => d.StalledSince), observed.GetValueOrDefault(r.Id) is { } row ? ObservationView.Says(row) : null)),
        ];
    }

    public async Task<RunView> ViewAsync(Run run, CancellationToken cancellationToken) => (await ViewAsync([run], cancellationToken))[0];

    public async Task<RunDetail> DetailAsync(Guid runId, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var run = await FindAsync(db, runId, cancellationToken);
        var disks = await db.RunDisks.AsNoTracking().Where(d => d.RunId == runId).OrderBy(d => d.DiskKey).ToListAsync(cancellationToken);
        var events = await db.RunEvents.AsNoTracking().Where(e => e.RunId == runId).OrderByDescending(e => e.Id).Take(NewestEvents).ToListAsync(cancellationToken);
        var view = await ViewAsync(run, cancellationToken);
        var policy = await db.Plans.Where(p => p.Id == run.PlanId).Select(p => p.Policy).SingleOrDefaultAsync(cancellationToken);
        return new RunDetail(
            view,
            [
                .. disks.Select(d => new RunDiskView(
                    d.DiskKey, d.Label, d.Reader, d.NamespaceUuid, d.CapacityBytes, d.BytesRead, d.BytesWritten, d.BytesZero,
                    d.CopyStartedAt, d.CopyFinishedAt, d.SourceHash, d.DestinationHash, d.VerifiedAt, d.BytesDone, d.BytesVerified,
                    IsMoving(d) ? d.BytesPerSecond : 0, IsMoving(d) ? d.EtaSeconds : null, IsMoving(d) ? d.EarliestEtaSeconds : null,
                    IsMoving(d) ? d.LatestEtaSeconds : null, d.SettledAt, IsMoving(d) ? d.StalledSince : null, IsMoving(d) ? d.Bottleneck : null)),
            ],
            [.. events.OrderBy(e => e.Id).Select(ViewOf)],
            SourceChangesOf(run),
            policy is null ? VerifyLevel.ReadBack : PlannerJson.Read(policy, PlannerJson.Default.PlanPolicy).Verify,
            DowntimeView.Of(run, time.GetUtcNow().UtcDateTime),
            ConversionView.Of(run),
            RehearsalView.Of(run),
            RollBackView.Of(run, time.GetUtcNow().UtcDateTime),
            ObservationView.Of(await db.StorageObservations.AsNoTracking().SingleOrDefaultAsync(x => x.RunId == runId, cancellationToken)),
            FailedVerdict.Of(run),
            run.PrunedAt);
    }

    /// <exception cref="MigrateException">run.not-found; run.verdict.unknown while nothing is judged.</exception>
    public async Task<Verdict> VerdictAsync(Guid runId, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var run = await FindAsync(db, runId, cancellationToken);
        return Verdict.Of(run) ?? throw new MigrateException(
            "run.verdict.unknown", $"The run of '{run.VmName}' is {run.Phase}; it has no verdict yet.", "It is judged after its cutover, when the guest's I/O was observed: see migrate run show.");
    }

    /// <summary>Lines are numbered in the order of their times.</summary>
    public static readonly ListOrders<RunEvent> LogOrders = new ListOrders<RunEvent>("at").Last(x => x.Id).By("at", x => x.Id);

    private static readonly string[] Levels = [RunLog.Info, RunLog.Warning, RunLog.Error];

    public async Task<Page<RunEventView>> LogAsync(Guid runId, string? level, Paging paging, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        await FindAsync(db, runId, cancellationToken);
        CheckLevel(level);
        var events = db.RunEvents.AsNoTracking().Where(e => e.RunId == runId && (level == null || e.Level == level));
        var page = await LogOrders.Apply(events, paging.Sort).Skip(paging.Skip).Take(paging.Size).ToListAsync(cancellationToken);
        return new Page<RunEventView>([.. page.Select(ViewOf)], paging.Number, paging.Size, await events.LongCountAsync(cancellationToken));
    }

    /// <exception cref="MigrateException">list.filter-unknown.</exception>
    public static void CheckLevel(string? level)
    {
        if (level is not null && !Levels.Contains(level))
        {
            throw new MigrateException("list.filter-unknown", $"No line of a log has the level '{level}'.", $"Levels are {string.Join(", ", Levels)}.");
        }
    }

    /// <summary>The newest run of each VM of a wave, by the VM's name.</summary>
    public async Task<IReadOnlyList<Run>> NewestOfWaveAsync(Guid planId, int wave, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var runs = await db.Runs.AsNoTracking().Where(r => r.PlanId == planId && r.Wave == wave).Select(RunStore.Listed).ToListAsync(cancellationToken);
        return [.. runs.GroupBy(r => r.PlanVmId).Select(g => g.MaxBy(r => r.CreatedAt)!).OrderBy(r => r.VmName, StringComparer.Ordinal)];
    }

    public static RunEventView ViewOf(RunEvent e) => new(e.Id, e.RunId, e.At, e.Phase, e.Level, e.Message);

    /// <summary>Each change with the time that it was made and the way back.</summary>
    public static IReadOnlyList<string> SourceChangesOf(Run run) =>
    [
        .. (JsonSerializer.Deserialize(run.SourceChanges, RunsJson.Default.IReadOnlyListSourceChange) ?? [])
            .Select(c => $"{Text.Time(c.At)}: {c.Description} To undo: {c.Undo}"),
    ];

    private bool IsMoving(RunDisk disk) => disk.ProgressAt > time.GetUtcNow().UtcDateTime - Fresh;

    private static async Task<Run> FindAsync(MigrateDb db, Guid runId, CancellationToken cancellationToken) =>
        await db.Runs.AsNoTracking().SingleOrDefaultAsync(r => r.Id == runId, cancellationToken)
            ?? throw new MigrateException("run.unknown", $"There is no run {runId}.", "See 'migrate run list'.");
}
