using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

namespace Migrate.Planner.Persistence.Migrations;

/// <summary>
/// The model as the newest migration leaves it, written by hand: what the next migration is compared with. A test finds
/// every difference between this and the live model.
/// </summary>
[DbContext(typeof(MigrateDb))]
public sealed class MigrateDbModelSnapshot : ModelSnapshot
{
    protected override void BuildModel(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity("Migrate.Planner.Persistence.Source", Source);
        modelBuilder.Entity("Migrate.Planner.Persistence.KvmHost", KvmHost);
        modelBuilder.Entity("Migrate.Planner.Persistence.InventoryVersion", InventoryVersion);
        modelBuilder.Entity("Migrate.Planner.Persistence.InventoryObject", InventoryObject);
        modelBuilder.Entity("Migrate.Planner.Persistence.InventoryVm", InventoryVm);
        modelBuilder.Entity("Migrate.Planner.Persistence.BaselineRow", BaselineRow);
        modelBuilder.Entity("Migrate.Planner.Persistence.BaselineWatch", BaselineWatch);
        modelBuilder.Entity("Migrate.Planner.Persistence.BaselineGap", BaselineGap);
        modelBuilder.Entity("Migrate.Planner.Persistence.BaselineEvent", BaselineEvent);
        modelBuilder.Entity("Migrate.Planner.Persistence.SampleBlock", SampleBlock);
        modelBuilder.Entity("Migrate.Planner.Persistence.ImportedHistograms", ImportedHistograms);
        modelBuilder.Entity("Migrate.Planner.Persistence.Plan", Plan);
        modelBuilder.Entity("Migrate.Planner.Persistence.PlanVm", PlanVm);
        modelBuilder.Entity("Migrate.Planner.Persistence.ConcernOverride", ConcernOverride);
        modelBuilder.Entity("Migrate.Planner.Persistence.PlanCheck", PlanCheck);
        modelBuilder.Entity("Migrate.Planner.Persistence.WaveVersion", WaveVersion);
        modelBuilder.Entity("Migrate.Planner.Persistence.WaveMove", WaveMove);
        modelBuilder.Entity("Migrate.Planner.Persistence.FlowControlStatement", FlowControlStatement);
        modelBuilder.Entity("Migrate.Planner.Persistence.Run", Run);
        modelBuilder.Entity("Migrate.Planner.Persistence.RunDisk", RunDisk);
        modelBuilder.Entity("Migrate.Planner.Persistence.RunPass", RunPass);
        modelBuilder.Entity("Migrate.Planner.Persistence.RunPassDisk", RunPassDisk);
        modelBuilder.Entity("Migrate.Planner.Persistence.RunEvent", RunEvent);
        modelBuilder.Entity("Migrate.Planner.Persistence.JournalRow", JournalRow);
        modelBuilder.Entity("Migrate.Planner.Persistence.JournalSegment", JournalSegment);
        modelBuilder.Entity("Migrate.Planner.Persistence.Worker", Worker);
        modelBuilder.Entity("Migrate.Planner.Persistence.CopyLimit", CopyLimit);
        modelBuilder.Entity("Migrate.Planner.Persistence.CopyCap", CopyCap);
        modelBuilder.Entity("Migrate.Planner.Persistence.CopyPlace", CopyPlace);
        modelBuilder.Entity("Migrate.Planner.Persistence.StorageObservation", StorageObservation);
        modelBuilder.Entity("Migrate.Planner.Persistence.ObservationBlock", ObservationBlock);
        modelBuilder.Entity("Migrate.Planner.Persistence.User", User);
        modelBuilder.Entity("Migrate.Planner.Persistence.ApiKey", ApiKey);
        modelBuilder.Entity("Migrate.Planner.Persistence.AuditEntry", AuditEntry);
        modelBuilder.Entity("Migrate.Planner.Persistence.AnsweredCall", AnsweredCall);
        modelBuilder.Entity("Migrate.Planner.Persistence.Notification", Notification);
        modelBuilder.Entity("Migrate.Planner.Persistence.SavedView", SavedView);
        modelBuilder.Entity("Migrate.Planner.Persistence.Operation", Operation);
    }

    private static void Source(EntityTypeBuilder entity)
    {
        entity.ToTable("sources");
        entity.Property<Guid>("Id").ValueGeneratedOnAdd();
        entity.Property<string>("Name").IsRequired();
        entity.Property<string>("Kind").IsRequired();
        entity.Property<string>("Paths").IsRequired();
        entity.Property<string>("Url").IsRequired();
        entity.Property<string>("UserName").IsRequired();
        entity.Property<string>("ProtectedPassword").IsRequired();
        entity.Property<string>("Thumbprint");
        entity.Property<DateTime>("CreatedAt");
        entity.Property<string>("Privileges");
        entity.Property<DateTime?>("PrivilegesAt");
        entity.HasKey("Id");
        entity.HasIndex("Name").IsUnique();
    }

