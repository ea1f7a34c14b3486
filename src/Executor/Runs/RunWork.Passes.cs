using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Query;
using Migrate.Executor.Copy.Throttle;
using Migrate.Executor.Jobs;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;
using Migrate.Planner.VSphere.ChangeTracking;

namespace Migrate.Executor.Runs;

/// <summary>The part that writes down the passes of a warm run.</summary>
public sealed partial class RunWork
{
    // Databases keep a moment less exactly than the state's JSON does.
    private static readonly TimeSpan SameMoment = TimeSpan.FromMilliseconds(2);

    public bool IsWarm => PlanVm.Mode == MigrationMode.Warm;

    /// <summary>The row of the pass that was begun, or of the one that goes on after a crash.</summary>
    public async Task<RunPass> RecordPassAsync(TrackingPass pass, DateTime startedAt, TimeSpan? freeze, CancellationToken cancellationToken)
    {
        await using var db = await HeldAsync(cancellationToken);
        var row = await db.RunPasses.SingleOrDefaultAsync(x => x.RunId == Run.Id && x.Number == pass.Number, cancellationToken);
        if (row is null)
        {
            row = new RunPass
            {
                Id = Guid.CreateVersion7(),
                RunId = Run.Id,
                Number = pass.Number,
                IsLast = pass.SnapshotKey is null,
                IsCrashConsistent = pass.CrashConsistent,
                StartedAt = startedAt,
                FrozenAt = pass.Disks.Max(x => x.Disk.FrozenAt),
                FreezeMs = pass.SnapshotKey is null ? null : (long?)freeze?.TotalMilliseconds,
            };
            db.RunPasses.Add(row);
            await db.SaveChangesAsync(cancellationToken);
        }

        await db.Database.CommitTransactionAsync(cancellationToken);
        return row;
    }

    /// <summary>
    /// The row of a disk's part in the pass. One that is <see cref="RunPassDisk.FinishedAt"/> is at the destination already: the pass that goes
    /// on after a crash is of the same moment. The basis may have changed since, when tracking broke meanwhile.
    /// </summary>
    public async Task<RunPassDisk> RecordPassDiskAsync(RunPass pass, DiskPass disk, DateTime now, CancellationToken cancellationToken)
    {
        await using var db = await HeldAsync(cancellationToken);
        var row = await db.RunPassDisks.SingleOrDefaultAsync(x => x.PassId == pass.Id && x.DiskKey == disk.Disk.Key, cancellationToken);
        if (row is null)
        {
            row = new RunPassDisk { Id = Guid.CreateVersion7(), PassId = pass.Id, DiskKey = disk.Disk.Key, Label = disk.Disk.Label, Reason = disk.Reason, StartedAt = now };
            db.RunPassDisks.Add(row);
        }

        if (row.FinishedAt is null)
        {
            (row.Basis, row.Reason) = (disk.Basis, disk.Reason);
        }

        await db.SaveChangesAsync(cancellationToken);
        await db.Database.CommitTransactionAsync(cancellationToken);
        return row;
    }

    public async Task UpdatePassAsync(RunPass pass, Action<UpdateSettersBuilder<RunPass>> set, CancellationToken cancellationToken)
    {
        await using var db = await HeldAsync(cancellationToken);
        await db.RunPasses.Where(x => x.Id == pass.Id).ExecuteUpdateAsync(set, cancellationToken);
        await db.Database.CommitTransactionAsync(cancellationToken);
    }

    public async Task UpdatePassDiskAsync(RunPassDisk disk, Action<UpdateSettersBuilder<RunPassDisk>> set, CancellationToken cancellationToken)
    {
        await using var db = await HeldAsync(cancellationToken);
        await db.RunPassDisks.Where(x => x.Id == disk.Id).ExecuteUpdateAsync(set, cancellationToken);
        await db.Database.CommitTransactionAsync(cancellationToken);
    }

    /// <summary>Extents that the pass's self-test found changed although the source called them unchanged; all disks, also those that a dead worker copied.</summary>
    public async Task<long> WrongExtentsAsync(RunPass pass, CancellationToken cancellationToken)
    {
        await using var db = await _databases.CreateDbContextAsync(cancellationToken);
        return await db.RunPassDisks.Where(x => x.PassId == pass.Id).SumAsync(x => x.WrongExtents, cancellationToken);
    }

