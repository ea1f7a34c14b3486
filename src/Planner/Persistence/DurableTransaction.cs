using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Migrate.Planner.Persistence;

/// <summary>A transaction whose commit survives a power cut, however the database is set up otherwise.</summary>
public static class DurableTransaction
{
    public static async Task<IDbContextTransaction> BeginDurablyAsync(this MigrateDb db, CancellationToken cancellationToken)
    {
        if (db.Database.IsSqlite())
        {
            // Of this connection only, and until it is opened again: SqlitePragmas makes it NORMAL then.
            await db.Database.OpenConnectionAsync(cancellationToken);
            await db.Database.ExecuteSqlRawAsync("PRAGMA synchronous = FULL", cancellationToken);
            return await db.Database.BeginTransactionAsync(cancellationToken);
        }

        var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.Database.ExecuteSqlRawAsync(
            "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'", cancellationToken);
        return transaction;
    }
}
