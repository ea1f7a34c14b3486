using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Migrate.Planner.VSphere.ChangeTracking;

namespace Migrate.Planner.Persistence;

/// <summary>The life of a run. One enum for database, API, pages and metrics.</summary>
public enum RunPhase
{
    Planned,
    Preparing,
    Seeding,
    Syncing,
    Ready,
    CuttingOver,
    Validating,
    Completed,
    Paused,
    Failed,
    RolledBack,
}

/// <summary>What an operator asked of a run; whoever holds the lease obeys it and clears it, so that nobody else changes a run.</summary>
public enum RunRequest
{
    Pause,
    RollBack,
    RollBackAndDeleteData,
    /// <summary>Make a pass of a warm run now.</summary>
    Sync,
}

/// <summary>
/// One VM's migration. The row is also the step's lease: a worker owns the run while <see cref="LeaseOwner"/> is its id and
/// <see cref="LeaseExpiresAt"/> lies ahead; <see cref="LeaseEpoch"/> grows with every taking and fences writes to the target.
/// </summary>
public sealed class Run
{
    public Guid Id { get; set; }
    public Guid PlanId { get; set; }
    public Guid PlanVmId { get; set; }
    public required string VmKey { get; set; }
    public required string VmName { get; set; }
    public int Wave { get; set; }
    public RunPhase Phase { get; set; }
    /// <summary>Where a Paused or Failed run goes on when it is resumed or retried.</summary>
    public RunPhase ResumePhase { get; set; }
    public RunRequest? Request { get; set; }
    public int Attempt { get; set; } = 1;
    /// <summary>Transient failures of this phase since the last progress; the next try waits longer.</summary>
    public int TransientFailures { get; set; }
    public DateTime CreatedAt { get; set; }
    public DateTime? StartedAt { get; set; }
    public DateTime? FinishedAt { get; set; }
    public DateTime? DueAt { get; set; }
    public string? LeaseOwner { get; set; }
    public long LeaseEpoch { get; set; }
    /// <summary>When it was last taken: since then somebody works on the run, while it is owned.</summary>
    public DateTime? LeaseTakenAt { get; set; }
    public DateTime? LeaseExpiresAt { get; set; }
    public string? ErrorCode { get; set; }
    public string? Error { get; set; }
    public string? Remedy { get; set; }
    /// <summary>JSON array of lines: what a failure left behind and how to remove it.</summary>
    public string LeftBehind { get; set; } = "[]";
    /// <summary>The baseline that was taken for this run, before its VM was shut down.</summary>
    public Guid? BaselineId { get; set; }
    public string? DomainName { get; set; }
    public string? DomainXml { get; set; }
    /// <summary>JSON array of Domains.SettingReason: why each setting of <see cref="DomainXml"/> is as it is.</summary>
    public string? DomainReasons { get; set; }
    /// <summary>From then on a domain may have written to the disks: what they hold is no longer what was copied. Null while none was about to start.</summary>
    public DateTime? HandedOverAt { get; set; }
    /// <summary>Runs.KeepBehind.BehindRecord as JSON: what the guest has changed since its cutover; null when that is not counted.</summary>
    public string? Behind { get; set; }
    /// <summary>What a roll-back may lose of it at most, in bytes, as was confirmed; null: all of it.</summary>
    public long? DiscardLimit { get; set; }
    /// <summary>JSON array of Runs.DowntimeMark: since it was asked for, what a roll-back was spent on; null while nobody asked.</summary>
    public string? RollBack { get; set; }
    /// <summary>Undo list: JSON array of what was changed on the source and how it is undone.</summary>
    public string SourceChanges { get; set; } = "[]";
    /// <summary>Set when the forecast of the last pass came to fit the allowed downtime, and taken back when it no longer does.</summary>
    public DateTime? ReadyAt { get; set; }
    /// <summary>From then on the run cuts over once it is Ready: asked for by an operator, or the plan's window. Null: it waits for a word.</summary>
    public DateTime? CutOverAt { get; set; }
    /// <summary>Whoever asked for the cutover accepts that the run is not Ready, and no window open.</summary>
    public bool CutOverForced { get; set; }
    /// <summary>Runs.Gates.CutoverApproval as JSON; null while nobody has approved the cutover.</summary>
    public string? Approval { get; set; }
    /// <summary>When the run asked the guest to shut down; null while it did not, and for VMs that were off.</summary>
    public DateTime? DowntimeStartedAt { get; set; }
    /// <summary>When the guest was seen to serve again, here or, after a roll-back, there.</summary>
    public DateTime? DowntimeEndedAt { get; set; }
    /// <summary>JSON array of Runs.DowntimeMark: what the downtime was spent on.</summary>
    public string Downtime { get; set; } = "[]";
    /// <summary>Convergence.Band as JSON: seconds that were forecast for it just before it began; null where nothing told.</summary>
    public string? DowntimeForecast { get; set; }
    /// <summary>The source is off, everything that it wrote is copied: there is nothing left to ask it for.</summary>
    public DateTime? LastPassAt { get; set; }
    /// <summary>VSphere.VmAtRest as JSON: what the source looked like when it was off, from before its last bytes were read.</summary>
    public string? SourceAtRest { get; set; }
    /// <summary>Conversion.ConversionRecord as JSON: what became of the conversion of the guest; null while nothing was begun.</summary>
    public string? Conversion { get; set; }
    /// <summary>Rehearsals.RehearsalRecord as JSON: the last rehearsal of the cutover, or the one that goes on; null while there was none.</summary>
    public string? Rehearsal { get; set; }
    /// <summary>Since when an operator waits for a rehearsal; null when none does.</summary>
    public DateTime? RehearsalAskedAt { get; set; }
    /// <summary>VSphere.ChangeTracking.TrackingState as JSON: what a warm run did to its VM and up to where each disk was copied.</summary>
    public string? Tracking { get; set; }
    /// <summary>Of that state, so that what was left behind is found without reading every run.</summary>
    public TrackingPhase? TrackingPhase { get; set; }
    /// <summary>Validation.Identity.GuestIdentity as JSON: what the guest was known by just before it was shut down; null when nobody told.</summary>
    public string? GuestBefore { get; set; }
    /// <summary>Since when somebody wants the verdict from what is observed by then; null while nobody has said so.</summary>
    public DateTime? JudgeAskedAt { get; set; }
    /// <summary>Validation.Verdict as JSON once there is one.</summary>
    public string? Verdict { get; set; }
    /// <summary>Pass | Fail | Inconclusive.</summary>
    public string? Outcome { get; set; }
    /// <summary>Runs.Gates.VerdictAcceptance as JSON: who lets later waves go on in spite of a verdict of Fail; null while nobody does.</summary>
    public string? VerdictAcceptance { get; set; }
    /// <summary>W3C trace context of the call that asked for what the run is at; null when that was not traced.</summary>
    public string? TraceParent { get; set; }
    /// <summary>When its log and what was observed of its storage were deleted, being over for long; null while they are kept.</summary>
    public DateTime? PrunedAt { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<Run>
    {
        public void Configure(EntityTypeBuilder<Run> builder)
        {
            builder.ToTable("runs").HasKey(x => x.Id);
            builder.Property(x => x.Phase).HasConversion<string>();
            builder.Property(x => x.ResumePhase).HasConversion<string>();
            builder.Property(x => x.Request).HasConversion<string>();
            builder.Property(x => x.TrackingPhase).HasConversion<string>();
            builder.HasIndex(x => new { x.PlanId, x.Wave });
            builder.HasIndex(x => new { x.Phase, x.DueAt });
            // What lists filter, order and count by. To skip a thousand pages of all runs, an index with nothing else is walked fastest.
            builder.HasIndex(x => new { x.CreatedAt, x.Id }).HasDatabaseName("IX_runs_CreatedAt");
            builder.HasIndex(x => new { x.CreatedAt, x.Id, x.Phase, x.VmName, x.PlanId, x.Wave }).HasDatabaseName("IX_runs_CreatedAt_Id");
            builder.HasIndex(x => new { x.DueAt, x.Id, x.Phase, x.Request, x.ResumePhase, x.LeaseOwner, x.LeaseExpiresAt, x.VmName, x.PlanId }).HasDatabaseName("IX_runs_DueAt_Id");
            builder.HasIndex(x => new { x.Phase, x.CreatedAt, x.Id });
            builder.HasIndex(x => new { x.VmName, x.Id, x.Phase, x.PlanId, x.Wave }).HasDatabaseName("IX_runs_VmName_Id");
            builder.HasIndex(x => new { x.Wave, x.VmName, x.Id, x.Phase, x.PlanId }).HasDatabaseName("IX_runs_Wave_VmName_Id");
            builder.HasIndex(x => new { x.LeaseExpiresAt, x.LeaseOwner });
            builder.HasIndex(x => new { x.PlanVmId, x.CreatedAt });
            // What happened lately.
            builder.HasIndex(x => x.FinishedAt);
            builder.HasIndex(x => x.ReadyAt);
        }
    }
}

/// <summary>One disk of a run: where its bytes go and what has been proven of them.</summary>
public sealed class RunDisk
{
    public Guid Id { get; set; }
    public Guid RunId { get; set; }
    public int DiskKey { get; set; }
    public required string Label { get; set; }
    public long CapacityBytes { get; set; }
    public required string Reader { get; set; }
    public Guid NamespaceUuid { get; set; }
    /// <summary>What it is expected to hold at the destination, by what the source had allocated: room that no other run counts on. Null: nothing is reserved.</summary>
    public long? ExpectedBytes { get; set; }
    /// <summary>How far the copy is: bytes of the disk, zero or not, that the source has given.</summary>
    public long BytesDone { get; set; }
    /// <summary>How far reading back is.</summary>
    public long BytesVerified { get; set; }
    public long BytesRead { get; set; }
    public long BytesWritten { get; set; }
    public long BytesZero { get; set; }
    public DateTime? CopyStartedAt { get; set; }
    public DateTime? CopyFinishedAt { get; set; }
    /// <summary>Copy.DiskHash of what the source sent, hex.</summary>
    public string? SourceHash { get; set; }
    /// <summary>The same, when all of the namespace was read back and found to be that; another one when it was not; hex.</summary>
    public string? DestinationHash { get; set; }
    public DateTime? VerifiedAt { get; set; }
    /// <summary>Of a warm run's disk that is not verified: all that was written since it was lies in what changed since this change id. Null: anywhere.</summary>
    public string? UnreadSince { get; set; }
    /// <summary>By what value what was read back was compared: SHA-256, or XXH128 when that was done while the disk was copied.</summary>
    public string? ReadBackBy { get; set; }
    /// <summary>When progress of the disk was stored last; those that follow are of that moment.</summary>
    public DateTime? ProgressAt { get; set; }
    /// <summary>Of the copy or the reading back, smoothed.</summary>
    public long BytesPerSecond { get; set; }
    public long? EtaSeconds { get; set; }
    /// <summary>If the rate were as much better as it has been varying …</summary>
    public long? EarliestEtaSeconds { get; set; }
    /// <summary>… and as much worse.</summary>
    public long? LatestEtaSeconds { get; set; }
    /// <summary>When something of the disk was settled last.</summary>
    public DateTime? SettledAt { get; set; }
    /// <summary>Set while nothing is settled for longer than is usual, and no limit says why.</summary>
    public DateTime? StalledSince { get; set; }
    /// <summary>What it waits for, in words, or since when nothing was settled.</summary>
    public string? Bottleneck { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<RunDisk>
    {
        public void Configure(EntityTypeBuilder<RunDisk> builder)
        {
            builder.ToTable("run_disks").HasKey(x => x.Id);
            builder.HasIndex(x => new { x.RunId, x.DiskKey }).IsUnique();
            builder.HasIndex(x => x.StalledSince);
        }
    }
}

/// <summary>A line of a run's log.</summary>
public sealed class RunEvent
{
    public long Id { get; set; }
    public Guid RunId { get; set; }
    public DateTime At { get; set; }
    public RunPhase Phase { get; set; }
    /// <summary>info | warning | error.</summary>
    public string Level { get; set; } = "info";
    public required string Message { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<RunEvent>
    {
        public void Configure(EntityTypeBuilder<RunEvent> builder)
        {
            builder.ToTable("run_events").HasKey(x => x.Id);
            builder.Property(x => x.Phase).HasConversion<string>();
            builder.HasIndex(x => new { x.RunId, x.Id });
        }
    }
}
