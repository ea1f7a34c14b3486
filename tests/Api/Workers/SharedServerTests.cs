using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Api.Health;
using Migrate.Api.Hosting;
using Migrate.Planner;
using Migrate.Planner.Persistence;
using Npgsql;

namespace Migrate.Api.Tests.Workers;

/// <summary>A server on a real PostgreSQL, with a worker beside it that manages the server's target by its socket.</summary>
public sealed class SharedServerTests(PostgresCluster postgres) : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("migrate-shared-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_worker_joins_is_listed_says_how_it_is_and_leaves()
    {
        var database = DatabaseOptions.Postgres(await postgres.NewDatabaseAsync(Cancel));
        var data = new DataDirectory(Path.Combine(_directory, "data"));
        await using var server = await MigrateServer.StartAsync(ServerOptions(data, database), Cancel, _ => { });
        server.TargetAdminAddresses.ShouldHaveSingleItem().ShouldContain("target.sock");
        var options = new WorkerOptions { Database = database, Keys = data.Keys, TargetAdmin = data.TargetSocket, Name = "rack2", Copies = 3 };

        var wrong = await Should.ThrowAsync<MigrateException>(
            () => WorkerProcess.StartAsync(options with { Keys = _directory, Copies = 0, Passes = 0, Name = "a/b", TargetAdmin = "/none.sock" }, Cancel, _ => { }));
        wrong.Code.ShouldBe("worker.cannot-start");
        wrong.Message.ShouldSatisfyAllConditions(
            x => x.ShouldContain("holds no keys"), x => x.ShouldContain("do nothing"), x => x.ShouldContain("slash"), x => x.ShouldContain("/none.sock"));

        await using (var worker = await WorkerProcess.StartAsync(options, Cancel, _ => { }))
        {
            var rows = await UntilAsync(data, x => x.Count == 2);
            var row = rows.Single(x => x!["name"]!.GetValue<string>() == "rack2")!;
            (row["state"]!.GetValue<string>(), row["processId"]!.GetValue<int>()).ShouldBe(("idle", Environment.ProcessId));
            row["queues"]!.AsObject().ToDictionary(x => x.Key, x => x.Value!.GetValue<int>()).ShouldBe(new Dictionary<string, int> { ["Copy"] = 3, ["Passes"] = 4 }, ignoreOrder: true);
        }

        (await UntilAsync(data, x => x.Count == 1))[0]!["name"]!.GetValue<string>().ShouldStartWith("serve-");
        await using (var worker = await WorkerProcess.StartAsync(options with { HealthListen = new IPEndPoint(IPAddress.Loopback, 0) }, Cancel, _ => { }))
        {
            using var client = new HttpClient { BaseAddress = worker.Services.GetRequiredService<WorkerHealth>().Url };
            (await client.GetStringAsync("/healthz", Cancel)).ShouldBe("alive");
            (await client.GetStringAsync("/readyz", Cancel)).ShouldBe("ready");
            (await client.GetStringAsync("/metrics", Cancel)).ShouldContain("dotnet_");
            await server.DisposeAsync();
            using var unready = await client.GetAsync("/readyz", Cancel);
            unready.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            (await unready.Content.ReadAsStringAsync(Cancel)).ShouldStartWith("not ready: target: ");
        }
    }

    [Fact]
    public async Task A_second_server_on_the_same_database_is_refused()
    {
        var database = DatabaseOptions.Postgres(await postgres.NewDatabaseAsync(Cancel));
        await using var server = await MigrateServer.StartAsync(ServerOptions(new DataDirectory(Path.Combine(_directory, "data")), database), Cancel, _ => { });
        var second = await Should.ThrowAsync<MigrateException>(
            () => MigrateServer.StartAsync(ServerOptions(new DataDirectory(Path.Combine(_directory, "second")), database), Cancel, _ => { }));
        second.Code.ShouldBe("serve.database-in-use");
    }

    [Fact]
    public async Task A_second_server_is_refused_before_it_touches_the_schema()
    {
        var database = DatabaseOptions.Postgres(await postgres.NewDatabaseAsync(Cancel));
        await using (await ServeLock.TakeAsync(database, null, Cancel))
        {
            var second = await Should.ThrowAsync<MigrateException>(
                () => MigrateServer.StartAsync(ServerOptions(new DataDirectory(Path.Combine(_directory, "second")), database), Cancel, _ => { }));
            second.Code.ShouldBe("serve.database-in-use");
            (await AskAsync(database, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")).ShouldBe(0L);
        }
    }

    [Fact]
    public async Task A_server_whose_connection_was_cut_takes_the_database_again()
    {
        var database = DatabaseOptions.Postgres(await postgres.NewDatabaseAsync(Cancel));
        await using var server = await MigrateServer.StartAsync(ServerOptions(new DataDirectory(Path.Combine(_directory, "data")), database), Cancel, _ => { });
        var first = await HolderAsync(database);
        first.ShouldNotBeNull();

        await AskAsync(database, $"SELECT count(pg_terminate_backend({first}))");

        await UntilAsync(async () => await HolderAsync(database) is { } now && now != first, "it is taken again");
    }

    [Fact]
    public async Task A_server_whose_database_another_took_meanwhile_stops()
    {
        var database = DatabaseOptions.Postgres(await postgres.NewDatabaseAsync(Cancel));
        await using var server = await MigrateServer.StartAsync(ServerOptions(new DataDirectory(Path.Combine(_directory, "data")), database), Cancel, _ => { });
        var holder = await HolderAsync(database);
        await using var other = new NpgsqlConnection(database.PostgresConnectionString);
        await other.OpenAsync(Cancel);
        await using var take = new NpgsqlCommand($"SELECT pg_advisory_lock({ServeLock.Key})", other);
        var taking = take.ExecuteNonQueryAsync(Cancel); // It waits in the lock's queue, and has it when the server's connection ends.
        await UntilAsync(async () => (long)await AskAsync(database, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") == 1, "it waits");

        await AskAsync(database, $"SELECT count(pg_terminate_backend({holder}))");

        await taking;
        (await Should.ThrowAsync<MigrateException>(() => server.WaitForShutdownAsync(Cancel).WaitAsync(TimeSpan.FromMinutes(2), Cancel))).Code.ShouldBe("serve.database-lost");
    }

    [Fact]
    public async Task A_worker_without_a_server_is_told_what_is_missing()
    {
        var options = new WorkerOptions
        {
            Database = DatabaseOptions.Postgres(await postgres.NewDatabaseAsync(Cancel)),
            Keys = _directory,
            TargetAdmin = Path.Combine(_directory, "none.sock"),
        };
        (await Should.ThrowAsync<MigrateException>(() => WorkerProcess.StartAsync(options, Cancel, _ => { }))).Code.ShouldBe("database.unsuitable");
    }

    private static ServeOptions ServerOptions(DataDirectory data, DatabaseOptions database) =>
        new() { Data = data, Database = database, Copies = 0, Urls = "http://127.0.0.1:0", TargetPort = 0, DiscoveryPort = null };

    /// <summary>The server process of the connection that has the lock.</summary>
    private static async Task<int?> HolderAsync(DatabaseOptions database) =>
        await AskAsync(database, "SELECT max(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())") as int?;

    private static async Task<object> AskAsync(DatabaseOptions database, string sql)
    {
        await using var connection = new NpgsqlConnection(database.PostgresConnectionString);
        await connection.OpenAsync(Cancel);
        await using var command = new NpgsqlCommand(sql, connection);
        return (await command.ExecuteScalarAsync(Cancel))!;
    }

    private static async Task UntilAsync(Func<Task<bool>> reached, string what)
    {
        for (var tries = 0; !await reached(); tries++)
        {
            tries.ShouldBeLessThan(600, what);
            await Task.Delay(100, Cancel);
        }
    }

    private static async Task<JsonArray> UntilAsync(DataDirectory data, Func<JsonArray, bool> reached)
    {
        for (var tries = 0; ; tries++)
        {
            var result = await CommandResult.OfAsync(new() { ["MIGRATE_DATA"] = data.Root }, "worker", "list", "--json");
            result.ExitCode.ShouldBe(0, result.Error);
            var rows = JsonNode.Parse(result.Out)!.AsArray();
            if (reached(rows))
            {
                return rows;
            }

            tries.ShouldBeLessThan(300, result.Out);
            await Task.Delay(200, Cancel);
        }
    }
}
