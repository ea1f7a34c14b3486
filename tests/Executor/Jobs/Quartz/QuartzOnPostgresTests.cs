using Microsoft.Extensions.DependencyInjection;
using Migrate.Executor.Jobs;
using Migrate.Executor.Jobs.Quartz;
using Migrate.Planner.Persistence;
using Quartz;

namespace Migrate.Executor.Tests.Jobs.Quartz;

/// <summary>On PostgreSQL, where several executors are a cluster.</summary>
public sealed class QuartzOnPostgresTests(PostgresCluster postgres) : JobEngineContract
{
    [Fact]
    public async Task Two_executors_know_each_other_by_different_names_and_do_each_step_once()
    {
        var starting = await Task.WhenAll(StartAsync(), StartAsync()); // At once: the first of them makes the tables.
        using var one = starting[0];
        using var two = starting[1];
        var scheduler = await one.Services.GetRequiredService<ISchedulerFactory>().GetScheduler(Cancellation);
        await Eventually.BecomesTrueAsync(async () => (await scheduler.QueryClusterNodes(Cancellation)).Count == 2, "both have checked in");
        var runs = Enumerable.Range(0, 60).Select(_ => Guid.NewGuid()).ToList();

        foreach (var (run, i) in runs.Select((run, i) => (run, i)))
        {
            await AskAsync(i % 2 == 0 ? one : two, run, (JobQueue)(i % 3));
        }

        await Eventually.BecomesTrueAsync(() => Done.Count >= runs.Count, "all steps are done");
        await Task.Delay(TimeSpan.FromSeconds(2), Cancellation);
        Done.Order().ShouldBe(runs.Order());
        await one.StopAsync(Cancellation);
        await two.StopAsync(Cancellation);
    }

    protected override async Task<DatabaseOptions?> NewStoreAsync() => DatabaseOptions.Postgres(await postgres.CreateDatabaseAsync(Cancellation));

    protected override void AddEngine(IServiceCollection services, ExecutorOptions options) => services.AddJobEngine(options);
}
