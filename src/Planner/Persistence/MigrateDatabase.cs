using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Migrate.Planner.Persistence;

/// <summary>Chooses the database, and brings its schema up to this program's before anything else touches it.</summary>
public sealed partial class MigrateDatabase(
    IDbContextFactory<MigrateDb> factory, DatabaseOptions options, TimeProvider time, ILogger<MigrateDatabase> log)
{
    // Npgsql ends a statement after 30 s. A migration that goes through a large estate takes longer, and ended it would begin anew at every start.
    // SQLite's timeout is for locks only, and nobody else has any then.
    private static readonly TimeSpan LongestStatement = TimeSpan.FromHours(2);

    /// <summary>Points a context at the database of <paramref name="options"/>.</summary>
    public static void Configure(DbContextOptionsBuilder builder, DatabaseOptions options)
    {
        if (options.PostgresConnectionString is { } connectionString)
        {
            builder.UseNpgsql(connectionString);
        }
        else
        {
            // Ids of a page are written into the statement: SQLite looks for each parameter's name from the first, so that to hand a hundred of them over takes
            // longer than to find their rows. PostgreSQL takes them as one array.
            builder.UseSqlite(SqliteConnectionString(options), sqlite => sqlite.UseParameterizedCollectionMode(ParameterTranslationMode.Constant));
            builder.AddInterceptors(SqlitePragmas.Instance);
        }
        // The migrations and their snapshot are written by hand for both databases at once, so they lack each provider's own
        // annotations and EF would always suspect a difference. A test compares the schemas themselves instead.
        builder.ConfigureWarnings(warnings => warnings.Ignore(RelationalEventId.PendingModelChangesWarning));
    }

    /// <summary>A factory without a service container, for tools and tests.</summary>
    public static IDbContextFactory<MigrateDb> CreateFactory(DatabaseOptions options)
    {
        var builder = new DbContextOptionsBuilder<MigrateDb>();
        Configure(builder, options);
        return new PlainFactory(builder.Options);
    }

    /// <summary>The same without a way to back up a PostgreSQL.</summary>
    public Task MigrateAsync(CancellationToken cancellationToken) => MigrateAsync(backUpPostgres: null, cancellationToken);

    /// <summary>
    /// Migrates the schema when something is pending. On SQLite this happens under an OS lock on a file of our own, which the kernel
    /// releases even after a kill; EF's own lock is a row that a kill leaves behind, and the next start would wait for
    /// it for ever. An existing database is backed up first, beside the file. On PostgreSQL EF's lock ends with its connection.
    /// </summary>
    /// <param name="backUpPostgres">Backs up a PostgreSQL that has tables, before they change; told the first change. Null: somebody else did.</param>
    /// <param name="cancellationToken">Ends it; what was begun is undone by the database.</param>
    /// <exception cref="MigrateException">database.locked, database.newer, database.unusable.</exception>
    public async Task MigrateAsync(Func<string, CancellationToken, Task>? backUpPostgres, CancellationToken cancellationToken)
    {
        if (options.PostgresConnectionString is not null)
        {
            await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
            if (await PendingAsync(db, cancellationToken) is { Count: > 0 } pending)
            {
                if (backUpPostgres is not null && pending.Count < db.Database.GetMigrations().Count())
                {
                    await backUpPostgres(pending[0], cancellationToken);
                }
                LogMigrating(pending.Count, options);
                db.Database.SetCommandTimeout(LongestStatement);
                await db.Database.MigrateAsync(cancellationToken);
            }
            return;
        }
        string path = SqlitePath(options);
        await using FileStream held = await FileLock.TakeAsync(path + ".lock", options.LockTimeout, time, cancellationToken);
        try
        {
            await MigrateSqliteAsync(path, cancellationToken);
        }
        catch (SqliteException e) when (e.SqliteErrorCode is SqliteNotADatabase or SqliteCorrupt or SqliteCannotOpen)
        {
            throw new MigrateException("database.unusable", $"{path} cannot be used as Migrate's database: {e.Message}",
                "Name another file, or restore the newest backup that lies beside this one.", e);
        }
    }

    // SQLite's primary result codes, https://www.sqlite.org/rescode.html.
    private const int SqliteCorrupt = 11;
    private const int SqliteCannotOpen = 14;
    private const int SqliteNotADatabase = 26;

    private async Task MigrateSqliteAsync(string path, CancellationToken cancellationToken)
    {
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        IReadOnlyList<string> pending = await PendingAsync(db, cancellationToken);
        if (pending.Count == 0)
        {
            return;
        }
        await ClearStaleLockRowAsync(db, path, cancellationToken);
        if (await HasTablesAsync(db, cancellationToken))
        {
            string backup = $"{path}.before-{pending[0]}-{time.GetUtcNow().UtcDateTime:yyyyMMddTHHmmssfff}";
            // Made empty first, which VACUUM takes: it must not be open to others even while it is written.
            await OwnerOnlyFile.Create(backup).DisposeAsync();
            await db.Database.ExecuteSqlAsync($"VACUUM INTO {backup}", cancellationToken);
            LogBackedUp(path, backup);
        }
        LogMigrating(pending.Count, options);
        // Readers and the one writer work at once only in WAL; the mode is a property of the file and stays.
        await db.Database.ExecuteSqlRawAsync("PRAGMA journal_mode = WAL", cancellationToken);
        await db.Database.MigrateAsync(cancellationToken);
    }

    /// <summary>Held: the file lock. So nobody is migrating and a lock row can only be a dead process's.</summary>
    private async Task ClearStaleLockRowAsync(MigrateDb db, string path, CancellationToken cancellationToken)
    {
        int tables = await db.Database.SqlQuery<int>(
            $"SELECT count(*) AS Value FROM sqlite_master WHERE type = 'table' AND name = '__EFMigrationsLock'").SingleAsync(cancellationToken);
        if (tables > 0 && await db.Database.ExecuteSqlRawAsync("DELETE FROM \"__EFMigrationsLock\"", cancellationToken) > 0)
        {
            LogClearedStaleLock(path);
        }
    }

    private static async Task<bool> HasTablesAsync(MigrateDb db, CancellationToken cancellationToken) =>
        await db.Database.SqlQuery<int>(
            $"SELECT count(*) AS Value FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_\\_EF%' ESCAPE '\\'").SingleAsync(cancellationToken) > 0;

    private async Task<IReadOnlyList<string>> PendingAsync(MigrateDb db, CancellationToken cancellationToken)
    {
        List<string> known = [.. db.Database.GetMigrations()];
        List<string> applied = [.. await db.Database.GetAppliedMigrationsAsync(cancellationToken)];
        if (applied.Except(known).ToList() is { Count: > 0 } unknown)
        {
            throw new MigrateException("database.newer",
                $"The database ({options}) was migrated by a newer version of this program: it has {string.Join(", ", unknown)}.",
                "Start the newer version, or restore the backup that was made before its first start.");
        }
        return [.. known.Except(applied)];
    }

    private static string SqlitePath(DatabaseOptions options) => Path.GetFullPath(
        options.SqlitePath ?? throw new MigrateException("database.not-configured", "No database is configured.",
            "Give the path of a SQLite file or a PostgreSQL connection string."));

    private static string SqliteConnectionString(DatabaseOptions options) => new SqliteConnectionStringBuilder
    {
        DataSource = SqlitePath(options),
        // In a shared cache a reader locks out the writer by table and gets SQLITE_LOCKED, which no busy timeout waits for.
        Cache = SqliteCacheMode.Private,
        DefaultTimeout = SqlitePragmas.BusyTimeoutSeconds,
    }.ToString();

    private sealed class PlainFactory(DbContextOptions<MigrateDb> contextOptions) : IDbContextFactory<MigrateDb>
    {
        public MigrateDb CreateDbContext() => new(contextOptions);
    }
}
