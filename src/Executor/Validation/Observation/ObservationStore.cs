using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Executor.Validation.Causes;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Validation.Observation;

/// <summary>An observation that this process has, and the host to ask.</summary>
public sealed record OwnedObservation(Guid RunId, string Domain, string HostUri, long Version);

/// <summary>
/// Keeps observations. What is stored is intervals and the state after them, together or not at all, and only on top of what was stored last: whoever lost the
/// observation to another process, or does not know whether its last storing went through, finds another version and begins at what is there.
/// </summary>
public sealed class ObservationStore(IDbContextFactory<MigrateDb> databases, ExecutorOptions options, TimeProvider time)
{
    /// <summary>An hour of them.</summary>
    public const int IntervalsPerBlock = 180;

    /// <summary>Nobody observes who has not said so for so long.</summary>
    public static readonly TimeSpan OwnedFor = TimeSpan.FromSeconds(90);

    private string Me => options.Worker.Owner;

    private DateTime Now => time.GetUtcNow().UtcDateTime;

    public async Task<StorageObservation?> FindAsync(Guid runId, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        return await db.StorageObservations.AsNoTracking().SingleOrDefaultAsync(x => x.RunId == runId, cancellationToken);
    }

    /// <summary>Begins one, as its owner.</summary>
    public async Task<StorageObservation> AddAsync(
        Guid runId, string domain, ObservationState state, TimeSpan firstLook, TimeSpan most, ConsoleFinding? console, StorageSample? sample, CancellationToken cancellationToken)
    {
        var row = new StorageObservation
        {
            RunId = runId,
            Domain = domain,
            StartedAt = state.At,
            LookAt = state.At + firstLook,
            Until = state.At + most,
            StoredUntil = state.At,
            Console = console is null ? null : JsonSerializer.Serialize(console, ObservationJson.Default.ConsoleFinding),
            Sample = sample is null ? null : JsonSerializer.Serialize(sample, CausesJson.Default.StorageSample),
            State = state.Write(),
            Owner = Me,
            OwnerUntil = Now + OwnedFor,
        };
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        db.Add(row);
        await db.SaveChangesAsync(cancellationToken);
        return row;
    }

    /// <summary>Takes all that go on and that no other process has, and gives all that this one has then.</summary>
    public async Task<IReadOnlyList<OwnedObservation>> ClaimAsync(CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        if (!await db.StorageObservations.AnyAsync(x => x.EndedAt == null, cancellationToken))
        {
            return [];
        }

        var (now, me) = (Now, Me);
        await db.StorageObservations
            .Where(x => x.EndedAt == null && db.Runs.Any(run => run.Id == x.RunId && RunsOver.Contains(run.Phase)))
            .ExecuteUpdateAsync(set => set.SetProperty(x => x.EndedAt, now), cancellationToken);
        var going = db.StorageObservations.Where(x => x.EndedAt == null && db.Runs.Any(run => run.Id == x.RunId && run.Phase == RunPhase.Validating));
        await going.Where(x => x.Owner == me || x.OwnerUntil == null || x.OwnerUntil < now)
            .ExecuteUpdateAsync(set => set.SetProperty(x => x.Owner, me).SetProperty(x => x.OwnerUntil, now + OwnedFor), cancellationToken);
        return await going.Where(x => x.Owner == me)
            .Join(db.Runs, x => x.RunId, run => run.Id, (x, run) => new { x.RunId, x.Domain, x.Version, run.PlanId })
            .Join(db.Plans, x => x.PlanId, plan => plan.Id, (x, plan) => new { x.RunId, x.Domain, x.Version, plan.KvmHostId })
            .Join(db.KvmHosts, x => x.KvmHostId, host => host.Id, (x, host) => new OwnedObservation(x.RunId, x.Domain, host.Uri, x.Version))
            .ToListAsync(cancellationToken);
    }

    /// <summary>Takes one, whoever has it: what that process has not stored yet is in QEMU's counters, and becomes one longer interval.</summary>
    public async Task<StorageObservation> TakeAsync(Guid runId, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var until = Now + OwnedFor;
        await db.StorageObservations.Where(x => x.RunId == runId).ExecuteUpdateAsync(set => set.SetProperty(x => x.Owner, Me).SetProperty(x => x.OwnerUntil, until), cancellationToken);
        return await db.StorageObservations.AsNoTracking().SingleAsync(x => x.RunId == runId, cancellationToken);
    }

    /// <summary>Gives back what this process has, so that another one need not wait.</summary>
    public async Task LeaveAsync(CancellationToken cancellationToken)
    {
        var me = Me;
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        await db.StorageObservations.Where(x => x.Owner == me && x.EndedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(x => x.Owner, (string?)null).SetProperty(x => x.OwnerUntil, (DateTime?)null), cancellationToken);
    }

