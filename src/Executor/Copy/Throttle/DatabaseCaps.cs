using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Copy.Throttle;

/// <summary>
/// What is left of each limit, in a PostgreSQL that several processes share: whoever takes locks the row for one statement, and the
/// server's clock counts, so that all together take what the limit says.
/// </summary>
internal sealed class DatabaseCaps(IDbContextFactory<MigrateDb> databases, TimeProvider time) : ICapStore
{
    /// <summary>What comes together while nobody takes, as in a bucket of one process.</summary>
    private const double BurstSeconds = 0.25;
    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(1);

    public async Task<CapLevels> TakeAsync(ThrottleKey key, long bytes, int reads, ThrottleLimits limits, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await TryTakeAsync(LimitStore.RowKey(key), bytes, reads, limits.BytesPerSecond ?? 0, limits.Iops ?? 0, cancellationToken);
            }
            catch (Exception e) when (DatabaseTrouble.Passes(e))
            {
                // Nothing can be journalled either: the copy goes on when the database is back, or its lease runs out before.
                await Task.Delay(BetweenTries, time, cancellationToken);
            }
        }
    }

    private async Task<CapLevels> TryTakeAsync(string key, double bytes, double reads, double byteRate, double readRate, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var (mostBytes, mostReads) = (byteRate * BurstSeconds, readRate * BurstSeconds);
        var level = await db.Database.SqlQuery<Level>($"""
            INSERT INTO copy_caps AS c ("Key", "Bytes", "Reads", "At") VALUES ({key}, -{bytes}, -{reads}, clock_timestamp())
            ON CONFLICT ("Key") DO UPDATE SET
                "Bytes" = LEAST({mostBytes}, c."Bytes" + EXTRACT(EPOCH FROM clock_timestamp() - c."At") * {byteRate}) - {bytes},
                "Reads" = LEAST({mostReads}, c."Reads" + EXTRACT(EPOCH FROM clock_timestamp() - c."At") * {readRate}) - {reads},
                "At" = clock_timestamp()
            RETURNING c."Bytes", c."Reads"
            """).ToListAsync(cancellationToken);
        return new CapLevels(level[0].Bytes, level[0].Reads);
    }

    private sealed record Level(double Bytes, double Reads);
}
