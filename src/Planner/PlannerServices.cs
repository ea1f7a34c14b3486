using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Migrate.Planner.Baselines;
using Migrate.Planner.Baselines.Collection;
using Migrate.Planner.Baselines.Histograms;
using Migrate.Planner.Baselines.Series;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Iser;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Planner.Plans.Mappings;

namespace Migrate.Planner;

public static class PlannerServices
{
    /// <summary>
    /// Registers the database and everything that works on it. The host must await <see cref="MigrateDatabase.MigrateAsync(CancellationToken)"/>
    /// before it serves anything.
    /// </summary>
    public static IServiceCollection AddPlanner(this IServiceCollection services, DatabaseOptions database)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(database);
        services.AddDbContextFactory<MigrateDb>(builder => MigrateDatabase.Configure(builder, database));
        services.TryAddSingleton<MigrateDatabase>();
        services.TryAddSingleton<InventoryStore>();
        services.TryAddSingleton<FlowControlEvidenceStore>();
        services.TryAddSingleton<BaselineStore>();
        services.TryAddSingleton<SampleStore>();
        services.TryAddSingleton<CollectedBaselines>();
        services.TryAddSingleton<HistogramImport>();
        services.TryAddSingleton<BaselineWatches>();
        services.TryAddSingleton<BaselineCollector>();
        services.TryAddSingleton(RetentionOptions.Default);
        services.TryAddSingleton<BaselineRetention>();
        services.TryAddSingleton<VsanCollector>();
        services.TryAddSingleton(new ReaderMeans());
        services.TryAddSingleton<PlanMaker>();
        services.TryAddSingleton<PlanViews>();
        services.TryAddSingleton<PlanRemoval>();
        services.TryAddSingleton<PlanMapper>();
        services.TryAddSingleton<PlanMappings>();
        services.TryAddSingleton<ConcernOverrides>();
        services.TryAddSingleton<PlanChecks>();
        services.TryAddSingleton<SourceConcerns>();
        services.TryAddSingleton<SourceVerdicts>();
        return services;
    }
}
