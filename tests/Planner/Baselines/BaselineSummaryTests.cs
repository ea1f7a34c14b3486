using Migrate.Planner.Baselines;

namespace Migrate.Planner.Tests.Baselines;

public class BaselineSummaryTests
{
    private static readonly DateTime Start = new(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void Latency_is_weighted_with_the_intervals_IOs()
    {
        DirectionSummary read = Summary(Sample(0, 900, 200), Sample(1, 100, 2200)).Read;

        read.MeanLatencyUs.ShouldBe(400); // and not 1200, the mean of the means
        read.MeanIops.ShouldBe(500);
        read.PeakIops.ShouldBe(900);
    }

    [Fact]
    public void Percentiles_are_nearest_ranks_of_the_busy_intervals()
    {
        BaselineSample[] samples = [.. Enumerable.Range(1, 100).Select(i => Sample(i, 10, i)), Sample(101, 0, 0), Sample(102, 0, 0)];

        DirectionSummary read = Summary(samples).Read;

        read.P50Of20sMeansUs.ShouldBe(50);
        read.P95Of20sMeansUs.ShouldBe(95);
    }

    [Fact]
    public void Coverage_is_the_share_of_the_windows_intervals_that_have_a_value()
    {
        DiskBaselineSummary disk = Summary(Sample(0, 1, 1), Sample(1, null, null), Sample(3, 1, 1));

        disk.SampleCount.ShouldBe(2);
        disk.Coverage.ShouldBe(0.5); // intervals 0 to 3; 1 is empty and 2 is missing
    }

    [Fact]
    public void What_nobody_measured_is_null_and_not_zero()
    {
        DiskBaselineSummary disk = Summary(Sample(0, 5, null));

        disk.Read.MeanLatencyUs.ShouldBeNull();
        disk.Read.P95Of20sMeansUs.ShouldBeNull();
        disk.Read.MeanIops.ShouldBe(5);
        disk.Write.ShouldBe(new DirectionSummary(null, null, null, null, null, null, null));
    }

    [Fact]
    public void A_baseline_without_samples_covers_nothing()
    {
        BaselineSummary summary = BaselineSummary.Of(Of());

        summary.Window.ShouldBe(TimeSpan.Zero);
        summary.Disks.ShouldHaveSingleItem().Coverage.ShouldBe(0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(180)]
    public void One_sample_more_never_leaves_the_range_of_what_was_measured(int count)
    {
        var random = new Random(count);
        BaselineSample[] samples = [.. Enumerable.Range(0, count).Select(i => Sample(i, random.Next(1, 1000), random.Next(50, 5000)))];

        DirectionSummary read = Summary(samples).Read;

        double[] latencies = [.. samples.Select(sample => sample.ReadLatencyUs!.Value)];
        read.MeanLatencyUs!.Value.ShouldBeInRange(latencies.Min(), latencies.Max());
        latencies.ShouldContain(read.P50Of20sMeansUs!.Value);
        latencies.ShouldContain(read.P95Of20sMeansUs!.Value);
        read.P95Of20sMeansUs.Value.ShouldBeGreaterThanOrEqualTo(read.P50Of20sMeansUs.Value);
    }

    internal static Baseline Of(params BaselineSample[] samples) => new()
    {
        VmKey = "vm-1",
        CollectedAt = Start,
        Disks = [new DiskBaseline { DiskKey = 2000, Instance = "scsi0:0", Samples = samples }],
    };

    internal static BaselineSample Sample(int interval, double? iops, double? latency) =>
        new(Start.AddSeconds(20 * interval), iops, null, latency, null, null, null, null, null);

    private static DiskBaselineSummary Summary(params BaselineSample[] samples) => BaselineSummary.Of(Of(samples)).Disks.ShouldHaveSingleItem();
}
