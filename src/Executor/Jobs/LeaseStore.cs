using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Jobs;

/// <summary>Takes, renews and releases the leases in the runs' rows. Every change is one conditional UPDATE.</summary>
public sealed partial class LeaseStore(
    IDbContextFactory<MigrateDb> databases, ExecutorOptions options, TimeProvider time, ILogger<LeaseStore> log)
{
    private static readonly TimeSpan ReleasePatience = TimeSpan.FromSeconds(2);
    private readonly ConcurrentDictionary<Guid, Lease> _held = new();

    // However many there are, one look finds them all.
    private readonly Channel<bool> _leftBehind = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Null when somebody else holds the run (or it does not exist): return quietly then.</summary>
    public async Task<Lease?> TryTakeAsync(Guid runId, CancellationToken cancellationToken)
    {
        var owner = $"{options.Worker.Owner}/{Guid.NewGuid():N}"; // Of this taking, so that a second job in this process is another owner.
        var asked = time.GetTimestamp();
        var now = time.GetUtcNow().UtcDateTime;
        var expires = now + options.LeaseDuration;
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var taken = await db.Runs
            .Where(x => x.Id == runId && (x.LeaseOwner == null || x.LeaseExpiresAt == null || x.LeaseExpiresAt < now))
            .ExecuteUpdateAsync(
                set => set
                    .SetProperty(x => x.LeaseOwner, owner)
                    .SetProperty(x => x.LeaseTakenAt, now)
                    .SetProperty(x => x.LeaseExpiresAt, expires)
                    .SetProperty(x => x.LeaseEpoch, x => x.LeaseEpoch + 1),
                cancellationToken);
        if (taken == 0)
        {
            return null;
        }

        var epoch = await db.Runs.Where(x => x.Id == runId && x.LeaseOwner == owner).Select(x => x.LeaseEpoch).SingleAsync(cancellationToken);
        var lease = new Lease(this, time, runId, owner, epoch, options.LeaseDuration, asked);
        _held[runId] = lease;
        return lease;
    }

    /// <summary>Tells a worker of this process to look at its run now; a worker elsewhere sees the request at its next renewal.</summary>
    public void Poke(Guid runId)
    {
        if (_held.TryGetValue(runId, out var lease))
        {
            lease.Poke();
        }
    }

    /// <summary>True while a worker of this process holds the run.</summary>
    public bool HoldsHere(Guid runId) => _held.ContainsKey(runId);

    /// <summary>The runs that workers of this process hold.</summary>
    public IReadOnlyCollection<Guid> HeldHere => [.. _held.Keys];

    /// <summary>
    /// A step ended and could not say what comes next, as the database was away: its run is due and nobody asked for it. Perhaps its lease is not given
    /// back either. The reconciler looks for such runs.
    /// </summary>
    internal void LeaveBehind() => _leftBehind.Writer.TryWrite(true);

    /// <summary>Returns when there is something of that kind, once.</summary>
    internal Task LeftBehindAsync(CancellationToken cancellationToken) => _leftBehind.Reader.ReadAsync(cancellationToken).AsTask();

    internal async Task<Renewal> RenewAsync(Lease lease, CancellationToken cancellationToken)
    {
        var expires = time.GetUtcNow().UtcDateTime + lease.Duration;
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var renewed = await db.Runs.HeldBy(lease).ExecuteUpdateAsync(set => set.SetProperty(x => x.LeaseExpiresAt, expires), cancellationToken);
        var request = renewed == 0 ? null : await db.Runs.Where(x => x.Id == lease.RunId).Select(x => x.Request).SingleAsync(cancellationToken);
        return new Renewal(renewed > 0, request);
    }

    /// <summary>Null when the database did not answer. Whatever went wrong, the next renewal is tried: a lease that is no longer renewed ends a whole copy.</summary>
    internal async Task<Renewal?> TryRenewAsync(Lease lease, CancellationToken cancellationToken)
    {
        try
        {
            return await RenewAsync(lease, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception e)
        {
            LogRenewalFailed(log, lease.RunId, lease.Epoch, e);
            return null;
        }
    }

    internal async Task ReleaseAsync(Lease lease)
    {
        using var patience = new CancellationTokenSource(ReleasePatience);
        try
        {
            await using var db = await databases.CreateDbContextAsync(patience.Token);
            await db.Runs.HeldBy(lease).ExecuteUpdateAsync(
                set => set.SetProperty(x => x.LeaseOwner, (string?)null).SetProperty(x => x.LeaseExpiresAt, (DateTime?)null), patience.Token);
        }
        catch (Exception e) when (DatabaseTrouble.Is(e) || e is OperationCanceledException)
        {
            LogReleaseFailed(log, lease.RunId, lease.Epoch, e); // It expires by itself.
        }
    }

    internal void Forget(Lease lease) => _held.TryRemove(new KeyValuePair<Guid, Lease>(lease.RunId, lease));
}

internal static class LeaseQueries
{
    /// <summary>The run's row as long as this lease holds it: the condition of every write that a step makes.</summary>
    public static IQueryable<Run> HeldBy(this IQueryable<Run> runs, Lease lease) => runs.HeldBy(lease.Claim);

    /// <inheritdoc cref="HeldBy(IQueryable{Run}, Lease)"/>
    public static IQueryable<Run> HeldBy(this IQueryable<Run> runs, LeaseClaim claim)
    {
        var (runId, owner, epoch) = (claim.RunId, claim.Owner, claim.Epoch);
        return runs.Where(x => x.Id == runId && x.LeaseOwner == owner && x.LeaseEpoch == epoch);
    }
}
