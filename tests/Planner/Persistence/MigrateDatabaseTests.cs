using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.Logging;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Tests.Persistence;

public class MigrateDatabaseTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_second_start_finds_nothing_to_do()
    {
        await using TestDatabase database = await TestDatabase.CreateSqliteAsync();
        var log = new RecordingLog();

        await database.MigrateAsync(log);

        log.Lines.ShouldBeEmpty();
    }

    [Fact]
    public async Task Connections_are_in_wal_mode_with_a_busy_timeout_and_normal_synchronisation()
    {
        await using TestDatabase database = await TestDatabase.CreateSqliteAsync();
        await using MigrateDb db = database.Factory.CreateDbContext();

        (await db.Database.SqlQueryRaw<string>("SELECT journal_mode AS Value FROM pragma_journal_mode").SingleAsync(Token)).ShouldBe("wal");
        (await db.Database.SqlQueryRaw<long>("SELECT timeout AS Value FROM pragma_busy_timeout").SingleAsync(Token)).ShouldBe(30_000);
        (await db.Database.SqlQueryRaw<long>("SELECT synchronous AS Value FROM pragma_synchronous").SingleAsync(Token)).ShouldBe(1);
    }

    [Fact]
    public async Task A_database_that_holds_something_is_backed_up_before_it_is_changed()
    {
        await using TestDatabase database = TestDatabase.EmptySqlite();
        await ExecuteAsync(database, "CREATE TABLE precious (x TEXT); INSERT INTO precious VALUES ('kept')");

        await database.MigrateAsync();

        string backup = Directory.GetFiles(Path.GetDirectoryName(database.Options.SqlitePath)!, "migrate.db.before-*_Initial-*").ShouldHaveSingleItem();
        await using var connection = new SqliteConnection($"Data Source={backup};Pooling=false");
        await connection.OpenAsync(Token);
        SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT x || (SELECT count(*) FROM sqlite_master WHERE name = 'sources') FROM precious";
        (await command.ExecuteScalarAsync(Token)).ShouldBe("kept0");
    }

    [Fact]
    public async Task A_database_of_the_first_release_is_backed_up_brought_up_and_keeps_what_it_holds()
    {
        await using TestDatabase database = TestDatabase.EmptySqlite();
        await using (MigrateDb old = database.Factory.CreateDbContext())
        {
            await old.GetService<IMigrator>().MigrateAsync("20250901000000_Initial", Token);
            // As that program wrote it: the model of this one has columns that came later.
            await old.Database.ExecuteSqlAsync($"INSERT INTO sources (Id, Name, Kind, Paths, Url, UserName, ProtectedPassword, CreatedAt) VALUES ({Guid.NewGuid()}, 'kept', 'VSphere', '[]', 'https://vc', 'u', 'p', {DateTime.UnixEpoch})", Token);
        }

        await database.MigrateAsync();

        await using MigrateDb db = database.Factory.CreateDbContext();
        (await db.Sources.SingleAsync(Token)).Name.ShouldBe("kept");
        (await db.Users.CountAsync(Token)).ShouldBe(0);
        (await db.Runs.ToListAsync(Token)).ShouldBeEmpty();
        Directory.GetFiles(Path.GetDirectoryName(database.Options.SqlitePath)!, "migrate.db.before-*_Accounts-*").ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_new_database_needs_no_backup()
    {
        await using TestDatabase database = await TestDatabase.CreateSqliteAsync();

        Directory.GetFiles(Path.GetDirectoryName(database.Options.SqlitePath)!, "*.before-*").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_lock_row_that_a_killed_process_left_does_not_hold_up_the_start()
    {
        await using TestDatabase database = TestDatabase.EmptySqlite();
        await ExecuteAsync(database, """
            CREATE TABLE "__EFMigrationsLock" ("Id" INTEGER NOT NULL CONSTRAINT "PK___EFMigrationsLock" PRIMARY KEY, "Timestamp" TEXT NOT NULL);
            INSERT INTO "__EFMigrationsLock" VALUES (1, '2025-01-01 00:00:00')
            """);
        var log = new RecordingLog();

        await database.MigrateAsync(log).WaitAsync(TimeSpan.FromMinutes(2), Token);

        log.Lines.ShouldContain(line => line.StartsWith("Warning: Cleared the migration lock"));
        await using MigrateDb db = database.Factory.CreateDbContext();
        (await db.Sources.CountAsync(Token)).ShouldBe(0);
    }

    [Fact]
    public async Task A_lock_that_another_process_holds_is_waited_for_and_then_named()
    {
        await using TestDatabase database = TestDatabase.EmptySqlite();
        string lockPath = database.Options.SqlitePath + ".lock";
        using Process holder = Programs.Start(new ProcessStartInfo("flock", ["--no-fork", lockPath, "sh", "-c", "echo held; exec sleep 600"]) { RedirectStandardOutput = true });
        try
        {
            (await holder.StandardOutput.ReadLineAsync(Token)).ShouldBe("held");
            var impatient = new MigrateDatabase(database.Factory, database.Options with { LockTimeout = TimeSpan.FromMilliseconds(300) }, TimeProvider.System, new RecordingLog());

            MigrateException refused = await Should.ThrowAsync<MigrateException>(() => impatient.MigrateAsync(Token));

            refused.Code.ShouldBe("database.locked");
            refused.IsTransient.ShouldBeTrue();
            refused.Message.ShouldContain(lockPath);
        }
        finally
        {
            holder.Kill(entireProcessTree: true);
        }
        await holder.WaitForExitAsync(Token);
        await database.MigrateAsync();
    }

    [Fact]
    public async Task Two_starts_at_once_migrate_once()
    {
        await using TestDatabase database = TestDatabase.EmptySqlite();
        var log = new RecordingLog();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => database.MigrateAsync(log), Token)));

        log.Lines.Count(line => line.Contains("Applying")).ShouldBe(1);
    }

    [Fact]
    public async Task A_database_of_a_newer_program_is_refused()
    {
        await using TestDatabase database = await TestDatabase.CreateSqliteAsync();
        await ExecuteAsync(database, """INSERT INTO "__EFMigrationsHistory" VALUES ('29990101000000_Later', '99.0')""");

        MigrateException refused = await Should.ThrowAsync<MigrateException>(() => database.MigrateAsync());

        refused.Code.ShouldBe("database.newer");
        refused.Message.ShouldContain("29990101000000_Later");
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused()
    {
        await using TestDatabase database = TestDatabase.EmptySqlite();
        await File.WriteAllTextAsync(database.Options.SqlitePath!, new string('x', 5000), Token);

        MigrateException refused = await Should.ThrowAsync<MigrateException>(() => database.MigrateAsync());

        refused.Code.ShouldBe("database.unusable");
        refused.Message.ShouldContain(database.Options.SqlitePath!);
    }

    private static async Task ExecuteAsync(TestDatabase database, string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={database.Options.SqlitePath};Pooling=false");
        await connection.OpenAsync(Token);
        SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(Token);
    }

    private sealed class RecordingLog : ILogger<MigrateDatabase>
    {
        private readonly List<string> _lines = [];

        public IReadOnlyList<string> Lines
        {
            get
            {
                lock (_lines)
                {
                    return [.. _lines];
                }
            }
        }

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_lines)
            {
                _lines.Add($"{logLevel}: {formatter(state, exception)}");
            }
        }
    }
}
