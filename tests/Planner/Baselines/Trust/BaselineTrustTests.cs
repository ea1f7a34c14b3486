using Migrate.Planner.Baselines.Digests;
using Migrate.Planner.Baselines.Series;
using Migrate.Planner.Baselines.Trust;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.VSphere;

namespace Migrate.Planner.Tests.Baselines.Trust;

public sealed class BaselineTrustTests
{
    private static readonly DateTime Monday = new(2026, 3, 2, 0, 0, 0, DateTimeKind.Utc);
    private static readonly SampleSeries Week = Healthy(days: 7);

    [Fact]
    public void A_week_of_healthy_samples_can_be_trusted()
    {
        var trust = BaselineTrust.Judge(Evidence(Week));
        trust.Reasons.ShouldBeEmpty();
        trust.Level.ShouldBe(TrustLevel.High);
    }

    [Fact]
    public void A_short_window_and_holes_are_named_with_their_length()
    {
        Reason(Evidence(Week.Slice(0, Second(2))), "window-below-a-day").Message.ShouldContain("2 hours");
        Reason(Evidence(Week.Slice(0, Second(48))), "window-below-a-week").AtMost.ShouldBe(TrustLevel.Medium);
        BaselineTrust.Judge(Evidence(Week.Slice(Second(0.5), long.MaxValue))).Level.ShouldBe(TrustLevel.High, "half an hour at the edge is no day that is missing");
        var holed = SampleSeries.Empty.Merge(Week.Slice(0, Second(100))).Merge(Week.Slice(Second(120), long.MaxValue));
        var coverage = Reason(Evidence(holed) with { Gaps = [new BaselineGap { VmKey = "vm-1", After = Monday.AddHours(100), Before = Monday.AddHours(120), Reason = "power cut" }] }, "coverage");
        coverage.AtMost.ShouldBe(TrustLevel.Low);
        coverage.Message.ShouldContain("88.1");
        coverage.Message.ShouldContain("from 2026-03-06 04:00 to 2026-03-07 00:00 UTC: power cut");
    }

    [Fact]
    public void Missing_counters_are_named_with_what_brings_them()
    {
        var trust = BaselineTrust.Judge(Evidence(Without(Week, DiskCounter.ReadLatencyUs, DiskCounter.WriteLatencyUs, DiskCounter.SmallSeeks)));
        trust.Level.ShouldBe(TrustLevel.Low);
        trust.Reasons.Select(r => r.Code).ShouldBe(["latency-in-milliseconds", "counters-missing"]);
        trust.Reasons[0].Remedy.ShouldContain("statistics level");
        trust.Reasons[1].Message.ShouldContain("virtualDisk.smallSeeks.latest");
    }

    [Fact]
    public void Aborted_commands_and_resets_make_a_baseline_of_a_sick_storage()
    {
        var reason = Reason(Evidence(Week.Merge(One(DiskCounter.CommandsAborted, 3)).Merge(One(DiskCounter.BusResets, 1))), "aborted-commands");
        (reason.AtMost, reason.Message.Contains("3 commands were aborted and the bus was reset 1 times")).ShouldBe((TrustLevel.Low, true));
    }

    [Theory]
    [InlineData(DisturbanceKind.SnapshotTaken, "snapshot-taken", TrustLevel.Medium)]
    [InlineData(DisturbanceKind.SnapshotRemoved, "snapshot-removed", TrustLevel.Medium)]
    [InlineData(DisturbanceKind.StorageMoved, "storage-moved", TrustLevel.Low)]
    [InlineData(DisturbanceKind.HostMoved, "host-moved", TrustLevel.Medium)]
    [InlineData(DisturbanceKind.Cloned, "cloned", TrustLevel.Medium)]
    public void What_happened_to_the_VM_meanwhile_counts(DisturbanceKind kind, string code, TrustLevel level)
    {
        var reason = Reason(Evidence(Week) with { Disturbances = [new Disturbance(1, "vm-1", Monday.AddDays(1), kind, "x"), new Disturbance(2, "vm-1", Monday.AddDays(3), kind, "x")] }, code);
        reason.AtMost.ShouldBe(level);
        reason.Message.ShouldContain("2 times, first 2026-03-03 00:00, last 2026-03-05 00:00 UTC");
    }