    /// <summary>Stores intervals and what is known after them. False, and nothing is stored: it is another's by now, or was stored on another basis.</summary>
    /// <param name="runId">Its run.</param>
    /// <param name="version">Of what they follow on.</param>
    /// <param name="intervals">In order of time.</param>
    /// <param name="state">After the last of them.</param>
    /// <param name="cancellationToken">Ends it: with all of it stored, or nothing.</param>
    public async Task<bool> AppendAsync(Guid runId, long version, IReadOnlyList<ObservedInterval> intervals, ObservationState state, CancellationToken cancellationToken)
    {
        var (me, written) = (Me, state.Write());
        var operations = intervals.Sum(x => x.Disks.Sum(disk => disk is null ? 0 : disk.Read.Operations + disk.Write.Operations));
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.BeginDurablyAsync(cancellationToken);
        var stored = await db.StorageObservations.Where(x => x.RunId == runId && x.Owner == me && x.Version == version).ExecuteUpdateAsync(
            set => set
                .SetProperty(x => x.Version, version + 1)
                .SetProperty(x => x.State, written)
                .SetProperty(x => x.StoredUntil, state.At)
                .SetProperty(x => x.Operations, x => x.Operations + operations),
            cancellationToken);
        if (stored == 0)
        {
            return false;
        }

        var block = await db.ObservationBlocks.Where(x => x.RunId == runId).OrderByDescending(x => x.Number).FirstOrDefaultAsync(cancellationToken);
        foreach (var interval in Parts(block, intervals))
        {
            if (block is null || block.Intervals >= IntervalsPerBlock)
            {
                block = new ObservationBlock { RunId = runId, Number = (block?.Number ?? -1) + 1, Body = [] };
                db.Add(block);
            }

            block.Body = IntervalCodec.Encode(block.Intervals == 0 ? interval : [.. IntervalCodec.Decode(block.Body), .. interval]);
            block.Intervals += interval.Count;
        }

        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    /// <summary>All that is stored, in order of time.</summary>
    public async Task<IReadOnlyList<ObservedInterval>> IntervalsAsync(Guid runId, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var bodies = await db.ObservationBlocks.AsNoTracking().Where(x => x.RunId == runId).OrderBy(x => x.Number).Select(x => x.Body).ToListAsync(cancellationToken);
        return [.. bodies.SelectMany(IntervalCodec.Decode)];
    }

    /// <summary>Writes down what a look said, and when the next one is.</summary>
    public async Task LookedAsync(Guid runId, string said, StorageEvidence? around, DateTime? next, CancellationToken cancellationToken)
    {
        var now = Now;
        var seen = around is null ? null : JsonSerializer.Serialize(around, CausesJson.Default.StorageEvidence);
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        await db.StorageObservations.Where(x => x.RunId == runId).ExecuteUpdateAsync(
            set => set
                .SetProperty(x => x.Around, seen)
                .SetProperty(x => x.Looks, x => x.Looks + 1)
                .SetProperty(x => x.Said, said)
                .SetProperty(x => x.LookAt, x => next ?? x.LookAt)
                .SetProperty(x => x.EndedAt, next == null ? now : null),
            cancellationToken);
    }

    /// <summary>When copies of other runs were seen to get on last, by their runs: at our storage, which all of them write to.</summary>
    public async Task<IReadOnlyDictionary<Guid, DateTime>> CopiesSinceAsync(DateTime since, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        return await db.RunDisks.Where(x => x.ProgressAt > since).GroupBy(x => x.RunId).Select(x => new { x.Key, Last = x.Max(disk => disk.ProgressAt) })
            .ToDictionaryAsync(x => x.Key, x => x.Last!.Value, cancellationToken);
    }

    private static readonly RunPhase[] RunsOver = [RunPhase.Completed, RunPhase.RolledBack];

    /// <summary>What the last block has room for, then as much as a block takes each.</summary>
    private static IEnumerable<IReadOnlyList<ObservedInterval>> Parts(ObservationBlock? last, IReadOnlyList<ObservedInterval> intervals)
    {
        var room = last is null || last.Intervals >= IntervalsPerBlock ? 0 : Math.Min(IntervalsPerBlock - last.Intervals, intervals.Count);
        return [.. room > 0 ? [[.. intervals.Take(room)]] : (IReadOnlyList<ObservedInterval>[])[], .. intervals.Skip(room).Chunk(IntervalsPerBlock)];
    }
}
