using Migrate.Api.Reports;
using Migrate.Api.Reports.Formats;
using Migrate.Api.Reports.HandOver;
using Migrate.Api.Reports.Readiness;
using Migrate.Api.Reports.Validations;
using Migrate.Api.Reports.WaveResults;
using Migrate.Api.Runs;
using Migrate.Executor.Domains;
using Migrate.Executor.Runs.Gates;
using Migrate.Executor.Validation;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Tests.Reports;

/// <summary>Reports with something in every place that a VM, a source, a host or an operator can write into.</summary>
internal static class SampleReports
{
    private static readonly DateTime At = SampleReport.Start;
    private static readonly Guid RunId = Guid.Parse("6d7a3c52-1111-4a5b-9c3d-000000000001");

    public static Report Of(string kind, string text) => kind switch
    {
        "readiness" => Readiness(text),
        "wave" => WaveResult(text),
        "validation" => Validation(text),
        "hand-over" => HandOver(text),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    private static FailedVerdict Failed(string text) => new(RunId, text, text, 1, At, text, new VerdictAcceptance(text, At, text, At));

    private static ReportAnswer Answer(string text) => new(Standing.Bad, text, text, [new(Standing.Bad, text, text), new(Standing.Attention, text, text), new(Standing.Good, text, text)]);

    private static ReadinessReport Readiness(string text) => new()
    {
        ToolVersion = "1.0.0",
        GeneratedAt = At,
        Answer = Answer(text),
        Plan = text,
        Source = text,
        Host = text,
        InventoryVersion = 3,
        InventoryTakenAt = At,
        CheckedAt = At,
        Totals = new(1, 0, 1, 0, 0, 8L << 30, 4L << 30, 1, 1, 1),
        Vms =
        [
            new ReadinessVm
            {
                Vm = text, VmKey = "vm-1", Wave = 1, Mode = MigrationMode.Warm, State = VmReadiness.Blocked, BlockedBy = [text], Critical = 1, Accepted = 0, Warnings = 1, Information = 1, PowerState = text, Guest = text,
                Cpus = 4, MemoryBytes = 8L << 30, Disks = 1, CapacityBytes = 8L << 30, CopyBytes = 4L << 30, Datastores = [text], BaselineTrust = text, BaselineUntil = At, ChangeBytesPerSecond = 1234.5,
                CopyStart = At, CopyEnd = At.AddHours(1), CutoverStart = At.AddHours(2), DowntimeSeconds = new BandView(10, 20, 60),
            },
        ],
        Concerns =
        [
            new(text, ConcernSeverity.Critical, text, 1, 1, [text], [new(text, text, text), new(null, text, text)]), new(text, ConcernSeverity.Warning, text, 1, 0, [text], [new(text, text, text)]),
            new(text, ConcernSeverity.Information, text, 1, 0, [text], [new(text, text, text)]),
        ],
        AcceptedRisks = [new(text, text, text, At, text, text)],
        Baselines = new(0, 0, 1, 0, [new(text, text, 1, text, text)]),
        Capacity = [new(text, "bytes", 1, null, Standing.Attention, text), new(text, "CPUs", 1, 2, Standing.Good, text)],
        Waves = [new(1, 1, 1, 4L << 30, text, At, At.AddHours(2), At.AddHours(3), new BandView(10, 20, 60)), new(2, 1, 0, 1, null, null, null, null, null)],
        WaveVersion = new(1, At, At, text, text, [text]),
        FailedVerdicts = [Failed(text)],
    };

    private static WaveResultReport WaveResult(string text) => new()
    {
        ToolVersion = "1.0.0",
        GeneratedAt = At,
        Answer = Answer(text),
        Plan = text,
        Wave = 1,
        Source = text,
        Host = text,
        Totals = new(2, 1, 0, 1, 0, 0, 0, 0, 1, 8L << 30, 4L << 30, 3L << 30, At, At.AddHours(1), 40, 40, text),
        Forecasts = [new("copy time", 1, 0.25, 0.25, text, null), new("downtime", 1, -0.5, -0.5, text, 1), new(text, 0, null, null, null, null)],
        Vms =
        [
            new WaveResultVm
            {
                Vm = text,
                VmKey = "vm-1",
                Wave = 1,
                RunId = RunId,
                Mode = MigrationMode.Warm,
                Result = VmResult.FailedRun,
                Phase = RunPhase.Failed,
                Outcome = Outcome.Fail,
                FailedVerdict = Failed(text),
                Attempt = 2,
                StartedAt = At,
                FinishedAt = At.AddHours(1),
                Seconds = 3600,
                Phases = [new(RunPhase.Seeding, At, 60), new(RunPhase.Failed, At.AddMinutes(1), null)],
                CapacityBytes = 8L << 30,
                AllocatedBytes = 4L << 30,
                SentBytes = 3L << 30,
                ZeroBytes = 1L << 30,
                Passes = 3,
                CopySeconds = 60,
                BytesPerSecond = 1e8,
                CopyForecastSeconds = 48,
                CopyForecastFrom = text,
                CopyError = 0.25,
                DowntimeSeconds = 40,
                DowntimeForecast = new BandView(60, 80, 100),
                DowntimeForecastFrom = text,
                DowntimeError = -0.5,
                Failure = new ReportFailure(text, text, text, [text]),
            },
            new WaveResultVm { Vm = text, VmKey = "vm-2", Wave = 1, Mode = MigrationMode.Cold, Result = VmResult.NotStarted, Phases = [], CapacityBytes = 1, AllocatedBytes = 0, SentBytes = 0, ZeroBytes = 0, Passes = 0 },
        ],
        FailedVerdicts = [Failed(text), Failed(text) with { Accepted = null }],
        AcceptedRisks = [new(text, text, text, At, text, null)],
        Deviations = [new(text, text, text, text)],
    };

    private static ValidationReport Validation(string text) => new()
    {
        ToolVersion = "1.0.0",
        GeneratedAt = At,
        Answer = Answer(text),
        Plan = text,
        Source = text,
        Host = text,
        Verdicts = new(0, 1, 0, 1),
        Aspects = [new(Aspect.Data, new(1, 0, 0, 1)), new(Aspect.Identity, new(0, 1, 0, 1))],
        Open = [new(Aspect.Identity, Outcome.Fail, text, [text])],
        Vms =
        [
            new ValidationVm { Vm = text, VmKey = "vm-1", Wave = 1, RunId = RunId, Phase = RunPhase.Completed, Outcome = Outcome.Fail, JudgedAt = At, FailedVerdict = Failed(text), Aspects = [new(Aspect.Data, Outcome.Pass, text, [text]), new(Aspect.Identity, Outcome.Fail, text, [text])] },
            new ValidationVm { Vm = text, VmKey = "vm-2", Wave = 1, Aspects = [] },
        ],
    };

    private static HandOverReport HandOver(string text) => new()
    {
        ToolVersion = "1.0.0",
        GeneratedAt = At,
        Answer = Answer(text),
        RunId = RunId,
        Vm = text,
        Plan = text,
        Wave = 1,
        Mode = MigrationMode.Warm,
        Phase = RunPhase.Completed,
        Outcome = Outcome.Fail,
        Attempt = 2,
        StartedAt = At,
        FinishedAt = At.AddHours(1),
        Failure = new ReportFailure(text, text, text, [text]),
        From = new(text, text, text, [text]),
        To = new(text, text, text, [text]),
        Downtime = new DowntimeView(At, At.AddSeconds(20), 20, new BandView(10, 15, 30), [new(text, 15, 0.75), new("booting", 5, 0.25)]),
        Disks =
        [
            new HandOverDisk
            {
                DiskKey = 2000, Label = text, SourceDatastore = text, SourceFile = text, Destination = text, NamespaceUuid = RunId, CapacityBytes = 8L << 30, BytesRead = 4L << 30, BytesWritten = 3L << 30, BytesZero = 1L << 30,
                CopySeconds = 40, BytesPerSecond = 1e8, SourceHash = text, DestinationHash = text, Equal = true, ReadBackBy = text, VerifiedAt = At, Manifest = new(100, text, text, text, true),
            },
            new HandOverDisk
            {
                DiskKey = 2001, Label = text, SourceDatastore = text, SourceFile = text, Destination = text, NamespaceUuid = RunId, CapacityBytes = 8L << 30, BytesRead = 0, BytesWritten = 0, BytesZero = 0,
            },
        ],
        Key = new(text, text),
        Aspects = [new(Aspect.Data, Outcome.Pass, text, [text]), new(Aspect.Identity, Outcome.Fail, text, [text])],
        Identity = [new(text, text, text, "differs", text), new(text, null, text, "not compared", null)],
        FailedVerdict = Failed(text),
        Concerns = [new Concern(text, ConcernSeverity.Warning, text, text, text, text)],
        AcceptedRisks = [new(text, text, text, At, text, null)],
        Deviations = [new(text, text, text, text)],
        Settings = [new SettingReason(text, text, text)],
        DomainXml = "<domain><name>" + text + "</name></domain>",
        SourceChanges = [text],
        WayBack = new(true, text, text, [new(text, text)]),
        VerifyAgain = [new(text, text)],
    };
}