    [Fact]
    public void Limits_control_tiers_clocks_and_unknown_events_count()
    {
        Reason(Evidence(Week) with { DisturbancesKnown = false }, "events-unknown").AtMost.ShouldBe(TrustLevel.Medium);
        Reason(Evidence(Week) with { ClockSkewSeconds = -75 }, "clock-skew").Message.ShouldContain("75 s behind");
        BaselineTrust.Judge(Evidence(Week) with { ClockSkewSeconds = 2 }).Level.ShouldBe(TrustLevel.High);
        var slow = new Datastore { Key = "datastore-1", Name = "ds1", Type = "VMFS", Media = MediaClass.Hybrid, IoControl = new IoControl(true, 30, true) };
        Reason(Evidence(Week) with { Datastores = [slow] }, "io-control").Message.ShouldContain("30 ms");
        BaselineTrust.Judge(Evidence(Week) with { Datastores = [slow], Arrays = ["QNAP"] }).Reasons.ShouldNotContain(r => r.Code == "tiered-media");
        var day = BaselineTrust.Judge(Evidence(Week.Slice(0, Second(30))) with { Datastores = [slow], Arrays = ["QNAP", "QNAP"] });
        day.Reasons.Count(r => r.Code == "tiered-media").ShouldBe(2);
        Reason(Limited(Week, 5000), "iops-limit").AtMost.ShouldBe(TrustLevel.Medium);
        Reason(Limited(Week, 300), "iops-limit").AtMost.ShouldBe(TrustLevel.Low);
        var limited = Limited(Week, 5000);
        var bronze = new StoragePolicy { Id = "p1", Name = "bronze", IopsLimit = 310 };
        Reason(limited with { Vm = limited.Vm with { Disks = [limited.Vm.Disks[0] with { Policy = bronze }] } }, "iops-limit").Message.ShouldContain("limited to 310 IOPS and reached 300");
    }

    [Fact]
    public void Counters_that_break_Little_s_law_are_found_and_short_queues_are_not_judged()
    {
        Reason(Evidence(Week.Merge(Scaled(Week, DiskCounter.ReadOutstanding, 2))), "littles-law").Message.ShouldContain("Hard disk 1, reads: IOPS × latency is 0.5 times");
        var idle = Week.Merge(Scaled(Scaled(Week, DiskCounter.ReadOutstanding, 0.05), DiskCounter.ReadIops, 0.02));
        BaselineTrust.Judge(Evidence(idle)).Reasons.ShouldNotContain(r => r.Code == "littles-law");
    }

    [Fact]
    public void A_disk_that_was_hardly_used_or_never_seen_cannot_be_compared()
    {
        var two = Evidence(Week) with { Vm = Evidence(Week).Vm with { Disks = [.. Evidence(Week).Vm.Disks, new VirtualDisk { Key = 2001, Label = "Hard disk 2", CapacityBytes = 1, Instance = "scsi0:1" }] } };
        Reason(two, "no-samples").Message.ShouldContain("Hard disk 2");
        var idle = Scaled(Scaled(Week, DiskCounter.ReadIops, 0), DiskCounter.WriteIops, 0);
        Reason(Evidence(idle), "too-few-samples").AtMost.ShouldBe(TrustLevel.Medium);
    }

    private static TrustReason Reason(TrustEvidence evidence, string code)
    {
        var trust = BaselineTrust.Judge(evidence);
        var reason = trust.Reasons.Where(r => r.Code == code).ShouldHaveSingleItem();
        ((int)trust.Level).ShouldBeLessThanOrEqualTo((int)reason.AtMost);
        return reason;
    }

    private static TrustEvidence Limited(SampleSeries series, long limit)
    {
        var evidence = Evidence(series);
        return evidence with { Vm = evidence.Vm with { Disks = [evidence.Vm.Disks[0] with { IopsLimit = limit }] } };
    }

    private static TrustEvidence Evidence(SampleSeries series) => new()
    {
        Vm = new Vm { Key = "vm-1", Name = "web01", PowerState = "poweredOn", Disks = [new VirtualDisk { Key = 2000, Label = "Hard disk 1", CapacityBytes = 1, Instance = "scsi0:0" }] },
        Samples = new Dictionary<string, SeriesDigest> { ["scsi0:0"] = SeriesDigest.Of(series) },
    };

    private static long Second(double hours) => SampleStore.Seconds(Monday.AddHours(hours));

    /// <summary>200 reads in 50 ms and 100 writes in 80 ms: ten and eight under way.</summary>
    private static SampleSeries Healthy(int days)
    {
        long[] seconds = [.. Enumerable.Range(0, days * 4320).Select(i => Second(0) + (20L * i))];
        long[] row = [200, 100, 50_000, 80_000, 50, 80, 3200, 800, 10, 8, 16384, 8192, 10, 20, 30, 0, 0];
        return SampleSeries.Of(seconds, Enum.GetValues<DiskCounter>().ToDictionary(c => c, c => Enumerable.Repeat(row[(int)c], seconds.Length).ToArray()));
    }

    private static SampleSeries One(DiskCounter counter, long value) => SampleSeries.Of([Second(1)], new Dictionary<DiskCounter, long[]> { [counter] = [value] });

    private static SampleSeries Scaled(SampleSeries series, DiskCounter counter, double factor) => Make(series, c => c == counter ? factor : 1);

    private static SampleSeries Without(SampleSeries series, params DiskCounter[] counters) => SampleSeries.Of(
        series.Seconds, Enum.GetValues<DiskCounter>().Except(counters).ToDictionary(c => c, c => series.Column(c).ToArray()));

    private static SampleSeries Make(SampleSeries series, Func<DiskCounter, double> factor) => SampleSeries.Of(
        series.Seconds, Enum.GetValues<DiskCounter>().ToDictionary(c => c, c => series.Column(c).Select(v => (long)Math.Round(v * factor(c))).ToArray()));
}
