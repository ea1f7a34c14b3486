using Microsoft.Extensions.DependencyInjection;
using Migrate.Executor.Jobs.Hangfire;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Tests.Jobs.Hangfire;

/// <summary>Compiled with <c>-p:JobEngine=Hangfire</c> only: docs/dependencies.md says from where its packages come.</summary>
public sealed class HangfireOnPostgresTests(PostgresCluster postgres) : JobEngineContract
{
    [Fact]
    public async Task A_step_that_outlasts_the_invisibility_timeout_is_begun_once()
    {
        using var host = await StartAsync();
        var (run, begun) = (Guid.NewGuid(), 0);
        During = async (_, ct) =>
        {
            Interlocked.Increment(ref begun);
            await Task.Delay(Options.LeaseDuration * 2 + TimeSpan.FromSeconds(10), ct); // The timeout is two leases.
        };

        await AskAsync(host, run, Executor.Jobs.JobQueue.Copy);

        await Eventually.BecomesTrueAsync(() => Done.Contains(run), "the long step is done");
        begun.ShouldBe(1);
        await host.StopAsync(Cancellation);
    }

    [Fact]
    public void Without_PostgreSQL_it_says_what_is_missing() =>
        Should.Throw<MigrateException>(() => new ServiceCollection().AddJobEngine(Options with { JobStore = null })).Code.ShouldBe("jobs.needs-postgres");

    protected override async Task<DatabaseOptions?> NewStoreAsync() => DatabaseOptions.Postgres(await postgres.CreateDatabaseAsync(Cancellation));

    protected override void AddEngine(IServiceCollection services, ExecutorOptions options) => services.AddJobEngine(options);
}
