using System.Linq.Expressions;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Query;
using Migrate.Executor.Jobs;
using Migrate.Planner;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Runs;

/// <summary>
/// A run in the hands of the worker that holds its lease: what was decided for it, and the only way to write to it. A write
/// after the lease is lost throws <see cref="LeaseLostException"/> and changes nothing.
/// </summary>
public sealed partial class RunWork
{
    private readonly IDbContextFactory<MigrateDb> _databases;
    private readonly RunLog _log;

    private RunWork(IDbContextFactory<MigrateDb> databases, RunLog log, Lease lease)
    {
        _databases = databases;
        _log = log;
        Lease = lease;
    }

    public Lease Lease { get; }

    /// <summary>As it was last read; <see cref="UpdateAsync"/> reads it again.</summary>
    public Run Run { get; private set; } = null!;

    public PlanVm PlanVm { get; private set; } = null!;

    public Plan Plan { get; private set; } = null!;

    public PlanPolicy Policy { get; private set; } = null!;

    /// <summary>When the phase that a step leads to is due; null until somebody asks something of the run. At once, unless the step says otherwise.</summary>
    public Due Next { get; set; } = Due.AtOnce;

    /// <summary>More is safe at the destination than when the step began: failures of before say nothing about the next try.</summary>
    public bool HasProgressed { get; set; }

    /// <summary>The word for a cutover that the step's decision knows of; another one that came meanwhile must not be lost.</summary>
    public DateTime? CutOverSeen { get; set; }

    /// <summary>The word for a rehearsal that the step began with: likewise.</summary>
    public DateTime? RehearsalSeen { get; private init; }

    public IReadOnlyList<PlannedDisk> PlannedDisks { get; private set; } = [];

    public Source Source { get; private set; } = null!;

    public KvmHost KvmHost { get; private set; } = null!;

    public static async Task<RunWork> LoadAsync(
        IDbContextFactory<MigrateDb> databases, RunLog log, Lease lease, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var run = await db.Runs.AsNoTracking().SingleAsync(x => x.Id == lease.RunId, cancellationToken);
        var planVm = await db.PlanVms.AsNoTracking().SingleAsync(x => x.Id == run.PlanVmId, cancellationToken);
        var plan = await db.Plans.AsNoTracking().SingleAsync(x => x.Id == run.PlanId, cancellationToken);
        return new RunWork(databases, log, lease)
        {
            Run = run,
            CutOverSeen = run.CutOverAt,
            RehearsalSeen = run.RehearsalAskedAt,
            PlanVm = planVm,
            Plan = plan,
            Policy = PlannerJson.Read(plan.Policy, PlannerJson.Default.PlanPolicy).AtTimesOf(planVm),
            PlannedDisks = JsonSerializer.Deserialize(planVm.Disks, PlannerJson.Default.IReadOnlyListPlannedDisk)!,
            Source = await db.Sources.AsNoTracking().SingleAsync(x => x.Id == plan.SourceId, cancellationToken),
            KvmHost = await db.KvmHosts.AsNoTracking().SingleAsync(x => x.Id == plan.KvmHostId, cancellationToken),
        };
    }

    public async Task<IReadOnlyList<RunDisk>> DisksAsync(CancellationToken cancellationToken)
    {
        await using var db = await _databases.CreateDbContextAsync(cancellationToken);
        return await db.RunDisks.AsNoTracking().Where(x => x.RunId == Run.Id).OrderBy(x => x.DiskKey).ToListAsync(cancellationToken);
    }

    public async Task UpdateAsync(Action<UpdateSettersBuilder<Run>> set, CancellationToken cancellationToken)
    {
        await using var db = await _databases.CreateDbContextAsync(cancellationToken);
        if (await db.Runs.HeldBy(Lease).ExecuteUpdateAsync(set, cancellationToken) == 0)
        {
            throw new LeaseLostException(Run.Id, Lease.Epoch);
        }

        await ReadAgainAsync(db, cancellationToken);
    }

