using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Migrate.Executor.Conversion;
using Migrate.Executor.Copy;
using Migrate.Executor.Copy.Throttle;
using Migrate.Executor.Deployment;
using Migrate.Executor.Jobs;
using Migrate.Executor.Manifests;
using Migrate.Executor.Preflight;
using Migrate.Executor.Probes;
using Migrate.Executor.Rehearsals;
using Migrate.Executor.Runs;
using Migrate.Executor.Runs.Gates;
using Migrate.Executor.Runs.KeepBehind;
using Migrate.Executor.Runs.Steps;
using Migrate.Executor.Runs.Warm;
using Migrate.Executor.Sources;
using Migrate.Executor.Targets;
using Migrate.Executor.Validation.Causes;
using Migrate.Executor.Validation.Observation;
using Migrate.Executor.Waves;
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
        services.AddSingleton<SourceLatencies>();
        services.AddSingleton<ISourceLatency>(provider => provider.GetRequiredService<SourceLatencies>());
        services.AddHostedService(provider => provider.GetRequiredService<SourceLatencies>());
        services.AddSingleton(provider => new CopyThrottles(
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ISourceLatency>(), options.LatencyGuard with { Processes = () => provider.GetRequiredService<WorkerRegistry>().Living },
            options.Throttles)
        {
            Store = options.JobStore is null ? null : ActivatorUtilities.CreateInstance<DatabaseCaps>(provider), // Alone it needs to ask nobody.
        });
        services.AddSingleton<LimitStore>();
        services.AddSingleton<LimitWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<LimitWatch>());
        services.AddSingleton<LeaseStore>();
        services.AddSingleton<RunLog>();
        services.AddSingleton<RunStore>();
        services.AddSingleton<CutoverGates>();
        services.AddSingleton<ChangesBehind>();
        services.AddSingleton<PinnedStart>();
        services.AddSingleton<RunControl>();
        services.AddSingleton<JobControl>();
        services.AddSingleton<WaveStarter>();
        services.AddSingleton<ReachedRates>();
        services.AddSingleton<ReachedDowntimes>();
        services.AddSingleton<WaveInputs>();
        services.AddSingleton<WavePlans>();
        services.AddSingleton<IConcernProbe, HostProbes>();
        services.AddSingleton<IConcernProbe, DiskReadProbe>();
        services.AddSingleton<IConcernProbe, TargetSpaceProbe>();
        PreflightRules.Publish();
        services.AddSingleton<HostPreflight>();
        services.AddSingleton<KvmHostProbe>();
        services.AddSingleton<IConcernProbe>(provider => provider.GetRequiredService<KvmHostProbe>());
        services.AddSingleton<PlanChecker>();
        services.TryAddSingleton<ITargetControl, InProcessTarget>();
        services.AddSingleton<TargetFence>();
        services.AddSingleton<DiskProgressWriter>();
        services.AddSingleton<RunFiles>();
        services.AddSingleton<JournalStore>();
        services.AddSingleton<RunManifests>();
        services.AddSingleton<RunDomains>();
        services.AddSingleton<RunAttachment>();
        services.AddSingleton<PlannedDomains>();
        services.AddSingleton<RunDestination>();
        services.AddSingleton<CopyOrigins>();
        services.AddSingleton<SpaceReservation>();
        services.AddSingleton<SourceShutdown>();
        services.AddSingleton(provider => new CopyLimits(
            options.CopyLimits, provider.GetRequiredService<TimeProvider>(), options.JobStore is null ? null : ActivatorUtilities.CreateInstance<SharedPlaces>(provider)));
        services.AddSingleton<PassCopy>();
        services.AddSingleton<PassHours>();
        services.AddSingleton<WarmPasses>();
        services.AddSingleton<WarmForecast>();
        services.AddSingleton<GuestConversion>();
        services.AddSingleton<IRehearsalBench, RehearsalBench>();
        services.AddSingleton<GuestRehearsal>();
        services.AddSingleton<SourceAtRest>();
        services.AddSingleton<FoundThere>();
        services.AddSingleton<SourceIsolation>();
        services.AddSingleton<WarmCutover>();
        services.AddSingleton<SnapshotSweep>();
        services.AddHostedService(provider => provider.GetRequiredService<SnapshotSweep>());
        services.AddSingleton<SourceFacts>();
        services.AddSingleton<Leftovers>();
        services.AddSingleton<ObservationStore>();
        services.AddSingleton<StorageSampler>();
        services.AddSingleton<StorageObserver>();
        services.AddHostedService(provider => provider.GetRequiredService<StorageObserver>());
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
        services.AddHostedService<RequestWatch>();
        services.AddSingleton<Reconciler>();
        services.AddHostedService(provider => provider.GetRequiredService<Reconciler>());
        return services;
    }
}