    /// <summary>
    /// Passes whose worker ended before it could say how they ended: all but <paramref name="goesOn"/>. What the tracker counts as copied decides.
    /// </summary>
    public async Task SettlePassesAsync(TrackingState state, int? goesOn, string reason, DateTime now, CancellationToken cancellationToken)
    {
        await using var db = await HeldAsync(cancellationToken);
        foreach (var pass in await db.RunPasses.Where(x => x.RunId == Run.Id && x.Outcome == PassOutcome.Running && x.Number != goesOn).ToListAsync(cancellationToken))
        {
            var counts = pass.CopiedAt is not null && state.Disks.All(x => x.CopiedAt >= pass.FrozenAt - SameMoment);
            pass.Outcome = counts ? PassOutcome.Completed : PassOutcome.GivenUp;
            pass.Reason = counts ? null : reason;
            pass.FinishedAt = now;
        }

        await db.SaveChangesAsync(cancellationToken);
        await db.Database.CommitTransactionAsync(cancellationToken);
    }

    /// <summary>When the newest pass that counts ended; null when there is none.</summary>
    public async Task<DateTime?> LastPassEndedAtAsync(CancellationToken cancellationToken)
    {
        await using var db = await _databases.CreateDbContextAsync(cancellationToken);
        return await db.RunPasses.Where(x => x.RunId == Run.Id && x.Outcome == PassOutcome.Completed).MaxAsync(x => x.FinishedAt, cancellationToken);
    }

    /// <summary>How long the newest pass of changes held its snapshot; null when there is none.</summary>
    public async Task<TimeSpan?> LastPassTookAsync(CancellationToken cancellationToken)
    {
        await using var db = await _databases.CreateDbContextAsync(cancellationToken);
        var pass = await db.RunPasses.AsNoTracking().Where(x => x.RunId == Run.Id && x.Outcome == PassOutcome.Completed && x.Number > 1 && x.FrozenAt != null && x.CopiedAt != null)
            .OrderByDescending(x => x.Number).FirstOrDefaultAsync(cancellationToken);
        return pass is null ? null : pass.CopiedAt - pass.FrozenAt + TimeSpan.FromMilliseconds((pass.FreezeMs ?? 0) + (pass.MergeMs ?? 0));
    }

    /// <summary>How many passes were given up for closed hours since the newest one that counts.</summary>
    public async Task<int> PassesOvertakenAsync(CancellationToken cancellationToken)
    {
        await using var db = await _databases.CreateDbContextAsync(cancellationToken);
        var counted = db.RunPasses.Where(x => x.RunId == Run.Id && x.Outcome == PassOutcome.Completed);
        return await db.RunPasses.CountAsync(
            x => x.RunId == Run.Id && x.Outcome == PassOutcome.GivenUp && x.Reason!.Contains(SharedThrottle.ClosedHours) && !counted.Any(y => y.Number > x.Number), cancellationToken);
    }

    /// <summary>Passes after the seed that came to their end.</summary>
    public async Task<int> PassesMadeAsync(CancellationToken cancellationToken)
    {
        await using var db = await _databases.CreateDbContextAsync(cancellationToken);
        return Math.Max(0, await db.RunPasses.CountAsync(x => x.RunId == Run.Id && x.Outcome == PassOutcome.Completed, cancellationToken) - 1);
    }

    /// <summary>A context in a transaction in which the lease is held: the run's row is locked until it ends.</summary>
    private async Task<MigrateDb> HeldAsync(CancellationToken cancellationToken)
    {
        var db = await _databases.CreateDbContextAsync(cancellationToken);
        try
        {
            await db.Database.BeginTransactionAsync(cancellationToken);
            return await db.Runs.HeldBy(Lease).ExecuteUpdateAsync(set => set.SetProperty(x => x.LeaseEpoch, x => x.LeaseEpoch), cancellationToken) > 0
                ? db
                : throw new LeaseLostException(Run.Id, Lease.Epoch);
        }
        catch
        {
            await db.DisposeAsync();
            throw;
        }
    }
}