    /// <summary>As <see cref="UpdateAsync"/>, if the run is still so.</summary>
    /// <returns>False: it is not, and nothing was written; it is read again in either case.</returns>
    public async Task<bool> TryUpdateAsync(Expression<Func<Run, bool>> still, Action<UpdateSettersBuilder<Run>> set, CancellationToken cancellationToken)
    {
        await using var db = await _databases.CreateDbContextAsync(cancellationToken);
        var updated = await db.Runs.HeldBy(Lease).Where(still).ExecuteUpdateAsync(set, cancellationToken) > 0;
        await ReadAgainAsync(db, cancellationToken);
        return updated;
    }

    /// <summary>What somebody has asked of the run since.</summary>
    public async Task ReadAgainAsync(CancellationToken cancellationToken)
    {
        await using var db = await _databases.CreateDbContextAsync(cancellationToken);
        await ReadAgainAsync(db, cancellationToken);
    }

    private async Task ReadAgainAsync(MigrateDb db, CancellationToken cancellationToken) =>
        Run = await db.Runs.AsNoTracking().SingleAsync(x => x.Id == Run.Id, cancellationToken);

    /// <summary>As <see cref="UpdateAsync"/>, and it survives a power cut: for what is written down before something that cannot be taken back.</summary>
    public async Task UpdateDurablyAsync(Action<UpdateSettersBuilder<Run>> set, CancellationToken cancellationToken)
    {
        await using var db = await _databases.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.BeginDurablyAsync(cancellationToken);
        if (await db.Runs.HeldBy(Lease).ExecuteUpdateAsync(set, cancellationToken) == 0)
        {
            throw new LeaseLostException(Run.Id, Lease.Epoch);
        }

        await transaction.CommitAsync(cancellationToken);
        await ReadAgainAsync(db, cancellationToken);
    }

    public async Task UpdateDiskAsync(Guid diskId, Action<UpdateSettersBuilder<RunDisk>> set, CancellationToken cancellationToken)
    {
        await using var db = await _databases.CreateDbContextAsync(cancellationToken);
        var held = db.Runs.HeldBy(Lease);
        if (await db.RunDisks.Where(x => x.Id == diskId && held.Any(run => run.Id == x.RunId)).ExecuteUpdateAsync(set, cancellationToken) == 0)
        {
            throw new LeaseLostException(Run.Id, Lease.Epoch);
        }
    }

    /// <summary>The source has changed since it was copied: whoever goes on with the run copies from the start.</summary>
    /// <param name="next">The phase in which it is copied.</param>
    /// <param name="cancellationToken">Of the step.</param>
    public async Task ForgetCopiesAsync(RunPhase next, CancellationToken cancellationToken)
    {
        foreach (var disk in await DisksAsync(cancellationToken))
        {
            await UpdateDiskAsync(
                disk.Id,
                set => set
                    .SetProperty(x => x.SourceHash, (string?)null)
                    .SetProperty(x => x.DestinationHash, (string?)null)
                    .SetProperty(x => x.VerifiedAt, (DateTime?)null)
                    .SetProperty(x => x.UnreadSince, (string?)null)
                    .SetProperty(x => x.CopyStartedAt, (DateTime?)null)
                    .SetProperty(x => x.CopyFinishedAt, (DateTime?)null)
                    .SetProperty(x => x.BytesDone, 0)
                    .SetProperty(x => x.BytesVerified, 0)
                    .SetProperty(x => x.BytesRead, 0)
                    .SetProperty(x => x.BytesWritten, 0)
                    .SetProperty(x => x.BytesZero, 0),
                cancellationToken);
        }

        await ForgetLastPassAsync(next, cancellationToken);
    }

    /// <summary>The source has changed since its last pass, and no domain is left of that: another last pass follows.</summary>
    public Task ForgetLastPassAsync(RunPhase next, CancellationToken cancellationToken) => UpdateAsync(
        set => set
            .SetProperty(x => x.Phase, next)
            .SetProperty(x => x.LastPassAt, (DateTime?)null)
            .SetProperty(x => x.HandedOverAt, (DateTime?)null)
            .SetProperty(x => x.Behind, (string?)null)
            .SetProperty(x => x.SourceAtRest, (string?)null)
            .SetProperty(x => x.Conversion, (string?)null)
            .SetProperty(x => x.DomainName, (string?)null),
        cancellationToken);

    public Task LogAsync(string level, string message, CancellationToken cancellationToken) =>
        _log.WriteAsync(Run.Id, Run.Phase, level, message, cancellationToken);
}
