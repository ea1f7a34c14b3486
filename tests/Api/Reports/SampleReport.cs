using Migrate.Api.Inventory;
using Migrate.Api.Reports;
using Migrate.Api.Runs;
using Migrate.Executor.Domains;
using Migrate.Executor.Runs.Gates;
using Migrate.Executor.Validation;
using Migrate.Executor.Validation.Latency;
using Migrate.Planner.Baselines.Profiles;
using Migrate.Planner.Baselines.Series;
using Migrate.Planner.Baselines.Trust;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Tests.Reports;

/// <summary>A report with something in every place that a VM, a source or a host can write into.</summary>
internal static class SampleReport
{
    public static readonly DateTime Start = new(2026, 3, 1, 8, 0, 0, DateTimeKind.Utc);

    public static RunReport Of(string text) => new()
    {
        ToolVersion = "1.0.0",
        GeneratedAt = Start.AddHours(1),
        RunId = Guid.Parse("6d7a3c52-1111-4a5b-9c3d-000000000001"),
        Plan = "first",
        Wave = 1,
        Vm = text,
        Phase = RunPhase.Failed,
        Outcome = Outcome.Inconclusive,
        FailedVerdict = new FailedVerdict(Guid.Empty, text, text, 1, Start, text, new VerdictAcceptance(text, Start, text, Start)),
        Attempt = 2,
        StartedAt = Start,
        FinishedAt = Start.AddMinutes(7),
        Failure = new ReportFailure("x.y", text, text, [text]),
        Source = new ReportSource(
            text, "https://vc.example/sdk", text, 3, text, text, "poweredOff", 4, 8L << 30, "bios",
            [new TopologyView(text, "VMFS", text, "naa.6001:1", "naa.6001", text, text, "active", "vmhba64", AdapterKind.Iser, "certain", text)]),
        Destination = new ReportDestination(
            text, "qemu:///system", "qemu", text, "backing", text, "<domain><name>" + text + "</name></domain>",
            [new SettingReason(text, text, text)]),
        Disks =
        [
            new ReportDisk(
                text, text, text, "https-folder", text, Guid.Parse("6d7a3c52-2222-5a5b-9c3d-000000000001"),
                4L << 30, 2L << 30, 2L << 30, 2L << 30, 20, (4L << 30) / 20.0, new string('a', 64), new string('a', 64), true),
        ],
        Passes = [new PassView(1, false, PassOutcome.GivenUp, text, false, DateTime.UnixEpoch, DateTime.UnixEpoch, DateTime.UnixEpoch, 1, 12, 34, 4 << 20, 4 << 20, 1 << 20, 459, 0, [])],
        Aspects = [new AspectVerdict(Aspect.Data, Outcome.Pass, text, [text])],
        Latencies =
        [
            new LatencyComparison
            {
                Outcome = Outcome.Inconclusive, Statement = text, DiskKey = 2000, Label = text, Direction = "read", Missing = [text], Coverage = 0.93, Hours = 24, CommonHours = 22,
                Before = new LatencySide
                {
                    Intervals = 180, UsedIntervals = 170, Operations = 37_800, Iops = 210, BytesPerOperation = 8192, MeanUs = 640, From = Start, To = Start.AddHours(1), Origin = text,
                    Bins = [new(0, 100, 0), new(100, 500, 60), new(500, 1000, 110), new(1000, 5000, 10), new(5000, null, 0)], Curve = [new(400, 0.2), new(640, 0.5), new(940, 0.95), new(1400, 1)],
                },
                After = new LatencySide
                {
                    Intervals = 90, UsedIntervals = 90, Operations = 2850, Iops = 95, BytesPerOperation = 8192, MeanUs = 310, From = Start.AddDays(1), To = Start.AddDays(1).AddMinutes(30), Origin = "QEMU",
                    Bins = [new(0, 100, 0), new(100, 500, 2000), new(500, 1000, 600), new(1000, 5000, 250), new(5000, null, 0)], Curve = [new(200, 0.1), new(310, 0.5), new(700, 0.95), new(1500, 1)],
                },
                Figures = [.. Enum.GetValues<LatencyMetric>().Select(metric => new FigureComparison(metric, new Band(640, 600, 690), new Band(310, 280, 350), 754, 290, 360, Outcome.Pass))],
                Limits = [new LimitComparison(1000, 1150, 0.05, 0.03, 0.062, Outcome.Inconclusive)],
                P50 = new LatencyBin(100, 500, 2000), P95 = new LatencyBin(500, 1000, 600), P99 = new LatencyBin(1000, 5000, 250),
            },
        ],
        Baseline = new ReportBaseline(Start, Start.AddDays(-7), Start, 30_240, 20, "Low", [new TrustReason("coverage", TrustLevel.Low, text, text)], [DiskProfile.Of(text, 2000, Hour)]),
        SourceChanges = [text],
        TimeLine = [new RunEventView(1, Guid.Empty, Start, RunPhase.Seeding, "warning", text)],
    };

    /// <summary>100 reads of 16 KiB and 50 writes of 8 KiB a second, three of four seeks small.</summary>
    private static SampleSeries Hour { get; } = SampleSeries.Of([.. Enumerable.Range(1, 180).Select(i => (20L * i) + 1_772_409_600)], new Dictionary<DiskCounter, long[]>
    {
        [DiskCounter.ReadIops] = Column(100),
        [DiskCounter.WriteIops] = Column(50),
        [DiskCounter.ReadLatencyUs] = Column(300),
        [DiskCounter.WriteLatencyUs] = Column(600),
        [DiskCounter.ReadKilobytes] = Column(1600),
        [DiskCounter.WriteKilobytes] = Column(400),
        [DiskCounter.ReadBytesPerIo] = Column(16384),
        [DiskCounter.WriteBytesPerIo] = Column(8192),
        [DiskCounter.ReadOutstanding] = Column(2),
        [DiskCounter.WriteOutstanding] = Column(3),
        [DiskCounter.SmallSeeks] = Column(75),
        [DiskCounter.MediumSeeks] = Column(25),
        [DiskCounter.LargeSeeks] = Column(0),
    });

    private static long[] Column(long value) => [.. Enumerable.Repeat(value, 180)];
}
