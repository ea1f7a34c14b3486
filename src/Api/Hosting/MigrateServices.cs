using Migrate.Planner.Plans;
using Migrate.Executor.Sources.Vddk;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.DataProtection;
using Migrate.Api.Baselines;
using Migrate.Api.Concerns;
using Migrate.Api.Hosts;
using Migrate.Api.Inventory;
using Migrate.Api.Jobs;
using Migrate.Api.Limits;
using Migrate.Api.Operations;
using Migrate.Api.Pages;
using Migrate.Api.Plans;
using Migrate.Api.Problems;
using Migrate.Api.Reports;
using Migrate.Api.Reports.Formats;
using Migrate.Api.Reports.HandOver;
using Migrate.Api.Reports.Readiness;
using Migrate.Api.Reports.Validations;
using Migrate.Api.Reports.WaveResults;
using Migrate.Api.Runs;
using Migrate.Api.Security;
using Migrate.Api.Target;
using Migrate.Api.Waves;
using Migrate.Executor;
using Migrate.Executor.Targets;
using Migrate.Executor.Jobs;
using Migrate.Executor.Sources;
using Migrate.Planner;
using Migrate.Planner.Persistence;
using Migrate.Target.Admin;
using Microsoft.Extensions.DependencyInjection.Extensions;
#if HANGFIRE
using Migrate.Api.Jobs.Hangfire;
#endif

namespace Migrate.Api.Hosting;

internal static class MigrateServices
{
    public static void AddMigrate(this IServiceCollection services, ServeOptions options, NvmeTarget target)
    {
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton(target);
        services.AddSingleton(new ReaderMeans(Vddk: options.VddkDirectory is not null));
        services.AddSingleton(options.Baselines);
        services.AddPlanner(options.Database ?? DatabaseOptions.Sqlite(options.Data.Database));
        services.AddExecutor(new ExecutorOptions
        {
            DataDirectory = options.Data.Root,
            JobStore = options.Database,
            Worker = WorkerIdentity.OfThisProcess($"serve-{Environment.MachineName}"),
            MaxCopies = options.Copies,
            LeaseDuration = options.LeaseDuration,
            CheckpointBytes = options.CheckpointBytes,
            SourceCalls = options.SourceCalls,
            TargetByTcp = options.TargetByTcp,
            PassWorkers = options.Passes,
            CopyLimits = options.CopyLimits,
            Vddk = options.VddkDirectory is { } vddk ? new VddkOptions { Directory = vddk } : null,
        });
        services.AddDataProtection().SetApplicationName("Migrate").PersistKeysToFileSystem(new DirectoryInfo(options.Data.Keys)).Use(options.KeyCertificates);
        services.TryAddSingleton<SourceAccess>();
        services.Configure<HostOptions>(GracefulStop.Configure);
        services.AddMigrateSecurity(options);
#if HANGFIRE
        services.AddJobDashboard();
#endif
        AddContracts(services);
        services.AddPages();
        services.AddOperations(options);
        services.AddSingleton<OperationRunner>();
        services.AddHostedService(provider => provider.GetRequiredService<OperationRunner>());
        services.AddSingleton<OperationViews>();
        services.AddSingleton<WaveComparer>();
        services.AddSingleton<LongActs>();
        services.AddSingleton<SourceRegister>();
        services.AddHostedService<SourcePreparation>();
        services.AddSingleton<KnownRows>();
        services.AddSingleton<InventoryReader>();
        services.AddSingleton<KnownNames>();
        services.AddSingleton<VmLists>();
        services.AddSingleton<VmHistory>();
        services.AddSingleton<Migrate.Api.Plans.MatchingVms>();
        services.AddSingleton<BaselineService>();
        services.AddHostedService(provider => provider.GetRequiredService<BaselineService>());
        services.AddSingleton<BaselineReader>();
        services.AddSingleton<HostRegister>();
        services.AddSingleton<ITargetWatch, InProcessTarget>();
        services.AddSingleton<TargetSampler>();
        services.AddHostedService(provider => provider.GetRequiredService<TargetSampler>());
        services.AddSingleton<LimitViews>();
        services.AddSingleton<RunViews>();
        services.AddSingleton<PassViews>();
        services.AddSingleton<MappingViews>();
        services.AddSingleton<JobViews>();
        services.AddSingleton<ConcernViews>();
        services.AddSingleton<RunUpdates>();
        services.AddSingleton<WaveWord>();
        services.AddSingleton<ReportMaker>();
        services.AddSingleton<ReportRenderer>();
        services.AddSingleton<ReportPdf>();
        services.AddSingleton<ReportOutput>();
        services.AddSingleton<ReadinessMaker>();
        services.AddSingleton<HandOverMaker>();
        services.AddSingleton<WaveResultMaker>();
        services.AddSingleton<ValidationMaker>();
    }

    private static void AddContracts(IServiceCollection services)
    {
        services.AddExceptionHandler<ProblemWriter>();
        services.AddProblemDetails();
        services.ConfigureHttpJsonOptions(json =>
        {
            Json.Configure(json.SerializerOptions);
            // A misspelt member would else be a default that nobody chose.
            json.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
            json.SerializerOptions.TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { NoNulls.Refuse } };
        });
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.AddOpenApi("v1", OpenApiShape.Configure);
    }
}
