using Microsoft.EntityFrameworkCore;

namespace Migrate.Planner.Persistence;

/// <summary>
/// The product's own tables: the truth about sources, inventories, plans and runs. A job engine's tables only trigger.
/// One context for SQLite and PostgreSQL; only types that both can compare and order in SQL (long, string, UTC DateTime).
/// </summary>
public sealed class MigrateDb(DbContextOptions<MigrateDb> options) : DbContext(options)
{
    public DbSet<Source> Sources => Set<Source>();
    public DbSet<InventoryVersion> InventoryVersions => Set<InventoryVersion>();
    public DbSet<InventoryObject> InventoryObjects => Set<InventoryObject>();
    public DbSet<InventoryVm> InventoryVms => Set<InventoryVm>();
    public DbSet<BaselineRow> Baselines => Set<BaselineRow>();
    public DbSet<BaselineWatch> BaselineWatches => Set<BaselineWatch>();
    public DbSet<BaselineGap> BaselineGaps => Set<BaselineGap>();
    public DbSet<BaselineEvent> BaselineEvents => Set<BaselineEvent>();
    public DbSet<SampleBlock> SampleBlocks => Set<SampleBlock>();
    public DbSet<ImportedHistograms> ImportedHistograms => Set<ImportedHistograms>();
    public DbSet<FlowControlStatement> FlowControlStatements => Set<FlowControlStatement>();
    public DbSet<KvmHost> KvmHosts => Set<KvmHost>();
    public DbSet<Plan> Plans => Set<Plan>();
    public DbSet<PlanVm> PlanVms => Set<PlanVm>();
    public DbSet<ConcernOverride> ConcernOverrides => Set<ConcernOverride>();
    public DbSet<PlanCheck> PlanChecks => Set<PlanCheck>();
    public DbSet<WaveVersion> WaveVersions => Set<WaveVersion>();
    public DbSet<WaveMove> WaveMoves => Set<WaveMove>();
    public DbSet<Run> Runs => Set<Run>();
    public DbSet<RunDisk> RunDisks => Set<RunDisk>();
    public DbSet<RunPass> RunPasses => Set<RunPass>();
    public DbSet<RunPassDisk> RunPassDisks => Set<RunPassDisk>();
    public DbSet<RunEvent> RunEvents => Set<RunEvent>();
    public DbSet<Worker> Workers => Set<Worker>();
    public DbSet<CopyLimit> CopyLimits => Set<CopyLimit>();
    public DbSet<CopyCap> CopyCaps => Set<CopyCap>();
    public DbSet<CopyPlace> CopyPlaces => Set<CopyPlace>();
    public DbSet<JournalRow> Journals => Set<JournalRow>();
    public DbSet<StorageObservation> StorageObservations => Set<StorageObservation>();
    public DbSet<ObservationBlock> ObservationBlocks => Set<ObservationBlock>();
    public DbSet<JournalSegment> JournalSegments => Set<JournalSegment>();
    public DbSet<User> Users => Set<User>();
    public DbSet<ApiKey> ApiKeys => Set<ApiKey>();
    public DbSet<Notification> Notifications => Set<Notification>();
    public DbSet<AuditEntry> Audit => Set<AuditEntry>();
    public DbSet<AnsweredCall> AnsweredCalls => Set<AnsweredCall>();
    public DbSet<SavedView> SavedViews => Set<SavedView>();
    public DbSet<Operation> Operations => Set<Operation>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(MigrateDb).Assembly);
        NameFilter.Configure(modelBuilder, Database.IsNpgsql());
    }

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.Properties<DateTime>().HaveConversion<UtcDateTimeConverter>();
}
