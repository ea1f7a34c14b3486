using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Quartz;

namespace Migrate.Executor.Jobs.Quartz;

internal static class JobEngineRegistration
{
    /// <summary>
    /// Quartz with a store of its own beside migrate.db, so that polling for jobs never waits for an edit of a plan. It retries
    /// nothing itself: a step that fails has already written what happens next into our tables.
    /// </summary>
    public static IServiceCollection AddJobEngine(this IServiceCollection services, ExecutorOptions options)
    {
        var connection = new SqliteConnectionStringBuilder { DataSource = Path.Combine(options.DataDirectory, "jobs.db"), DefaultTimeout = 30 };
        services.AddSingleton<IJobEngine, QuartzJobEngine>();
        services.AddQuartz(quartz =>
        {
            quartz.ConfigureScheduler(scheduler =>
            {
                scheduler.InstanceName = "migrate";
                scheduler.ShutdownJobInterruption = ShutdownJobInterruption.Always;
            });
            quartz.UseDefaultThreadPool(options.MaxCopies + options.ControlWorkers);
            quartz.UseExecutionLimits(limits => limits.ForGroup(QuartzJobEngine.GroupOf(JobQueue.Copy), options.MaxCopies));
            quartz.UsePersistentStore(store =>
            {
                store.UseSqlite(SqliteFactory.Instance, connection.ConnectionString);
                store.ProvisionSchema();
            });
            quartz.AddJob<RunStepJob>(job => job.WithIdentity(RunStepJob.Key).StoreDurably());
        });
        services.AddQuartzHostedService(hosted => hosted.WaitForJobsToComplete = true);
        return services;
    }
}
