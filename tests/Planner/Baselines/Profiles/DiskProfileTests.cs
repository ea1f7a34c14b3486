using Migrate.Planner.Baselines.Profiles;
using Migrate.Planner.Baselines.Series;
using Migrate.Planner.Tests.Baselines.Series;

namespace Migrate.Planner.Tests.Baselines.Profiles;

public sealed class DiskProfileTests
{
    private static readonly DateTime Monday = new(2026, 3, 2, 0, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void Every_hour_of_the_week_has_its_own_figures()
    {
        // The IOPS of an interval are the number of its slot, so each slot must show its own number.
        var count = 168 * 180;
        long[] seconds = [.. Enumerable.Range(1, count).Select(i => SampleStore.Seconds(Monday) + (20L * i))];
        var profile = Profile(seconds, (DiskCounter.ReadIops, i => (i / 180) + 1), (DiskCounter.ReadLatencyUs, i => 200 + (i / 180)), (DiskCounter.WriteKilobytes, i => 100));

        profile.Hours.Count.ShouldBe(168);
        profile.Hours.Select(h => h.Samples).ShouldAllBe(samples => samples == 180);
        profile.Hours.Select(h => h.Read.Iops!.Mean).ShouldBe(Enumerable.Range(1, 168).Select(i => (double)i));
        profile.Hours[167].Read.LatencyUs!.P95.ShouldBe(367);
        profile.Hours[30].ChangeBytesPerSecond.ShouldBe(102_400);
        profile.Whole.Samples.ShouldBe(count);
        profile.Whole.Write.Iops.ShouldBeNull();
        DiskProfile.SlotOf(Monday.AddDays(6).AddHours(23.9)).ShouldBe(167);
    }

    [Fact]
    public void Latencies_weigh_as_much_as_they_have_IOs_and_idle_intervals_have_none()
    {
        long[] seconds = [20, 40, 60, 80];
        var read = Profile(seconds, (DiskCounter.ReadIops, i => new long[] { 900, 90, 10, 0 }[i]), (DiskCounter.ReadLatencyUs, i => new long[] { 200, 1000, 9000, 0 }[i])).Whole.Read;

        read.LatencyUs!.Mean.ShouldBe(((900 * 200) + (90 * 1000) + (10 * 9000)) / 1000.0);
        (read.LatencyUs.P50, read.LatencyUs.P95).ShouldBe((200, 1000));
        read.Iops!.Mean.ShouldBe(250);
    }

    [Fact]
    public void Milliseconds_stand_in_where_microseconds_are_missing_and_are_marked()
    {
        var profile = Profile([20, 40], (DiskCounter.ReadIops, _ => 10), (DiskCounter.ReadLatencyMs, _ => 3), (DiskCounter.WriteIops, _ => 10), (DiskCounter.WriteLatencyUs, i => i == 0 ? 700 : -1), (DiskCounter.WriteLatencyMs, _ => 1));

        profile.ReadLatency.ShouldBe(LatencyUnit.Milliseconds);
        profile.WriteLatency.ShouldBe(LatencyUnit.Mixed);
        profile.Whole.Read.LatencyUs!.Mean.ShouldBe(3000);
        profile.Whole.Write.LatencyUs!.Mean.ShouldBe(850);
    }

    [Fact]
    public void Size_and_sequential_share_are_of_all_IOs()
    {
        var whole = Profile(
            [20, 40],
            (DiskCounter.ReadIops, i => i == 0 ? 30 : 10),
            (DiskCounter.ReadBytesPerIo, i => i == 0 ? 4096 : 65536),
            (DiskCounter.SmallSeeks, i => i == 0 ? 90 : 0),
            (DiskCounter.MediumSeeks, _ => 5),
            (DiskCounter.LargeSeeks, _ => 50),
            (DiskCounter.WriteIops, _ => 4),
            (DiskCounter.WriteKilobytes, _ => 32)).Whole;

        whole.Read.BytesPerIo.ShouldBe(((30 * 4096) + (10 * 65536)) / 40.0);
        whole.Write.BytesPerIo.ShouldBe(8192, "without a size counter, throughput over IOPS");
        whole.SequentialShare.ShouldBe(90 / 200.0);
    }

    [Fact]
    public void No_figure_leaves_the_range_of_what_was_measured()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var profile = DiskProfile.Of("scsi0:0", 2000, SampleData.Random(new Random(seed)));
            foreach (var spread in profile.Hours.Append(profile.Whole).SelectMany(f => new[] { f.Read.Iops, f.Read.LatencyUs, f.Write.BytesPerSecond, f.Write.Outstanding }).OfType<Spread>())
            {
                spread.P50.ShouldBeLessThanOrEqualTo(spread.P95);
                spread.P50.ShouldBeGreaterThanOrEqualTo(0);
            }

            profile.Hours.Sum(h => h.Samples).ShouldBe(profile.Whole.Samples);
            (profile.Whole.SequentialShare ?? 0).ShouldBeInRange(0, 1);
        }
    }

    private static DiskProfile Profile(long[] seconds, params (DiskCounter Counter, Func<int, long> Value)[] columns) => DiskProfile.Of(
        "scsi0:0", 2000, SampleSeries.Of(seconds, columns.ToDictionary(c => c.Counter, c => Enumerable.Range(0, seconds.Length).Select(c.Value).ToArray())));
}
