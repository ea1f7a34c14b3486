using System.Net;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Api.Health;
using Migrate.Api.Hosting;
using Migrate.Executor;
using Migrate.Executor.Jobs;
using Migrate.Planner.Persistence;
using Migrate.Target.Admin;

namespace Migrate.Api.Tests.Health;

/// <summary>What makes a server not ready, and what only degrades it.</summary>
public sealed class HealthTests(RunningServer server) : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("migrate-health-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_source_that_is_away_degrades_and_is_named_to_those_who_may_know()
    {
        await using (var db = await server.DatabaseAsync())
        {
            db.Sources.Add(new Source { Id = Guid.NewGuid(), Name = "away", Url = "https://127.0.0.1:1", UserName = "u", ProtectedPassword = "p", CreatedAt = DateTime.UnixEpoch });
            await db.SaveChangesAsync(Cancel);
        }

        using var client = server.Client();
        using var answer = await client.GetAsync("/readyz", Cancel);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var report = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!;
        report["status"]!.GetValue<string>().ShouldBe("Degraded");
        StatusOf(report, "source away").ShouldBe("Degraded");
        foreach (var own in new[] { "database", "jobs", "target" })
        {
            StatusOf(report, own).ShouldBe("Ok", report.ToJsonString());
        }

        using var anonymous = new HttpClient { BaseAddress = server.Url };
        (await anonymous.GetStringAsync("/readyz", Cancel)).ShouldBe("ready");
        await using (var db = await server.DatabaseAsync())
        {
            await db.Sources.Where(x => x.Name == "away").ExecuteDeleteAsync(Cancel);
        }
    }

    [Fact]
    public async Task A_database_that_is_away_or_not_migrated_is_not_ready()
    {
        var empty = MigrateDatabase.CreateFactory(DatabaseOptions.Sqlite(Path.Combine(_directory, "empty.db")));
        var unmigrated = (await Of(empty, TimeProvider.System).OwnAsync(Cancel))[0];
        unmigrated.Status.ShouldBe(HealthStatus.Failed);
        unmigrated.Detail.ShouldContain("migrations are not applied");
        var away = MigrateDatabase.CreateFactory(DatabaseOptions.Postgres("Host=127.0.0.1;Port=1;Database=none;Username=u"));
        var report = await Of(away, TimeProvider.System).ReportAsync(Cancel);
        report.Status.ShouldBe(HealthStatus.Failed);
        report.Checks[0].Status.ShouldBe(HealthStatus.Failed);
    }

    [Fact]
    public async Task A_job_engine_that_does_not_answer_is_not_ready()
    {
        var databases = server.Services.GetRequiredService<IDbContextFactory<MigrateDb>>();
        (await Of(databases, TimeProvider.System).OwnAsync(Cancel)).ShouldAllBe(x => x.Status != HealthStatus.Failed);
        (await Of(databases, new Later(TimeSpan.FromMinutes(10))).OwnAsync(Cancel)).Single(x => x.Name == "jobs").Status.ShouldBe(HealthStatus.Failed);
    }

    private Readiness Of(IDbContextFactory<MigrateDb> databases, TimeProvider time) => new(
        databases,
        new OwnChecks(databases, server.Services.GetRequiredService<Reconciler>(), server.Services.GetRequiredService<ExecutorOptions>(), time),
        server.Services.GetRequiredService<NvmeTarget>(),
        server.Services.GetRequiredService<ServeOptions>());

    private static string StatusOf(JsonNode report, string check) => report["checks"]!.AsArray().Single(x => x!["name"]!.GetValue<string>() == check)!["status"]!.GetValue<string>();

    private sealed class Later(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
    }
}
