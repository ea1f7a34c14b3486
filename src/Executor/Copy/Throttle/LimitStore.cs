using Microsoft.EntityFrameworkCore;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Copy.Throttle;

/// <summary>The limits of copies that operators have set: in the database, so that they outlive the server and count for every process.</summary>
public sealed class LimitStore(IDbContextFactory<MigrateDb> databases, TimeProvider time)
{
    public async Task<IReadOnlyDictionary<ThrottleKey, ThrottleProfile>> ListAsync(CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var rows = await db.CopyLimits.AsNoTracking().OrderBy(x => x.Key).ToListAsync(cancellationToken);
        return ThrottleText.Parse(rows.SelectMany(row => row.Limits.Split(' '), (row, limit) => $"{row.Name}={limit}"));
    }

    /// <summary>Sets the limits of these; what was set for them before is gone, that of others stays.</summary>
    /// <exception cref="MigrateException">copy.limit-invalid</exception>
    public async Task SetAsync(IReadOnlyDictionary<ThrottleKey, ThrottleProfile> limits, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        foreach (var (key, profile) in limits)
        {
            profile.Check(key);
            var id = RowKey(key);
            if (await db.CopyLimits.FindAsync([id], cancellationToken) is not { } row)
            {
                db.CopyLimits.Add(row = new CopyLimit { Key = id, Name = "", Limits = "" });
            }

            (row.Name, row.Limits, row.ChangedAt) = (ThrottleText.Of(key), string.Join(' ', ThrottleText.Of(profile)), now);
        }

        await db.SaveChangesAsync(cancellationToken);
    }

    /// <summary>False when there was none.</summary>
    public async Task<bool> RemoveAsync(ThrottleKey key, CancellationToken cancellationToken)
    {
        var id = RowKey(key);
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        return await db.CopyLimits.Where(x => x.Key == id).ExecuteDeleteAsync(cancellationToken) > 0;
    }

    internal static string RowKey(ThrottleKey key) => ThrottleText.Of(key).ToLowerInvariant();
}
