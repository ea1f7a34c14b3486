using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Quartz;

namespace Migrate.Executor.Jobs.Quartz;

internal static class JobEngineRegistration
{
    /// <summary>
    /// Quartz retries nothing itself: a step that fails has already written what happens next into our tables. Alone it keeps a store of
    /// its own beside migrate.db, so that polling for jobs never waits for an edit of a plan; on PostgreSQL it is one of a cluster.
    /// </summary>
    public static IServiceCollection AddJobEngine(this IServiceCollection services, ExecutorOptions options)
    {
        var shared = options.JobStore?.PostgresConnectionString;
        services.AddSingleton<IJobEngine, QuartzJobEngine>();
        services.AddQuartz(quartz =>
        {
            quartz.ConfigureScheduler(scheduler =>
            {
                scheduler.InstanceName = "migrate";
                // Two of a cluster must differ, and containers have the same names and process ids. Alone it recovers what bears its own name.
                scheduler.InstanceId = shared is null ? "alone" : $"{Environment.MachineName}-{Environment.ProcessId}-{Guid.NewGuid():N}";
                scheduler.ShutdownJobInterruption = ShutdownJobInterruption.Always;
                // Nobody tells a scheduler what another one has stored: it looks.
                scheduler.IdleWaitTime = shared is null ? TimeSpan.FromSeconds(30) : TimeSpan.FromSeconds(2);
            });
            quartz.UseDefaultThreadPool(options.Queues.Values.Sum());
            quartz.ServeExecutionGroups([.. options.Queues.Keys.Select(QuartzJobEngine.GroupOf)]);
            quartz.UseExecutionLimits(limits =>
            {
                foreach (var (queue, most) in options.Queues)
                {
                    limits.ForGroup(QuartzJobEngine.GroupOf(queue), most);
                }
            });
            quartz.UsePersistentStore(store =>
            {
                store.ConfigureStore(ado =>
                {
                    ado.MaxConsecutiveFireFailures = 0; // A database that was away is no reason to give a trigger up.
                    ado.RecoverFiringsCancelledByShutdown = true;
                });
                if (shared is null)
                {
                    store.UseSqlite(SqliteFactory.Instance, SqliteConnection(options));
                }
                else
                {
                    store.UsePostgres(NpgsqlFactory.Instance, shared);
                    store.UseClustering(cluster =>
                    {
                        cluster.CheckinInterval = options.LeaseDuration / 6;
                        cluster.CheckinMisfireThreshold = options.LeaseDuration / 3;
                    });
                }

                store.ProvisionSchema();
            });
            // What a process had begun when it died or was stopped fires again; the run's lease decides whether that may do anything yet.
            quartz.AddJob<RunStepJob>(job => job.WithIdentity(RunStepJob.Key).StoreDurably().RequestRecovery());
        });
        services.AddQuartzHostedService(hosted => hosted.WaitForJobsToComplete = true);
        return services;
    }

    private static string SqliteConnection(ExecutorOptions options) =>
        new SqliteConnectionStringBuilder { DataSource = Path.Combine(options.DataDirectory, "jobs.db"), DefaultTimeout = 30 }.ConnectionString;
}
