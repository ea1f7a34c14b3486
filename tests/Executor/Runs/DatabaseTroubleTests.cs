using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Executor.Runs;
using Migrate.Executor.Tests.Jobs;
using Migrate.Planner.Persistence;
using Npgsql;

namespace Migrate.Executor.Tests.Runs;

/// <summary>A database that goes away in the middle of a run, and comes back.</summary>
public sealed class DatabaseTroubleTests(PostgresCluster postgres)
{
    private const string CutAllOthers = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_connection_that_the_server_ends_is_tried_again()
    {
        var options = DatabaseOptions.Postgres(await postgres.CreateDatabaseAsync(Cancellation));
        var databases = MigrateDatabase.CreateFactory(options);
        await using var db = databases.CreateDbContext();
        var asleep = db.Database.ExecuteSqlRawAsync("SELECT pg_sleep(300)", Cancellation);
        await Eventually.BecomesTrueAsync(async () => await CountAsync(options, "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(300)'") == 1, "it sleeps");

        await CountAsync(options, CutAllOthers);

        IsTriedAgain(await Should.ThrowAsync<Exception>(() => asleep));
    }

    [Fact]
    public async Task So_is_a_server_that_is_down_and_one_that_starts()
    {
        await using var own = new PostgresCluster();
        var options = DatabaseOptions.Postgres(await own.CreateDatabaseAsync(Cancellation));
        var databases = MigrateDatabase.CreateFactory(options);
        await using (var db = databases.CreateDbContext())
        {
            await db.Database.OpenConnectionAsync(Cancellation);
            await own.StopAsync(Cancellation);
            IsTriedAgain(await Should.ThrowAsync<Exception>(() => db.Database.ExecuteSqlRawAsync("SELECT 1", Cancellation)));
        }

        await using (var db = databases.CreateDbContext())
        {
            IsTriedAgain(await Should.ThrowAsync<Exception>(() => db.Database.ExecuteSqlRawAsync("SELECT 1", Cancellation)));
        }

        await own.StartAgainAsync(Cancellation);
        (await CountAsync(options, "SELECT count(*) FROM pg_database WHERE datname = current_database()")).ShouldBe(1);
    }

    [Fact]
    public async Task So_is_a_SQLite_file_that_somebody_else_writes()
    {
        await using var database = await RunsDatabase.CreateSqliteAsync();
        var path = $"Data Source={database.Options.SqlitePath};Default Timeout=1";
        await using var other = new SqliteConnection(path);
        await other.OpenAsync(Cancellation);
        await using var writing = other.BeginTransaction(deferred: false);
        await using var ours = new SqliteConnection(path);
        await ours.OpenAsync(Cancellation);
        await using var command = new SqliteCommand("DELETE FROM Runs", ours);

        IsTriedAgain(await Should.ThrowAsync<Exception>(() => command.ExecuteNonQueryAsync(Cancellation)));
    }

    [Fact]
    public async Task A_statement_that_is_wrong_is_a_defect_and_not_tried_again()
    {
        var databases = MigrateDatabase.CreateFactory(DatabaseOptions.Postgres(await postgres.CreateDatabaseAsync(Cancellation)));
        await using var db = databases.CreateDbContext();

        var failure = Failure.Of(await Should.ThrowAsync<Exception>(() => db.Database.ExecuteSqlRawAsync("DELETE FROM nothing", Cancellation)));

        (failure.IsTransient, failure.IsDefect).ShouldBe((false, true));
    }

    [Fact]
    public async Task A_copy_outlives_cut_connections_and_a_crash_of_PostgreSQL()
    {
        const long MiB = 1 << 20;
        await using var own = new PostgresCluster();
        await using var site = await SeedingSite.OpenAsync(own, 24 * MiB);
        using var host = site.Build("one", x => x with { TransientBackoff = TimeSpan.FromSeconds(1), LeaseDuration = TimeSpan.FromSeconds(6), ReconcileEvery = TimeSpan.FromSeconds(1) });
        await host.Services.GetRequiredService<MigrateDatabase>().MigrateAsync(Cancellation);
        var run = await site.AddSeedingRunAsync(host.Services);
        site.Simulator.Faults.ReadBytesPerSecond = MiB;
        await host.StartAsync(Cancellation);
        await Eventually.BecomesTrueAsync(async () => (await SeedingSite.DiskAsync(host.Services, run)).BytesDone > 2 * MiB, "it copies");

        await CountAsync(site.Database, CutAllOthers);
        await own.StopAsync(Cancellation);
        await Task.Delay(TimeSpan.FromSeconds(2), Cancellation);
        await own.StartAgainAsync(Cancellation);

        site.Simulator.Faults.ReadBytesPerSecond = null;
        await Eventually.BecomesTrueAsync(
            async () => (await SeedingSite.DiskAsync(host.Services, run)).VerifiedAt is not null || (await SeedingSite.RunAsync(host.Services, run)).Phase == RunPhase.Failed, "it is copied and proven");
        var after = await SeedingSite.RunAsync(host.Services, run);
        // There is no host to cut over to, and it may have found that out by now.
        (after is { Phase: RunPhase.Failed, ResumePhase: RunPhase.Seeding }).ShouldBeFalse($"{after.ErrorCode}: {after.Error}");
        var disk = await SeedingSite.DiskAsync(host.Services, run);
        disk.SourceHash.ShouldNotBeNull().ShouldBe(disk.DestinationHash);
        await host.StopAsync(Cancellation);
    }

    private static void IsTriedAgain(Exception trouble)
    {
        var failure = Failure.Of(trouble);
        TestContext.Current.TestOutputHelper?.WriteLine($"{trouble.GetType().Name}: {failure.Message}");
        (failure.Code, failure.IsTransient).ShouldBe(("database.trouble", true), failure.Message);
    }

    private static async Task<long> CountAsync(DatabaseOptions options, string sql)
    {
        await using var connection = new NpgsqlConnection(options.PostgresConnectionString);
        await connection.OpenAsync(Cancellation);
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync(Cancellation))!;
    }
}