    private static void KvmHost(EntityTypeBuilder entity)
    {
        entity.ToTable("kvm_hosts");
        entity.Property<Guid>("Id").ValueGeneratedOnAdd();
        entity.Property<string>("Name").IsRequired();
        entity.Property<string>("Uri").IsRequired();
        entity.Property<string>("DomainType").IsRequired();
        entity.Property<string>("ProbedDomainType");
        entity.Property<string>("ProbeDetail");
        entity.Property<DateTime?>("ProbedAt");
        entity.Property<string>("Facts").IsRequired();
        entity.Property<string>("Attachment").IsRequired();
        entity.Property<string>("TargetAddresses").IsRequired();
        entity.HasKey("Id");
        entity.HasIndex("Name").IsUnique();
    }

    private static void InventoryVersion(EntityTypeBuilder entity)
    {
        entity.ToTable("inventory_versions");
        entity.Property<Guid>("Id").ValueGeneratedOnAdd();
        entity.Property<Guid>("SourceId");
        entity.Property<int>("Number");
        entity.Property<DateTime>("TakenAt");
        entity.Property<string>("About").IsRequired();
        entity.Property<string>("Gaps").IsRequired();
        entity.Property<int>("VmCount");
        entity.Property<int>("HostCount");
        entity.Property<int>("DatastoreCount");
        entity.Property<int>("Added");
        entity.Property<int>("Changed");
        entity.Property<int>("Removed");
        entity.Property<DateTime?>("JudgedAt");
        entity.HasKey("Id");
        entity.HasIndex("SourceId", "Number").IsUnique();
    }

