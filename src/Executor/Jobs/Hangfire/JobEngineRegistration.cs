using Hangfire;
using Hangfire.PostgreSql;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Planner;

namespace Migrate.Executor.Jobs.Hangfire;

internal static class JobEngineRegistration
{
    /// <summary>A stop waits this long for steps to checkpoint; the host's own limit is longer.</summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(45);

    /// <summary>
    /// A process that is killed leaves its locks behind, and whoever wants one waits until it counts as left: with scheduled jobs, and with its
    /// own stop. Hangfire holds them for a few statements; the default is ten minutes. They
    /// are timed by the workers' clocks: where those are further apart two may poll at once, and the leases see to it that one works.
    /// </summary>
    private static readonly TimeSpan LockLifetime = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Hangfire in the schema 'hangfire' of the shared PostgreSQL, a server with workers of its own for each queue. What it does by default
    /// and we do not want: polling every 15 s, giving a job that works for 30 minutes to a second worker, and telling a step half a second
    /// late that it is to stop.
    /// </summary>
    public static IServiceCollection AddJobEngine(this IServiceCollection services, ExecutorOptions options)
    {
        var connection = options.JobStore?.PostgresConnectionString ?? throw new MigrateException(
            "jobs.needs-postgres",
            "This build runs its jobs by Hangfire, which keeps them in PostgreSQL, and none is configured.",
            "Start it with --database-file or --database, or use a build with the default job engine, which needs none.");
        services.AddSingleton<IJobEngine, HangfireJobEngine>();
        services.AddHangfire((_, hangfire) => hangfire
            .SetDataCompatibilityLevel(CompatibilityLevel.Version_180)
            .UseSimpleAssemblyNameTypeSerializer()
            .UseRecommendedSerializerSettings()
            .UsePostgreSqlStorage(
                storage => storage.UseNpgsqlConnection(connection),
                new PostgreSqlStorageOptions
                {
                    QueuePollInterval = TimeSpan.FromSeconds(1),
                    // Pushed ahead while the worker lives, however long its step takes; longer than a lease, so that a dead worker's run is free by then.
                    UseSlidingInvisibilityTimeout = true,
                    InvisibilityTimeout = options.LeaseDuration * 2,
                    DistributedLockTimeout = LockLifetime,
                    AllowDegradedModeWithoutStorage = false,
                }));
        foreach (var (queue, workers) in options.Queues)
        {
            AddServer(services, options, queue, workers);
        }

        return services;
    }

    private static void AddServer(IServiceCollection services, ExecutorOptions options, JobQueue queue, int workers) => services.AddHangfireServer(server =>
    {
        server.ServerName = $"{options.Worker.Name}:{HangfireJobEngine.NameOf(queue)}";
        server.Queues = [HangfireJobEngine.NameOf(queue)];
        server.WorkerCount = workers;
        server.SchedulePollingInterval = TimeSpan.FromSeconds(1);
        server.HeartbeatInterval = options.LeaseDuration / 3;
        server.StopTimeout = TimeSpan.Zero;
        server.ShutdownTimeout = StopPatience;
    });
}
