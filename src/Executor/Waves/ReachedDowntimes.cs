using Microsoft.EntityFrameworkCore;
using Migrate.Executor.Runs;
using Migrate.Planner.Convergence;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Waves;

/// <summary>What cutovers took besides copying, converting and proving: shutting down, handing over, starting, booting. The forecasts that follow learn from it.</summary>
public sealed class ReachedDowntimes(IDbContextFactory<MigrateDb> databases)
{
    private const int NewestCutovers = 200;
    private const int FewestCutovers = 3;
    private const double FromShare = 0.1;
    private const double ToShare = 0.9;

    // These grow with the disks and are forecast by their sizes.
    private static readonly string[] Sized = [DowntimeClock.Copying, DowntimeClock.Converting];

    /// <summary>
    /// Of the newest cutovers from a source to a KVM host, the tenth, half and nine tenths of them (nearest rank, so that of few it is the shortest, the middle and the
    /// longest one), seconds. Null where there are not enough. Outages that ended in a roll-back say how long that takes.
    /// </summary>
    public async Task<(Band Seconds, int Cutovers)?> FixedAsync(Guid sourceId, Guid hostId, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var newest = await db.Runs.AsNoTracking()
            .Where(x => x.DowntimeEndedAt != null && x.DowntimeStartedAt != null && (x.Phase == RunPhase.Validating || x.Phase == RunPhase.Completed)
                && db.Plans.Any(plan => plan.Id == x.PlanId && plan.SourceId == sourceId && plan.KvmHostId == hostId))
            .OrderByDescending(x => x.DowntimeEndedAt).Select(x => new { x.Downtime, Ended = x.DowntimeEndedAt!.Value }).Take(NewestCutovers).ToListAsync(cancellationToken);
        List<double> seconds =
        [
            .. newest.Select(x => DowntimeClock.PartsOf(x.Downtime, x.Ended)).Where(parts => parts.All(x => x.Part != DowntimeClock.RollingBack))
                .Select(parts => parts.Where(x => !Sized.Contains(x.Part)).Sum(x => x.Seconds)).Where(x => x > 0).Order(),
        ];
        double At(double share) => seconds[Math.Max(0, (int)Math.Ceiling(share * seconds.Count) - 1)];
        return seconds.Count < FewestCutovers ? null : (new Band(At(FromShare), At(0.5), At(ToShare)), seconds.Count);
    }
}
