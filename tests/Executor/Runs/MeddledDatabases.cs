using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Tests.Runs;

/// <summary>Somebody else does something just before the first transaction begins: after all that was read to decide, before it is written.</summary>
internal sealed class MeddledDatabases(IDbContextFactory<MigrateDb> inner, Func<Task> meddle) : DbTransactionInterceptor, IDbContextFactory<MigrateDb>
{
    private Func<Task>? _meddle = meddle;

    public MigrateDb CreateDbContext()
    {
        using var plain = inner.CreateDbContext();
        return new MigrateDb(new DbContextOptionsBuilder<MigrateDb>((DbContextOptions<MigrateDb>)plain.GetService<IDbContextOptions>()).AddInterceptors(this).Options);
    }

    public override async ValueTask<InterceptionResult<DbTransaction>> TransactionStartingAsync(
        DbConnection connection, TransactionStartingEventData eventData, InterceptionResult<DbTransaction> result, CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _meddle, null) is { } now)
        {
            await now();
        }

        return result;
    }
}
