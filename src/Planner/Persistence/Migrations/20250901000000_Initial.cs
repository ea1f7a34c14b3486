using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

namespace Migrate.Planner.Persistence.Migrations;

/// <summary>
/// The first schema. Written by hand for both databases: no column names a type, so each provider takes its own for the CLR
/// type, and the row counters carry both providers' annotations. Tests compare the outcome with what the model asks for.
/// </summary>
[DbContext(typeof(MigrateDb))]
[Migration("20250901000000_Initial")]
public sealed class Initial : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        CreateSource(migrationBuilder);
        CreateKvmHost(migrationBuilder);
        CreateInventoryVersion(migrationBuilder);
        CreateInventoryObject(migrationBuilder);
        CreateFlowControlStatement(migrationBuilder);
        CreateBaselineRow(migrationBuilder);
        CreateBaselineWatch(migrationBuilder);
        CreateBaselineGap(migrationBuilder);
        CreateBaselineEvent(migrationBuilder);
        CreateSampleBlock(migrationBuilder);
        CreateImportedHistograms(migrationBuilder);
        CreatePlan(migrationBuilder);
        CreatePlanVm(migrationBuilder);
        CreateConcernOverride(migrationBuilder);
        CreatePlanCheck(migrationBuilder);
        CreateWaveVersion(migrationBuilder);
        CreateWaveMove(migrationBuilder);
        CreateRun(migrationBuilder);
        CreateRunDisk(migrationBuilder);
        CreateRunPass(migrationBuilder);
        CreateRunPassDisk(migrationBuilder);
        CreateRunEvent(migrationBuilder);
        CreateJournals(migrationBuilder);
        CreateWorker(migrationBuilder);
        CreateCopyLimit(migrationBuilder);
        CreateObservation(migrationBuilder);
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.DropTable("observation_blocks");
        migrationBuilder.DropTable("storage_observations");
        migrationBuilder.DropTable("copy_places");
        migrationBuilder.DropTable("copy_caps");
        migrationBuilder.DropTable("copy_limits");
        migrationBuilder.DropTable("workers");
        migrationBuilder.DropTable("journal_segments");
        migrationBuilder.DropTable("journals");
        migrationBuilder.DropTable("run_events");
        migrationBuilder.DropTable("run_pass_disks");
        migrationBuilder.DropTable("run_passes");
        migrationBuilder.DropTable("run_disks");
        migrationBuilder.DropTable("runs");
        migrationBuilder.DropTable("wave_moves");
        migrationBuilder.DropTable("wave_versions");
        migrationBuilder.DropTable("plan_checks");
        migrationBuilder.DropTable("concern_overrides");
        migrationBuilder.DropTable("plan_vms");
        migrationBuilder.DropTable("plans");
        migrationBuilder.DropTable("imported_histograms");
        migrationBuilder.DropTable("sample_blocks");
        migrationBuilder.DropTable("baseline_events");
        migrationBuilder.DropTable("baseline_gaps");
        migrationBuilder.DropTable("baseline_watches");
        migrationBuilder.DropTable("baselines");
        migrationBuilder.DropTable("flow_control_statements");
        migrationBuilder.DropTable("inventory_objects");
        migrationBuilder.DropTable("inventory_versions");
        migrationBuilder.DropTable("kvm_hosts");
        migrationBuilder.DropTable("sources");
    }

    private static void CreateSource(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("sources", columns: table => new
        {
            Id = table.Column<Guid>(nullable: false),
            Name = table.Column<string>(nullable: false),
            Kind = table.Column<string>(nullable: false),
            Paths = table.Column<string>(nullable: false),
            Url = table.Column<string>(nullable: false),
            UserName = table.Column<string>(nullable: false),
            ProtectedPassword = table.Column<string>(nullable: false),
            Thumbprint = table.Column<string>(nullable: true),
            CreatedAt = table.Column<DateTime>(nullable: false),
        }, constraints: table => table.PrimaryKey("PK_sources", x => x.Id));
        migrationBuilder.CreateIndex("IX_sources_Name", "sources", "Name", unique: true);
    }

    private static void CreateKvmHost(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("kvm_hosts", columns: table => new
        {
            Id = table.Column<Guid>(nullable: false),
            Name = table.Column<string>(nullable: false),
            Uri = table.Column<string>(nullable: false),
            DomainType = table.Column<string>(nullable: false),
            ProbedDomainType = table.Column<string>(nullable: true),
            ProbeDetail = table.Column<string>(nullable: true),
            ProbedAt = table.Column<DateTime>(nullable: true),
            Facts = table.Column<string>(nullable: false),
            Attachment = table.Column<string>(nullable: false),
            TargetAddresses = table.Column<string>(nullable: false),
        }, constraints: table => table.PrimaryKey("PK_kvm_hosts", x => x.Id));
        migrationBuilder.CreateIndex("IX_kvm_hosts_Name", "kvm_hosts", "Name", unique: true);
    }

    private static void CreateInventoryVersion(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("inventory_versions", columns: table => new
        {
            Id = table.Column<Guid>(nullable: false),
            SourceId = table.Column<Guid>(nullable: false),
            Number = table.Column<int>(nullable: false),
            TakenAt = table.Column<DateTime>(nullable: false),
            About = table.Column<string>(nullable: false),
            Gaps = table.Column<string>(nullable: false),
            VmCount = table.Column<int>(nullable: false),
            HostCount = table.Column<int>(nullable: false),
            DatastoreCount = table.Column<int>(nullable: false),
            Added = table.Column<int>(nullable: false),
            Changed = table.Column<int>(nullable: false),
            Removed = table.Column<int>(nullable: false),
        }, constraints: table => table.PrimaryKey("PK_inventory_versions", x => x.Id));
        migrationBuilder.CreateIndex("IX_inventory_versions_SourceId_Number", "inventory_versions", ["SourceId", "Number"], unique: true);
    }

    private static void CreateInventoryObject(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("inventory_objects", columns: table => new
        {
            Id = table.Column<long>(nullable: false)
                .Annotation("Sqlite:Autoincrement", true)
                .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
            SourceId = table.Column<Guid>(nullable: false),
            Kind = table.Column<string>(nullable: false),
            Key = table.Column<string>(nullable: false),
            Name = table.Column<string>(nullable: false),
            FromVersion = table.Column<int>(nullable: false),
            ToVersion = table.Column<int>(nullable: true),
            Hash = table.Column<string>(nullable: false),
            BodyHash = table.Column<string>(nullable: false),
            Fingerprint = table.Column<string>(nullable: true),
            Body = table.Column<string>(nullable: false),
            PowerState = table.Column<string>(nullable: true),
            HostKey = table.Column<string>(nullable: true),
            Folder = table.Column<string>(nullable: true),
            CapacityBytes = table.Column<long>(nullable: false),
        }, constraints: table => table.PrimaryKey("PK_inventory_objects", x => x.Id));
        migrationBuilder.CreateIndex("IX_inventory_objects_SourceId_Kind_Key_FromVersion", "inventory_objects", ["SourceId", "Kind", "Key", "FromVersion"], unique: true);
        migrationBuilder.CreateIndex("IX_inventory_objects_SourceId_Kind_ToVersion_Name", "inventory_objects", ["SourceId", "Kind", "ToVersion", "Name"]);
    }

    private static void CreateBaselineRow(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("baselines", columns: table => new
        {
            Id = table.Column<Guid>(nullable: false),
            SourceId = table.Column<Guid>(nullable: false),
            VmKey = table.Column<string>(nullable: false),
            CollectedAt = table.Column<DateTime>(nullable: false),
            Body = table.Column<string>(nullable: false),
            Samples = table.Column<byte[]>(nullable: true),
        }, constraints: table => table.PrimaryKey("PK_baselines", x => x.Id));
        migrationBuilder.CreateIndex("IX_baselines_SourceId_VmKey_CollectedAt", "baselines", ["SourceId", "VmKey", "CollectedAt"]);
    }

    private static void CreateBaselineWatch(MigrationBuilder migrationBuilder) => migrationBuilder.CreateTable("baseline_watches", columns: table => new
    {
        SourceId = table.Column<Guid>(nullable: false),
        VmKey = table.Column<string>(nullable: false),
        VmName = table.Column<string>(nullable: false),
        DiskCount = table.Column<int>(nullable: false),
        StartedAt = table.Column<DateTime>(nullable: false),
        StoppedAt = table.Column<DateTime>(nullable: true),
        Watermark = table.Column<DateTime>(nullable: true),
        PolledAt = table.Column<DateTime>(nullable: true),
        EventsUntil = table.Column<DateTime>(nullable: true),
        ClockSkewSeconds = table.Column<double>(nullable: false),
        MissingCounters = table.Column<string>(nullable: false),
        Error = table.Column<string>(nullable: true),
        VsanAskedAt = table.Column<DateTime>(nullable: true),
        VsanUntil = table.Column<DateTime>(nullable: true),
        VsanProblem = table.Column<string>(nullable: true),
    }, constraints: table => table.PrimaryKey("PK_baseline_watches", x => new { x.SourceId, x.VmKey }));

    private static void CreateBaselineGap(MigrationBuilder migrationBuilder) => migrationBuilder.CreateTable("baseline_gaps", columns: table => new
    {
        SourceId = table.Column<Guid>(nullable: false),
        VmKey = table.Column<string>(nullable: false),
        After = table.Column<DateTime>(nullable: false),
        Before = table.Column<DateTime>(nullable: false),
        Reason = table.Column<string>(nullable: false),
    }, constraints: table => table.PrimaryKey("PK_baseline_gaps", x => new { x.SourceId, x.VmKey, x.After }));

    private static void CreateBaselineEvent(MigrationBuilder migrationBuilder) => migrationBuilder.CreateTable("baseline_events", columns: table => new
    {
        SourceId = table.Column<Guid>(nullable: false),
        VmKey = table.Column<string>(nullable: false),
        EventKey = table.Column<int>(nullable: false),
        At = table.Column<DateTime>(nullable: false),
        Kind = table.Column<string>(nullable: false),
        Message = table.Column<string>(nullable: false),
    }, constraints: table => table.PrimaryKey("PK_baseline_events", x => new { x.SourceId, x.VmKey, x.EventKey }));

    private static void CreateSampleBlock(MigrationBuilder migrationBuilder) => migrationBuilder.CreateTable("sample_blocks", columns: table => new
    {
        SourceId = table.Column<Guid>(nullable: false),
        VmKey = table.Column<string>(nullable: false),
        Instance = table.Column<string>(nullable: false),
        Start = table.Column<DateTime>(nullable: false),
        Samples = table.Column<int>(nullable: false),
        Digest = table.Column<byte[]>(nullable: false),
        Body = table.Column<byte[]>(nullable: false),
    }, constraints: table => table.PrimaryKey("PK_sample_blocks", x => new { x.SourceId, x.VmKey, x.Instance, x.Start }));

    private static void CreateImportedHistograms(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("imported_histograms", columns: table => new
        {
            Id = table.Column<Guid>(nullable: false),
            SourceId = table.Column<Guid>(nullable: false),
            VmKey = table.Column<string>(nullable: false),
            DiskKey = table.Column<int>(nullable: false),
            Origin = table.Column<string>(nullable: false),
            ImportedAt = table.Column<DateTime>(nullable: false),
            ContentHash = table.Column<string>(nullable: false),
            Body = table.Column<string>(nullable: false),
        }, constraints: table => table.PrimaryKey("PK_imported_histograms", x => x.Id));
        migrationBuilder.CreateIndex(
            "IX_imported_histograms_SourceId_VmKey_DiskKey_ContentHash", "imported_histograms", ["SourceId", "VmKey", "DiskKey", "ContentHash"], unique: true);
    }

    private static void CreatePlan(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("plans", columns: table => new
        {
            Id = table.Column<Guid>(nullable: false),
            Name = table.Column<string>(nullable: false),
            SourceId = table.Column<Guid>(nullable: false),
            InventoryVersion = table.Column<int>(nullable: false),
            KvmHostId = table.Column<Guid>(nullable: false),
            Mode = table.Column<string>(nullable: false),
            Policy = table.Column<string>(nullable: false),
            CreatedAt = table.Column<DateTime>(nullable: false),
        }, constraints: table => table.PrimaryKey("PK_plans", x => x.Id));
        migrationBuilder.CreateIndex("IX_plans_Name", "plans", "Name", unique: true);
    }

    private static void CreatePlanVm(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("plan_vms", columns: table => new
        {
            Id = table.Column<Guid>(nullable: false),
            PlanId = table.Column<Guid>(nullable: false),
            VmKey = table.Column<string>(nullable: false),
            VmName = table.Column<string>(nullable: false),
            Wave = table.Column<int>(nullable: false),
            Mode = table.Column<string>(nullable: false),
            Position = table.Column<int>(nullable: false),
            CriticalCount = table.Column<int>(nullable: false),
            WarningCount = table.Column<int>(nullable: false),
            InformationCount = table.Column<int>(nullable: false),
            BeginAt = table.Column<DateTime>(nullable: true),
            CutOverAt = table.Column<DateTime>(nullable: true),
            CutOverUntil = table.Column<DateTime>(nullable: true),
            Concerns = table.Column<string>(nullable: false),
            Disks = table.Column<string>(nullable: false),
        }, constraints: table => table.PrimaryKey("PK_plan_vms", x => x.Id));
        migrationBuilder.CreateIndex("IX_plan_vms_PlanId_VmKey", "plan_vms", ["PlanId", "VmKey"], unique: true);
        migrationBuilder.CreateIndex("IX_plan_vms_PlanId_Wave", "plan_vms", ["PlanId", "Wave"]);
    }

    private static void CreateConcernOverride(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("concern_overrides", columns: table => new
        {
            Id = table.Column<Guid>(nullable: false),
            PlanId = table.Column<Guid>(nullable: false),
            VmKey = table.Column<string>(nullable: false),
            VmName = table.Column<string>(nullable: false),
            ConcernId = table.Column<string>(nullable: false),
            InventoryVersion = table.Column<int>(nullable: false),
            Findings = table.Column<string>(nullable: false),
            Fingerprint = table.Column<string>(nullable: false),
            Reason = table.Column<string>(nullable: false),
            GivenBy = table.Column<string>(nullable: false),
            GivenAt = table.Column<DateTime>(nullable: false),
            LiftedAt = table.Column<DateTime>(nullable: true),
            LiftedBy = table.Column<string>(nullable: true),
            LiftedBecause = table.Column<string>(nullable: true),
        }, constraints: table => table.PrimaryKey("PK_concern_overrides", x => x.Id));
        migrationBuilder.CreateIndex("IX_concern_overrides_PlanId_VmKey_ConcernId", "concern_overrides", ["PlanId", "VmKey", "ConcernId"]);
    }

    private static void CreateFlowControlStatement(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("flow_control_statements", columns: table => new
        {
            SourceId = table.Column<Guid>(nullable: false),
            HostName = table.Column<string>(nullable: false),
            Nics = table.Column<string>(nullable: true),
            NicsGivenBy = table.Column<string>(nullable: true),
            NicsGivenAt = table.Column<DateTime>(nullable: true),
            Switch = table.Column<string>(nullable: true),
            SwitchNote = table.Column<string>(nullable: false),
            SwitchGivenBy = table.Column<string>(nullable: true),
            SwitchGivenAt = table.Column<DateTime>(nullable: true),
        }, constraints: table => table.PrimaryKey("PK_flow_control_statements", x => new { x.SourceId, x.HostName }));
    }

    private static void CreatePlanCheck(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("plan_checks", columns: table => new
        {
            Id = table.Column<Guid>(nullable: false),
            PlanId = table.Column<Guid>(nullable: false),
            StartedAt = table.Column<DateTime>(nullable: false),
            FinishedAt = table.Column<DateTime>(nullable: false),
            Tried = table.Column<int>(nullable: false),
            CriticalCount = table.Column<int>(nullable: false),
            WarningCount = table.Column<int>(nullable: false),
            InformationCount = table.Column<int>(nullable: false),
            Findings = table.Column<string>(nullable: false),
        }, constraints: table => table.PrimaryKey("PK_plan_checks", x => x.Id));
        migrationBuilder.CreateIndex("IX_plan_checks_PlanId_StartedAt", "plan_checks", ["PlanId", "StartedAt"]);
    }

    private static void CreateWaveVersion(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("wave_versions", columns: table => new
        {
            Id = table.Column<Guid>(nullable: false),
            PlanId = table.Column<Guid>(nullable: false),
            Number = table.Column<int>(nullable: false),
            MadeAt = table.Column<DateTime>(nullable: false),
            MadeBy = table.Column<string>(nullable: false),
            Rules = table.Column<string>(nullable: false),
            Assumptions = table.Column<string>(nullable: false),
            Schedule = table.Column<string>(nullable: false),
            VmCount = table.Column<int>(nullable: false),
            ApprovedAt = table.Column<DateTime>(nullable: true),
            ApprovedBy = table.Column<string>(nullable: true),
            ApprovedBecause = table.Column<string>(nullable: true),
        }, constraints: table => table.PrimaryKey("PK_wave_versions", x => x.Id));
        migrationBuilder.CreateIndex("IX_wave_versions_PlanId_Number", "wave_versions", ["PlanId", "Number"], unique: true);
    }

    private static void CreateWaveMove(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("wave_moves", columns: table => new
        {
            VersionId = table.Column<Guid>(nullable: false),
            Position = table.Column<int>(nullable: false),
            Wave = table.Column<int>(nullable: false),
            Body = table.Column<string>(nullable: false),
        }, constraints: table => table.PrimaryKey("PK_wave_moves", x => new { x.VersionId, x.Position }));
        migrationBuilder.CreateIndex("IX_wave_moves_VersionId_Wave", "wave_moves", ["VersionId", "Wave"]);
    }

    private static void CreateRun(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("runs", columns: table => new
        {
            Id = table.Column<Guid>(nullable: false),
            PlanId = table.Column<Guid>(nullable: false),
            PlanVmId = table.Column<Guid>(nullable: false),
            VmKey = table.Column<string>(nullable: false),
            VmName = table.Column<string>(nullable: false),
            Wave = table.Column<int>(nullable: false),
            Phase = table.Column<string>(nullable: false),
            ResumePhase = table.Column<string>(nullable: false),
            Request = table.Column<string>(nullable: true),
            Attempt = table.Column<int>(nullable: false),
            TransientFailures = table.Column<int>(nullable: false),
            CreatedAt = table.Column<DateTime>(nullable: false),
            StartedAt = table.Column<DateTime>(nullable: true),
            FinishedAt = table.Column<DateTime>(nullable: true),
            DueAt = table.Column<DateTime>(nullable: true),
            LeaseOwner = table.Column<string>(nullable: true),
            LeaseEpoch = table.Column<long>(nullable: false),
            LeaseTakenAt = table.Column<DateTime>(nullable: true),
            LeaseExpiresAt = table.Column<DateTime>(nullable: true),
            ErrorCode = table.Column<string>(nullable: true),
            Error = table.Column<string>(nullable: true),
            Remedy = table.Column<string>(nullable: true),
            LeftBehind = table.Column<string>(nullable: false),
            BaselineId = table.Column<Guid>(nullable: true),
            DomainName = table.Column<string>(nullable: true),
            DomainXml = table.Column<string>(nullable: true),
            DomainReasons = table.Column<string>(nullable: true),
            HandedOverAt = table.Column<DateTime>(nullable: true),
            Behind = table.Column<string>(nullable: true),
            DiscardLimit = table.Column<long>(nullable: true),
            RollBack = table.Column<string>(nullable: true),
            SourceChanges = table.Column<string>(nullable: false),
            ReadyAt = table.Column<DateTime>(nullable: true),
            CutOverAt = table.Column<DateTime>(nullable: true),
            CutOverForced = table.Column<bool>(nullable: false),
            Approval = table.Column<string>(nullable: true),
            DowntimeStartedAt = table.Column<DateTime>(nullable: true),
            DowntimeEndedAt = table.Column<DateTime>(nullable: true),
            Downtime = table.Column<string>(nullable: false),
            DowntimeForecast = table.Column<string>(nullable: true),
            LastPassAt = table.Column<DateTime>(nullable: true),
            SourceAtRest = table.Column<string>(nullable: true),
            Conversion = table.Column<string>(nullable: true),
            Rehearsal = table.Column<string>(nullable: true),
            RehearsalAskedAt = table.Column<DateTime>(nullable: true),
            Tracking = table.Column<string>(nullable: true),
            TrackingPhase = table.Column<string>(nullable: true),
            GuestBefore = table.Column<string>(nullable: true),
            JudgeAskedAt = table.Column<DateTime>(nullable: true),
            Verdict = table.Column<string>(nullable: true),
            Outcome = table.Column<string>(nullable: true),
            VerdictAcceptance = table.Column<string>(nullable: true),
        }, constraints: table => table.PrimaryKey("PK_runs", x => x.Id));
        migrationBuilder.CreateIndex("IX_runs_PlanId_Wave", "runs", ["PlanId", "Wave"]);
        migrationBuilder.CreateIndex("IX_runs_Phase_DueAt", "runs", ["Phase", "DueAt"]);
    }

    private static void CreateRunDisk(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("run_disks", columns: table => new
        {
            Id = table.Column<Guid>(nullable: false),
            RunId = table.Column<Guid>(nullable: false),
            DiskKey = table.Column<int>(nullable: false),
            Label = table.Column<string>(nullable: false),
            CapacityBytes = table.Column<long>(nullable: false),
            Reader = table.Column<string>(nullable: false),
            NamespaceUuid = table.Column<Guid>(nullable: false),
            ExpectedBytes = table.Column<long>(nullable: true),
            BytesDone = table.Column<long>(nullable: false),
            BytesVerified = table.Column<long>(nullable: false),
            BytesRead = table.Column<long>(nullable: false),
            BytesWritten = table.Column<long>(nullable: false),
            BytesZero = table.Column<long>(nullable: false),
            CopyStartedAt = table.Column<DateTime>(nullable: true),
            CopyFinishedAt = table.Column<DateTime>(nullable: true),
            SourceHash = table.Column<string>(nullable: true),
            DestinationHash = table.Column<string>(nullable: true),
            VerifiedAt = table.Column<DateTime>(nullable: true),
            UnreadSince = table.Column<string>(nullable: true),
            ReadBackBy = table.Column<string>(nullable: true),
            ProgressAt = table.Column<DateTime>(nullable: true),
            BytesPerSecond = table.Column<long>(nullable: false),
            EtaSeconds = table.Column<long>(nullable: true),
            EarliestEtaSeconds = table.Column<long>(nullable: true),
            LatestEtaSeconds = table.Column<long>(nullable: true),
            SettledAt = table.Column<DateTime>(nullable: true),
            StalledSince = table.Column<DateTime>(nullable: true),
            Bottleneck = table.Column<string>(nullable: true),
        }, constraints: table => table.PrimaryKey("PK_run_disks", x => x.Id));
        migrationBuilder.CreateIndex("IX_run_disks_RunId_DiskKey", "run_disks", ["RunId", "DiskKey"], unique: true);
    }

    private static void CreateRunPass(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("run_passes", columns: table => new
        {
            Id = table.Column<Guid>(nullable: false),
            RunId = table.Column<Guid>(nullable: false),
            Number = table.Column<int>(nullable: false),
            IsLast = table.Column<bool>(nullable: false),
            IsCrashConsistent = table.Column<bool>(nullable: false),
            StartedAt = table.Column<DateTime>(nullable: false),
            FrozenAt = table.Column<DateTime>(nullable: true),
            CopiedAt = table.Column<DateTime>(nullable: true),
            FinishedAt = table.Column<DateTime>(nullable: true),
            Outcome = table.Column<string>(nullable: false),
            Reason = table.Column<string>(nullable: true),
            FreezeMs = table.Column<long>(nullable: true),
            MergeMs = table.Column<long>(nullable: true),
        }, constraints: table => table.PrimaryKey("PK_run_passes", x => x.Id));
        migrationBuilder.CreateIndex("IX_run_passes_RunId_Number", "run_passes", ["RunId", "Number"], unique: true);
    }

    private static void CreateRunPassDisk(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("run_pass_disks", columns: table => new
        {
            Id = table.Column<Guid>(nullable: false),
            PassId = table.Column<Guid>(nullable: false),
            DiskKey = table.Column<int>(nullable: false),
            Label = table.Column<string>(nullable: false),
            Basis = table.Column<string>(nullable: false),
            Reason = table.Column<string>(nullable: false),
            StartedAt = table.Column<DateTime>(nullable: false),
            FinishedAt = table.Column<DateTime>(nullable: true),
            BytesNamed = table.Column<long>(nullable: false),
            BytesRead = table.Column<long>(nullable: false),
            BytesSent = table.Column<long>(nullable: false),
            SampledExtents = table.Column<long>(nullable: false),
            WrongExtents = table.Column<long>(nullable: false),
            SourceHash = table.Column<string>(nullable: true),
        }, constraints: table => table.PrimaryKey("PK_run_pass_disks", x => x.Id));
        migrationBuilder.CreateIndex("IX_run_pass_disks_PassId_DiskKey", "run_pass_disks", ["PassId", "DiskKey"], unique: true);
    }

    private static void CreateRunEvent(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("run_events", columns: table => new
        {
            Id = table.Column<long>(nullable: false)
                .Annotation("Sqlite:Autoincrement", true)
                .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
            RunId = table.Column<Guid>(nullable: false),
            At = table.Column<DateTime>(nullable: false),
            Phase = table.Column<string>(nullable: false),
            Level = table.Column<string>(nullable: false),
            Message = table.Column<string>(nullable: false),
        }, constraints: table => table.PrimaryKey("PK_run_events", x => x.Id));
        migrationBuilder.CreateIndex("IX_run_events_RunId_Id", "run_events", ["RunId", "Id"]);
    }

    private static void CreateJournals(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("journals", columns: table => new
        {
            RunDiskId = table.Column<Guid>(nullable: false),
            RunId = table.Column<Guid>(nullable: false),
            NamespaceUuid = table.Column<Guid>(nullable: false),
            CapacityBytes = table.Column<long>(nullable: false),
            StartedAt = table.Column<DateTime>(nullable: false),
        }, constraints: table => table.PrimaryKey("PK_journals", x => x.RunDiskId));
        migrationBuilder.CreateIndex("IX_journals_RunId", "journals", "RunId");
        migrationBuilder.CreateTable("journal_segments", columns: table => new
        {
            RunDiskId = table.Column<Guid>(nullable: false),
            Number = table.Column<int>(nullable: false),
            States = table.Column<byte[]>(nullable: false),
            Hashes = table.Column<byte[]>(nullable: false),
        }, constraints: table => table.PrimaryKey("PK_journal_segments", x => new { x.RunDiskId, x.Number }));
    }

    private static void CreateWorker(MigrationBuilder migrationBuilder) => migrationBuilder.CreateTable("workers", columns: table => new
    {
        Id = table.Column<Guid>(nullable: false),
        Name = table.Column<string>(nullable: false),
        Owner = table.Column<string>(nullable: false),
        Machine = table.Column<string>(nullable: false),
        ProcessId = table.Column<int>(nullable: false),
        Version = table.Column<string>(nullable: false),
        Queues = table.Column<string>(nullable: false),
        StartedAt = table.Column<DateTime>(nullable: false),
        LastSeenAt = table.Column<DateTime>(nullable: false),
    }, constraints: table => table.PrimaryKey("PK_workers", x => x.Id));

    private static void CreateCopyLimit(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("copy_limits", columns: table => new
        {
            Key = table.Column<string>(nullable: false),
            Name = table.Column<string>(nullable: false),
            Limits = table.Column<string>(nullable: false),
            ChangedAt = table.Column<DateTime>(nullable: false),
        }, constraints: table => table.PrimaryKey("PK_copy_limits", x => x.Key));
        migrationBuilder.CreateTable("copy_caps", columns: table => new
        {
            Key = table.Column<string>(nullable: false),
            Bytes = table.Column<double>(nullable: false),
            Reads = table.Column<double>(nullable: false),
            At = table.Column<DateTime>(nullable: false),
        }, constraints: table => table.PrimaryKey("PK_copy_caps", x => x.Key));
        migrationBuilder.CreateTable("copy_places", columns: table => new
        {
            Id = table.Column<Guid>(nullable: false),
            Resource = table.Column<string>(nullable: false),
            WorkerId = table.Column<Guid>(nullable: false),
        }, constraints: table => table.PrimaryKey("PK_copy_places", x => new { x.Id, x.Resource }));
        migrationBuilder.CreateIndex("IX_copy_places_Resource", "copy_places", "Resource");
    }

    private static void CreateObservation(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("storage_observations", columns: table => new
        {
            RunId = table.Column<Guid>(nullable: false),
            Domain = table.Column<string>(nullable: false),
            StartedAt = table.Column<DateTime>(nullable: false),
            LookAt = table.Column<DateTime>(nullable: false),
            Until = table.Column<DateTime>(nullable: false),
            Looks = table.Column<int>(nullable: false),
            Said = table.Column<string>(nullable: true),
            EndedAt = table.Column<DateTime>(nullable: true),
            Console = table.Column<string>(nullable: true),
            Sample = table.Column<string>(nullable: true),
            Around = table.Column<string>(nullable: true),
            State = table.Column<string>(nullable: false),
            StoredUntil = table.Column<DateTime>(nullable: false),
            Operations = table.Column<long>(nullable: false),
            Version = table.Column<long>(nullable: false),
            Owner = table.Column<string>(nullable: true),
            OwnerUntil = table.Column<DateTime>(nullable: true),
        }, constraints: table => table.PrimaryKey("PK_storage_observations", x => x.RunId));
        migrationBuilder.CreateIndex("IX_storage_observations_EndedAt", "storage_observations", "EndedAt");
        migrationBuilder.CreateTable("observation_blocks", columns: table => new
        {
            RunId = table.Column<Guid>(nullable: false),
            Number = table.Column<int>(nullable: false),
            Intervals = table.Column<int>(nullable: false),
            Body = table.Column<byte[]>(nullable: false),
        }, constraints: table => table.PrimaryKey("PK_observation_blocks", x => new { x.RunId, x.Number }));
    }
}