    private static void InventoryObject(EntityTypeBuilder entity)
    {
        entity.ToTable("inventory_objects");
        entity.Property<long>("Id").ValueGeneratedOnAdd()
            .HasAnnotation("Sqlite:Autoincrement", true)
            .HasAnnotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn);
        entity.Property<Guid>("SourceId");
        entity.Property<string>("Kind").IsRequired();
        entity.Property<string>("Key").IsRequired();
        entity.Property<string>("Name").IsRequired();
        entity.Property<int>("FromVersion");
        entity.Property<int?>("ToVersion");
        entity.Property<string>("Hash").IsRequired();
        entity.Property<string>("BodyHash").IsRequired();
        entity.Property<string>("Fingerprint");
        entity.Property<string>("Body").IsRequired();
        entity.Property<string>("PowerState");
        entity.Property<string>("HostKey");
        entity.Property<string>("Folder");
        entity.Property<long>("CapacityBytes");
        entity.HasKey("Id");
        entity.HasIndex("SourceId", "Kind", "Key", "FromVersion").IsUnique();
        entity.HasIndex("SourceId", "Kind", "ToVersion", "Name");
        entity.HasIndex("SourceId", "Kind", "Name", "Key", "FromVersion", "ToVersion", "PowerState", "Folder", "HostKey", "CapacityBytes", "Id").HasDatabaseName("IX_inventory_objects_SourceId_Kind_Name");
    }

    private static void InventoryVm(EntityTypeBuilder entity)
    {
        entity.ToTable("inventory_vms");
        entity.Property<long>("Id").ValueGeneratedNever();
        entity.Property<Guid>("SourceId");
        entity.Property<string>("Key").IsRequired();
        entity.Property<string>("Name").IsRequired();
        entity.Property<int>("FromVersion");
        entity.Property<int?>("ToVersion");
        entity.Property<string>("PowerState").IsRequired();
        entity.Property<string>("HostKey");
        entity.Property<string>("Folder").IsRequired();
        entity.Property<string>("Datacenter").IsRequired();
        entity.Property<string>("Guest").IsRequired();
        entity.Property<string>("Datastores").IsRequired();
        entity.Property<long>("CapacityBytes");
        entity.Property<long>("UsedBytes");
        entity.Property<long>("ChangeBytesPerSecond");
        entity.Property<string>("ChangeOrigin");
        entity.Property<int>("Worst");
        entity.Property<int>("CriticalCount");
        entity.Property<int>("WarningCount");
        entity.Property<int>("InformationCount");
        entity.Property<string>("ConcernIds").IsRequired();
        entity.Property<int>("CpuCount").ValueGeneratedOnAdd().HasDefaultValue(0);
        entity.Property<long>("MemoryBytes").ValueGeneratedOnAdd().HasDefaultValue(0L);
        entity.Property<int>("DiskCount").ValueGeneratedOnAdd().HasDefaultValue(0);
        entity.HasKey("Id");
        foreach (string by in (string[])["Name", "PowerState", "Folder", "Datacenter", "Guest", "CapacityBytes", "UsedBytes", "ChangeBytesPerSecond", "Worst"])
        {
            entity.HasIndex("SourceId", by, "Key");
        }
        entity.HasIndex("SourceId", "HostKey", "Key", "FromVersion", "ToVersion").HasDatabaseName("IX_inventory_vms_SourceId_HostKey_Key");
    }

    private static void BaselineRow(EntityTypeBuilder entity)
    {
        entity.ToTable("baselines");
        entity.Property<Guid>("Id").ValueGeneratedOnAdd();
        entity.Property<Guid>("SourceId");
        entity.Property<string>("VmKey").IsRequired();
        entity.Property<DateTime>("CollectedAt");
        entity.Property<string>("Body").IsRequired();
        entity.Property<byte[]>("Samples");
        entity.HasKey("Id");
        entity.HasIndex("SourceId", "VmKey", "CollectedAt");
    }

    private static void BaselineWatch(EntityTypeBuilder entity)
    {
        entity.ToTable("baseline_watches");
        entity.Property<Guid>("SourceId");
        entity.Property<string>("VmKey").IsRequired();
        entity.Property<string>("VmName").IsRequired();
        entity.Property<int>("DiskCount");
        entity.Property<DateTime>("StartedAt");
        entity.Property<DateTime?>("StoppedAt");
        entity.Property<DateTime?>("Watermark");
        entity.Property<DateTime?>("PolledAt");
        entity.Property<DateTime?>("EventsUntil");
        entity.Property<double>("ClockSkewSeconds");
        entity.Property<string>("MissingCounters").IsRequired();
        entity.Property<string>("Error");
        entity.Property<DateTime?>("VsanAskedAt");
        entity.Property<DateTime?>("VsanUntil");
        entity.Property<string>("VsanProblem");
        entity.HasKey("SourceId", "VmKey");
    }

    private static void BaselineGap(EntityTypeBuilder entity)
    {
        entity.ToTable("baseline_gaps");
        entity.Property<Guid>("SourceId");
        entity.Property<string>("VmKey").IsRequired();
        entity.Property<DateTime>("After");
        entity.Property<DateTime>("Before");
        entity.Property<string>("Reason").IsRequired();
        entity.HasKey("SourceId", "VmKey", "After");
    }

    private static void BaselineEvent(EntityTypeBuilder entity)
    {
        entity.ToTable("baseline_events");
        entity.Property<Guid>("SourceId");
        entity.Property<string>("VmKey").IsRequired();
        entity.Property<int>("EventKey");
        entity.Property<DateTime>("At");
        entity.Property<string>("Kind").IsRequired();
        entity.Property<string>("Message").IsRequired();
        entity.HasKey("SourceId", "VmKey", "EventKey");
    }

    private static void SampleBlock(EntityTypeBuilder entity)
    {
        entity.ToTable("sample_blocks");
        entity.Property<Guid>("SourceId");
        entity.Property<string>("VmKey").IsRequired();
        entity.Property<string>("Instance").IsRequired();
        entity.Property<DateTime>("Start");
        entity.Property<int>("Samples");
        entity.Property<byte[]>("Digest").IsRequired();
        entity.Property<byte[]>("Body").IsRequired();
        entity.HasKey("SourceId", "VmKey", "Instance", "Start");
    }

    private static void ImportedHistograms(EntityTypeBuilder entity)
    {
        entity.ToTable("imported_histograms");
        entity.Property<Guid>("Id").ValueGeneratedOnAdd();
        entity.Property<Guid>("SourceId");
        entity.Property<string>("VmKey").IsRequired();
        entity.Property<int>("DiskKey");
        entity.Property<string>("Origin").IsRequired();
        entity.Property<DateTime>("ImportedAt");
        entity.Property<string>("ContentHash").IsRequired();
        entity.Property<string>("Body").IsRequired();
        entity.Property<DateTime?>("CountedFrom");
        entity.Property<DateTime?>("CountedTo");
        entity.HasKey("Id");
        entity.HasIndex("SourceId", "VmKey", "DiskKey", "ContentHash").IsUnique();
    }

    private static void Plan(EntityTypeBuilder entity)
    {
        entity.ToTable("plans");
        entity.Property<Guid>("Id").ValueGeneratedOnAdd();
        entity.Property<string>("Name").IsRequired();
        entity.Property<Guid>("SourceId");
        entity.Property<int>("InventoryVersion");
        entity.Property<Guid>("KvmHostId");
        entity.Property<string>("Mode").IsRequired();
        entity.Property<string>("Policy").IsRequired();
        entity.Property<DateTime>("CreatedAt");
        entity.Property<DateTime?>("VmsChangedAt");
        entity.HasKey("Id");
        entity.HasIndex("Name").IsUnique();
    }

    private static void PlanVm(EntityTypeBuilder entity)
    {
        entity.ToTable("plan_vms");
        entity.Property<Guid>("Id").ValueGeneratedOnAdd();
        entity.Property<Guid>("PlanId");
        entity.Property<string>("VmKey").IsRequired();
        entity.Property<string>("VmName").IsRequired();
        entity.Property<int>("Wave");
        entity.Property<string>("Mode").IsRequired();
        entity.Property<int>("Position");
        entity.Property<int>("CriticalCount");
        entity.Property<int>("WarningCount");
        entity.Property<int>("InformationCount");
        entity.Property<DateTime?>("BeginAt");
        entity.Property<DateTime?>("CutOverAt");
        entity.Property<DateTime?>("CutOverUntil");
        entity.Property<string>("Concerns").IsRequired();
        entity.Property<string>("Disks").IsRequired();
        entity.Property<string>("MoveGroup");
        entity.Property<int?>("MoveTier");
        entity.Property<string>("MoveAfter");
        entity.HasKey("Id");
        entity.HasIndex("PlanId", "VmKey").IsUnique();
        entity.HasIndex("PlanId", "Wave", "Position", "Id", "CriticalCount", "WarningCount", "InformationCount", "VmName").HasDatabaseName("IX_plan_vms_PlanId_Wave_Position_Id");
        entity.HasIndex("VmName", "Id", "PlanId").HasDatabaseName("IX_plan_vms_VmName_Id");
        entity.HasIndex("VmKey", "PlanId", "Wave").HasDatabaseName("IX_plan_vms_VmKey_PlanId");
    }

    private static void ConcernOverride(EntityTypeBuilder entity)
    {
        entity.ToTable("concern_overrides");
        entity.Property<Guid>("Id").ValueGeneratedOnAdd();
        entity.Property<Guid>("PlanId");
        entity.Property<string>("VmKey").IsRequired();
        entity.Property<string>("VmName").IsRequired();
        entity.Property<string>("ConcernId").IsRequired();
        entity.Property<int>("InventoryVersion");
        entity.Property<string>("Findings").IsRequired();
        entity.Property<string>("Fingerprint").IsRequired();
        entity.Property<string>("Reason").IsRequired();
        entity.Property<string>("GivenBy").IsRequired();
        entity.Property<DateTime>("GivenAt");
        entity.Property<DateTime?>("LiftedAt");
        entity.Property<string>("LiftedBy");
        entity.Property<string>("LiftedBecause");
        entity.HasKey("Id");
        entity.HasIndex("PlanId", "VmKey", "ConcernId");
    }

    private static void FlowControlStatement(EntityTypeBuilder entity)
    {
        entity.ToTable("flow_control_statements");
        entity.Property<Guid>("SourceId");
        entity.Property<string>("HostName").IsRequired();
        entity.Property<string>("Nics");
        entity.Property<string>("NicsGivenBy");
        entity.Property<DateTime?>("NicsGivenAt");
        entity.Property<string>("Switch");
        entity.Property<string>("SwitchNote").IsRequired();
        entity.Property<string>("SwitchGivenBy");
        entity.Property<DateTime?>("SwitchGivenAt");
        entity.HasKey("SourceId", "HostName");
    }

    private static void PlanCheck(EntityTypeBuilder entity)
    {
        entity.ToTable("plan_checks");
        entity.Property<Guid>("Id").ValueGeneratedOnAdd();
        entity.Property<Guid>("PlanId");
        entity.Property<DateTime>("StartedAt");
        entity.Property<DateTime>("FinishedAt");
        entity.Property<int>("Tried");
        entity.Property<int>("CriticalCount");
        entity.Property<int>("WarningCount");
        entity.Property<int>("InformationCount");
        entity.Property<string>("Findings").IsRequired();
        entity.HasKey("Id");
        entity.HasIndex("PlanId", "StartedAt");
    }

    private static void WaveVersion(EntityTypeBuilder entity)
    {
        entity.ToTable("wave_versions");
        entity.Property<Guid>("Id").ValueGeneratedOnAdd();
        entity.Property<Guid>("PlanId");
        entity.Property<int>("Number");
        entity.Property<DateTime>("MadeAt");
        entity.Property<string>("MadeBy").IsRequired();
        entity.Property<string>("Rules").IsRequired();
        entity.Property<string>("Assumptions").IsRequired();
        entity.Property<string>("Schedule").IsRequired();
        entity.Property<int>("VmCount");
        entity.Property<DateTime?>("ApprovedAt");
        entity.Property<string>("ApprovedBy");
        entity.Property<string>("ApprovedBecause");
        entity.Property<string>("Groups");
        entity.HasKey("Id");
        entity.HasIndex("PlanId", "Number").IsUnique();
    }

    private static void WaveMove(EntityTypeBuilder entity)
    {
        entity.ToTable("wave_moves");
        entity.Property<Guid>("VersionId");
        entity.Property<int>("Position");
        entity.Property<int>("Wave");
        entity.Property<string>("Body").IsRequired();
        entity.HasKey("VersionId", "Position");
        entity.HasIndex("VersionId", "Wave");
    }

    private static void Run(EntityTypeBuilder entity)
    {
        entity.ToTable("runs");
        entity.Property<Guid>("Id").ValueGeneratedOnAdd();
        entity.Property<Guid>("PlanId");
        entity.Property<Guid>("PlanVmId");
        entity.Property<string>("VmKey").IsRequired();
        entity.Property<string>("VmName").IsRequired();
        entity.Property<int>("Wave");
        entity.Property<string>("Phase").IsRequired();
        entity.Property<string>("ResumePhase").IsRequired();
        entity.Property<string>("Request");
        entity.Property<int>("Attempt");
        entity.Property<int>("TransientFailures");
        entity.Property<DateTime>("CreatedAt");
        entity.Property<DateTime?>("StartedAt");
        entity.Property<DateTime?>("FinishedAt");
        entity.Property<DateTime?>("DueAt");
        entity.Property<string>("LeaseOwner");
        entity.Property<long>("LeaseEpoch");
        entity.Property<DateTime?>("LeaseTakenAt");
        entity.Property<DateTime?>("LeaseExpiresAt");
        entity.Property<string>("ErrorCode");
        entity.Property<string>("Error");
        entity.Property<string>("Remedy");
        entity.Property<string>("LeftBehind").IsRequired();
        entity.Property<Guid?>("BaselineId");
        entity.Property<string>("DomainName");
        entity.Property<string>("DomainReasons");
        entity.Property<DateTime?>("HandedOverAt");
        entity.Property<string>("DomainXml");
        entity.Property<string>("Behind");
        entity.Property<long?>("DiscardLimit");
        entity.Property<string>("RollBack");
        entity.Property<string>("SourceChanges").IsRequired();
        entity.Property<DateTime?>("ReadyAt");
        entity.Property<DateTime?>("CutOverAt");
        entity.Property<bool>("CutOverForced");
        entity.Property<string>("Approval");
        entity.Property<DateTime?>("DowntimeStartedAt");
        entity.Property<DateTime?>("DowntimeEndedAt");
        entity.Property<string>("Downtime").IsRequired();
        entity.Property<string>("DowntimeForecast");
        entity.Property<DateTime?>("LastPassAt");
        entity.Property<string>("SourceAtRest");
        entity.Property<string>("Conversion");
        entity.Property<string>("GuestBefore");
        entity.Property<DateTime?>("JudgeAskedAt");
        entity.Property<string>("TraceParent");
        entity.Property<DateTime?>("PrunedAt");
        entity.Property<string>("Rehearsal");
        entity.Property<DateTime?>("RehearsalAskedAt");
        entity.Property<string>("Tracking");
        entity.Property<string>("TrackingPhase");
        entity.Property<string>("Verdict");
        entity.Property<string>("Outcome");
        entity.Property<string>("VerdictAcceptance");
        entity.HasKey("Id");
        entity.HasIndex("PlanId", "Wave");
        entity.HasIndex("Phase", "DueAt");
        entity.HasIndex("CreatedAt", "Id").HasDatabaseName("IX_runs_CreatedAt");
        entity.HasIndex("CreatedAt", "Id", "Phase", "VmName", "PlanId", "Wave").HasDatabaseName("IX_runs_CreatedAt_Id");
        entity.HasIndex("DueAt", "Id", "Phase", "Request", "ResumePhase", "LeaseOwner", "LeaseExpiresAt", "VmName", "PlanId").HasDatabaseName("IX_runs_DueAt_Id");
        entity.HasIndex("Phase", "CreatedAt", "Id");
        entity.HasIndex("VmName", "Id", "Phase", "PlanId", "Wave").HasDatabaseName("IX_runs_VmName_Id");
        entity.HasIndex("Wave", "VmName", "Id", "Phase", "PlanId").HasDatabaseName("IX_runs_Wave_VmName_Id");
        entity.HasIndex("LeaseExpiresAt", "LeaseOwner");
        entity.HasIndex("PlanVmId", "CreatedAt");
        entity.HasIndex("FinishedAt");
        entity.HasIndex("ReadyAt");
    }

    private static void RunDisk(EntityTypeBuilder entity)
    {
        entity.ToTable("run_disks");
        entity.Property<Guid>("Id").ValueGeneratedOnAdd();
        entity.Property<Guid>("RunId");
        entity.Property<int>("DiskKey");
        entity.Property<string>("Label").IsRequired();
        entity.Property<long>("CapacityBytes");
        entity.Property<string>("Reader").IsRequired();
        entity.Property<Guid>("NamespaceUuid");
        entity.Property<long?>("ExpectedBytes");
        entity.Property<long>("BytesDone");
        entity.Property<long>("BytesVerified");
        entity.Property<long>("BytesRead");
        entity.Property<long>("BytesWritten");
        entity.Property<long>("BytesZero");
        entity.Property<DateTime?>("CopyStartedAt");
        entity.Property<DateTime?>("CopyFinishedAt");
        entity.Property<string>("SourceHash");
        entity.Property<string>("DestinationHash");
        entity.Property<DateTime?>("VerifiedAt");
        entity.Property<string>("UnreadSince");
        entity.Property<string>("ReadBackBy");
        entity.Property<DateTime?>("ProgressAt");
        entity.Property<long>("BytesPerSecond");
        entity.Property<long?>("EtaSeconds");
        entity.Property<long?>("EarliestEtaSeconds");
        entity.Property<long?>("LatestEtaSeconds");
        entity.Property<DateTime?>("SettledAt");
        entity.Property<DateTime?>("StalledSince");
        entity.Property<string>("Bottleneck");
        entity.HasKey("Id");
        entity.HasIndex("RunId", "DiskKey").IsUnique();
        entity.HasIndex("StalledSince");
    }

    private static void RunPass(EntityTypeBuilder entity)
    {
        entity.ToTable("run_passes");
        entity.Property<Guid>("Id").ValueGeneratedOnAdd();
        entity.Property<Guid>("RunId");
        entity.Property<int>("Number");
        entity.Property<bool>("IsLast");
        entity.Property<bool>("IsCrashConsistent");
        entity.Property<DateTime>("StartedAt");
        entity.Property<DateTime?>("FrozenAt");
        entity.Property<DateTime?>("CopiedAt");
        entity.Property<DateTime?>("FinishedAt");
        entity.Property<string>("Outcome").IsRequired();
        entity.Property<string>("Reason");
        entity.Property<long?>("FreezeMs");
        entity.Property<long?>("MergeMs");
        entity.HasKey("Id");
        entity.HasIndex("RunId", "Number").IsUnique();
    }

    private static void RunPassDisk(EntityTypeBuilder entity)
    {
        entity.ToTable("run_pass_disks");
        entity.Property<Guid>("Id").ValueGeneratedOnAdd();
        entity.Property<Guid>("PassId");
        entity.Property<int>("DiskKey");
        entity.Property<string>("Label").IsRequired();
        entity.Property<string>("Basis").IsRequired();
        entity.Property<string>("Reason").IsRequired();
        entity.Property<DateTime>("StartedAt");
        entity.Property<DateTime?>("FinishedAt");
        entity.Property<long>("BytesNamed");
        entity.Property<long>("BytesRead");
        entity.Property<long>("BytesSent");
        entity.Property<long>("SampledExtents");
        entity.Property<long>("WrongExtents");
        entity.Property<string>("SourceHash");
        entity.HasKey("Id");
        entity.HasIndex("PassId", "DiskKey").IsUnique();
    }

    private static void RunEvent(EntityTypeBuilder entity)
    {
        entity.ToTable("run_events");
        entity.Property<long>("Id").ValueGeneratedOnAdd()
            .HasAnnotation("Sqlite:Autoincrement", true)
            .HasAnnotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn);
        entity.Property<Guid>("RunId");
        entity.Property<DateTime>("At");
        entity.Property<string>("Phase").IsRequired();
        entity.Property<string>("Level").IsRequired();
        entity.Property<string>("Message").IsRequired();
        entity.HasKey("Id");
        entity.HasIndex("RunId", "Id");
    }

    private static void JournalRow(EntityTypeBuilder entity)
    {
        entity.ToTable("journals");
        entity.Property<Guid>("RunDiskId").ValueGeneratedOnAdd();
        entity.Property<Guid>("RunId");
        entity.Property<Guid>("NamespaceUuid");
        entity.Property<long>("CapacityBytes");
        entity.Property<DateTime>("StartedAt");
        entity.HasKey("RunDiskId");
        entity.HasIndex("RunId");
    }

    private static void JournalSegment(EntityTypeBuilder entity)
    {
        entity.ToTable("journal_segments");
        entity.Property<Guid>("RunDiskId");
        entity.Property<int>("Number");
        entity.Property<byte[]>("States").IsRequired();
        entity.Property<byte[]>("Hashes").IsRequired();
        entity.HasKey("RunDiskId", "Number");
    }

    private static void Worker(EntityTypeBuilder entity)
    {
        entity.ToTable("workers");
        entity.Property<Guid>("Id").ValueGeneratedOnAdd();
        entity.Property<string>("Name").IsRequired();
        entity.Property<string>("Owner").IsRequired();
        entity.Property<string>("Machine").IsRequired();
        entity.Property<int>("ProcessId");
        entity.Property<string>("Version").IsRequired();
        entity.Property<string>("Queues").IsRequired();
        entity.Property<DateTime>("StartedAt");
        entity.Property<DateTime>("LastSeenAt");
        entity.HasKey("Id");
    }

    private static void CopyLimit(EntityTypeBuilder entity)
    {
        entity.ToTable("copy_limits");
        entity.Property<string>("Key");
        entity.Property<string>("Name").IsRequired();
        entity.Property<string>("Limits").IsRequired();
        entity.Property<DateTime>("ChangedAt");
        entity.HasKey("Key");
    }

    private static void CopyCap(EntityTypeBuilder entity)
    {
        entity.ToTable("copy_caps");
        entity.Property<string>("Key");
        entity.Property<double>("Bytes");
        entity.Property<double>("Reads");
        entity.Property<DateTime>("At");
        entity.HasKey("Key");
    }

    private static void CopyPlace(EntityTypeBuilder entity)
    {
        entity.ToTable("copy_places");
        entity.Property<Guid>("Id");
        entity.Property<string>("Resource");
        entity.Property<Guid>("WorkerId");
        entity.HasKey("Id", "Resource");
        entity.HasIndex("Resource");
    }

    private static void StorageObservation(EntityTypeBuilder entity)
    {
        entity.ToTable("storage_observations");
        entity.Property<Guid>("RunId").ValueGeneratedOnAdd();
        entity.Property<string>("Domain").IsRequired();
        entity.Property<DateTime>("StartedAt");
        entity.Property<DateTime>("LookAt");
        entity.Property<DateTime>("Until");
        entity.Property<int>("Looks");
        entity.Property<string>("Said");
        entity.Property<DateTime?>("EndedAt");
        entity.Property<string>("Console");
        entity.Property<string>("Sample");
        entity.Property<string>("Around");
        entity.Property<string>("State").IsRequired();
        entity.Property<DateTime>("StoredUntil");
        entity.Property<long>("Operations");
        entity.Property<long>("Version");
        entity.Property<string>("Owner");
        entity.Property<DateTime?>("OwnerUntil");
        entity.HasKey("RunId");
        entity.HasIndex("EndedAt");
    }

    private static void ObservationBlock(EntityTypeBuilder entity)
    {
        entity.ToTable("observation_blocks");
        entity.Property<Guid>("RunId");
        entity.Property<int>("Number");
        entity.Property<int>("Intervals");
        entity.Property<byte[]>("Body").IsRequired();
        entity.HasKey("RunId", "Number");
    }

    private static void User(EntityTypeBuilder entity)
    {
        entity.ToTable("users");
        entity.Property<Guid>("Id").ValueGeneratedOnAdd();
        entity.Property<string>("Name").IsRequired();
        entity.Property<string>("Role").IsRequired();
        entity.Property<string>("PasswordHash").IsRequired();
        entity.Property<string>("Stamp").IsRequired();
        entity.Property<DateTime>("CreatedAt");
        entity.Property<string>("CreatedBy").IsRequired();
        entity.Property<DateTime?>("DisabledAt");
        entity.Property<DateTime?>("SeenAt");
        entity.HasKey("Id");
        entity.HasIndex("Name").IsUnique();
    }

    private static void ApiKey(EntityTypeBuilder entity)
    {
        entity.ToTable("api_keys");
        entity.Property<string>("Id").IsRequired();
        entity.Property<string>("Name").IsRequired();
        entity.Property<string>("Role").IsRequired();
        entity.Property<string>("Areas").IsRequired();
        entity.Property<string>("SecretHash").IsRequired();
        entity.Property<DateTime>("CreatedAt");
        entity.Property<string>("CreatedBy").IsRequired();
        entity.Property<DateTime>("ExpiresAt");
        entity.Property<DateTime?>("RevokedAt");
        entity.Property<string>("RevokedBy");
        entity.Property<DateTime?>("SeenAt");
        entity.HasKey("Id");
        entity.HasIndex("CreatedAt");
    }

    private static void Notification(EntityTypeBuilder entity)
    {
        entity.ToTable("notifications");
        entity.Property<Guid>("Id");
        entity.Property<string>("Key").IsRequired();
        entity.Property<string>("Event").IsRequired();
        entity.Property<Guid?>("RunId");
        entity.Property<string>("Receiver").IsRequired();
        entity.Property<string>("Subject").IsRequired();
        entity.Property<string>("Body").IsRequired();
        entity.Property<DateTime>("CreatedAt");
        entity.Property<int>("Attempts");
        entity.Property<DateTime?>("DueAt");
        entity.Property<DateTime?>("SentAt");
        entity.Property<string>("Error");
        entity.HasKey("Id");
        entity.HasIndex("Key").IsUnique();
        entity.HasIndex("DueAt");
    }

    private static void AuditEntry(EntityTypeBuilder entity)
    {
        entity.ToTable("audit");
        entity.Property<long>("Sequence").ValueGeneratedNever();
        entity.Property<DateTime>("At");
        entity.Property<string>("Kind").IsRequired();
        entity.Property<long?>("AskedAs");
        entity.Property<string>("Who").IsRequired();
        entity.Property<string>("Through").IsRequired();
        entity.Property<string>("CameFrom").IsRequired();
        entity.Property<string>("Action").IsRequired();
        entity.Property<string>("Target").IsRequired();
        entity.Property<string>("Outcome").IsRequired();
        entity.Property<string>("Reason").IsRequired();
        entity.Property<string>("TraceId").IsRequired();
        entity.Property<string>("Hash").IsRequired();
        entity.Property<string>("Signature").IsRequired();
        entity.HasKey("Sequence");
        entity.HasIndex("Who", "Sequence");
        entity.HasIndex("Action", "Sequence");
        entity.HasIndex("Target", "Sequence");
        entity.HasIndex("AskedAs");
    }

    private static void AnsweredCall(EntityTypeBuilder entity)
    {
        entity.ToTable("answered_calls");
        entity.Property<string>("Account").IsRequired();
        entity.Property<string>("Key").IsRequired();
        entity.Property<string>("Call").IsRequired();
        entity.Property<DateTime>("AskedAt");
        entity.Property<int?>("Status");
        entity.Property<string>("ContentType");
        entity.Property<string>("Location");
        entity.Property<string>("Body");
        entity.HasKey("Account", "Key");
        entity.HasIndex("AskedAt");
    }

    private static void SavedView(EntityTypeBuilder entity)
    {
        entity.ToTable("saved_views");
        entity.Property<Guid>("Id").ValueGeneratedOnAdd();
        entity.Property<string>("Owner").IsRequired();
        entity.Property<string>("List").IsRequired();
        entity.Property<string>("Name").IsRequired();
        entity.Property<string>("Query").IsRequired();
        entity.Property<bool>("IsShared");
        entity.Property<DateTime>("SavedAt");
        entity.HasKey("Id");
        entity.HasIndex("Owner", "List", "Name").IsUnique();
    }

    private static void Operation(EntityTypeBuilder entity)
    {
        entity.ToTable("operations");
        entity.Property<Guid>("Id").ValueGeneratedOnAdd();
        entity.Property<string>("Kind").IsRequired();
        entity.Property<string>("Subject").IsRequired();
        entity.Property<string>("State").IsRequired();
        entity.Property<string>("StartedBy").IsRequired();
        entity.Property<DateTime>("CreatedAt");
        entity.Property<DateTime?>("StartedAt");
        entity.Property<DateTime?>("FinishedAt");
        entity.Property<string>("Result");
        entity.Property<string>("Problem");
        entity.HasKey("Id");
        entity.HasIndex("CreatedAt", "Id");
        entity.HasIndex("Subject", "CreatedAt");
    }
}
