using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Migrate.Executor.Copy;
using Migrate.Executor.Copy.Throttle;
using Migrate.Executor.Jobs;
using Migrate.Executor.Manifests;
using Migrate.Executor.Probes;
using Migrate.Executor.Runs;
using Migrate.Executor.Runs.Steps;
using Migrate.Executor.Runs.Warm;
using Migrate.Executor.Sources;
using Migrate.Executor.Targets;
#if HANGFIRE
using Migrate.Executor.Jobs.Hangfire;
#else
using Migrate.Executor.Jobs.Quartz;
#endif

namespace Migrate.Executor;

public static class ExecutorRegistration
{
    /// <summary>
    /// Adds the executor: job engine, leases, reconciler, stepper and steps. Expects AddPlanner, AddDataProtection, logging and
    /// an ITargetControl or a started NvmeTarget in the container. The host's shutdown timeout must be longer than a copy needs to
    /// checkpoint: 30 s or more. Take a <see cref="DataDirectoryLock"/> before anything else opens the data directory.
    /// </summary>
    public static IServiceCollection AddExecutor(this IServiceCollection services, ExecutorOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton(options.SourceCalls);
        services.AddSingleton<SourceAccess>();
        services.AddSingleton(provider => new HostBudgets(options.HostBudget, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new CopyThrottles(
            provider.GetRequiredService<TimeProvider>(), provider.GetService<ISourceLatency>(), options.LatencyGuard, options.Throttles));
        services.AddSingleton<LeaseStore>();
        services.AddSingleton<RunLog>();
        services.AddSingleton<RunStore>();
        services.AddSingleton<RunControl>();
        services.AddSingleton<JobControl>();
        services.AddSingleton<WaveStarter>();
        services.AddSingleton<IConcernProbe, HostProbes>();
        services.AddSingleton<IConcernProbe, DiskReadProbe>();
        services.AddSingleton<IConcernProbe, TargetSpaceProbe>();
        services.AddSingleton<PlanChecker>();
        services.TryAddSingleton<ITargetControl, InProcessTarget>();
        services.AddSingleton<TargetFence>();
        services.AddSingleton<DiskProgressWriter>();
        services.AddSingleton<RunFiles>();
        services.AddSingleton<JournalStore>();
        services.AddSingleton<RunManifests>();
        services.AddSingleton<RunDomains>();
        services.AddSingleton<RunDestination>();
        services.AddSingleton<SourceShutdown>();
        services.AddSingleton(new CopyLimits(options.CopyLimits));
        services.AddSingleton<PassCopy>();
        services.AddSingleton<WarmPasses>();
        services.AddSingleton<WarmForecast>();
        services.AddSingleton<WarmCutover>();
        services.AddSingleton<SnapshotSweep>();
        services.AddHostedService(provider => provider.GetRequiredService<SnapshotSweep>());
        services.AddSingleton<SourceFacts>();
        services.AddSingleton<Leftovers>();
        services.AddSingleton<IRunStep, PlannedStep>();
        services.AddSingleton<IRunStep, PrepareStep>();
        services.AddSingleton<IRunStep, SeedStep>();
        services.AddSingleton<IRunStep, SyncStep>();
        services.AddSingleton<IRunStep, ReadyStep>();
        services.AddSingleton<IRunStep, CutOverStep>();
        services.AddSingleton<IRunStep, ValidateStep>();
        services.AddSingleton<RollBackStep>();
        services.AddSingleton<IRunStepper, RunStepper>();
        services.AddHostedService(provider => provider.GetRequiredService<DiskProgressWriter>());
        services.AddSingleton<WorkerRegistry>();
        services.AddHostedService(provider => provider.GetRequiredService<WorkerRegistry>());
        services.AddJobEngine(options);
        services.AddSingleton<Reconciler>();
        services.AddHostedService(provider => provider.GetRequiredService<Reconciler>());
        return services;
    }
}
