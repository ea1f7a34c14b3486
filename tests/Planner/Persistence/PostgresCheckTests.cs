using Migrate.Planner.Persistence;
using Npgsql;

namespace Migrate.Planner.Tests.Persistence;

/// <summary>What a server and a worker ask a real PostgreSQL before they use it.</summary>
public sealed class PostgresCheckTests(PostgresCluster postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_database_that_is_not_there_yet_does_for_a_server_and_not_for_a_worker()
    {
        var options = DatabaseOptions.Postgres(await postgres.NewDatabaseAsync(Cancel));
        var check = new PostgresCheck(options, TimeProvider.System);

        await check.RunAsync(needsSchema: false, Cancel);

        (await Should.ThrowAsync<MigrateException>(() => check.RunAsync(needsSchema: true, Cancel))).Message.ShouldContain("start 'migrate serve' with it first");
    }

    [Fact]
    public async Task A_migrated_one_does_for_both_and_one_of_another_version_is_named()
    {
        await using var database = await TestDatabase.CreateAsync(Provider.Postgres, postgres);
        var check = new PostgresCheck(database.Options, TimeProvider.System);
        await check.RunAsync(needsSchema: false, Cancel);
        await check.RunAsync(needsSchema: true, Cancel);

        await ExecuteAsync(database.Options, """INSERT INTO "__EFMigrationsHistory" VALUES ('29990101000000_Later', '10.0')""");

        (await Should.ThrowAsync<MigrateException>(() => check.RunAsync(needsSchema: true, Cancel))).Message.ShouldContain("29990101000000_Later of a newer version");
    }

    [Fact]
    public async Task All_that_is_wrong_is_said_at_once()
    {
        await using var database = await TestDatabase.CreateAsync(Provider.Postgres, postgres);
        var readOnly = DatabaseOptions.Postgres(database.Options.PostgresConnectionString + ";Options=-c default_transaction_read_only=on");

        var refused = await Should.ThrowAsync<MigrateException>(() => new PostgresCheck(readOnly, new Ahead()).RunAsync(needsSchema: true, Cancel));

        refused.Code.ShouldBe("database.unsuitable");
        refused.Message.ShouldContain("read-only");
        refused.Message.ShouldContain("clock");
    }

    [Fact]
    public async Task One_that_does_not_answer_is_named_without_its_password()
    {
        var refused = await Should.ThrowAsync<MigrateException>(() => new PostgresCheck(
            DatabaseOptions.Postgres("Host=127.0.0.1;Port=1;Database=migrate;Username=u;Password=S3cret!;Timeout=5"), TimeProvider.System).RunAsync(needsSchema: true, Cancel));

        refused.Code.ShouldBe("database.unreachable");
        refused.ToString().ShouldNotContain("S3cret!");
    }

    private static async Task ExecuteAsync(DatabaseOptions options, string sql)
    {
        await using var connection = new NpgsqlConnection(options.PostgresConnectionString);
        await connection.OpenAsync(Cancel);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    /// <summary>A machine whose clock is a minute ahead.</summary>
    private sealed class Ahead : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddMinutes(1);
    }
}
