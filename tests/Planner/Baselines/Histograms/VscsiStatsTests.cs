using Migrate.Planner.Baselines.Histograms;

namespace Migrate.Planner.Tests.Baselines.Histograms;

public sealed class VscsiStatsTests
{
    private const string Latency = """
        Histogram: latency of Read IOs in Microseconds (us),virtual machine worldGroupID,62444,virtual disk handleID,8193 (scsi0:1)
        min,41
        max,250000
        mean,612
        count,100
        Frequency,Histogram Bucket Limit
        0,1
        0,10
        4,100
        60,500
        30,1000
        5,5000
        0,15000
        0,30000
        0,50000
        0,100000
        1,100000
        """;

    [Fact]
    public void The_repeated_limit_is_the_overflow_and_percentiles_are_bins()
    {
        var disk = VscsiStats.Parse(Latency).ShouldHaveSingleItem();
        (disk.WorldGroup, disk.Handle, disk.Instance).ShouldBe((62444, 8193, "scsi0:1"));
        var histogram = disk.Histograms.ShouldHaveSingleItem();
        (histogram.Metric, histogram.Direction, histogram.Count, histogram.Max).ShouldBe((HistogramMetric.Latency, IoDirection.Read, 100, 250000));
        histogram.Bins[^1].ShouldBe(new HistogramBin(null, 1));
        histogram.Bins[^2].ShouldBe(new HistogramBin(100000, 0));
        histogram.Percentile(0.5).ShouldBe((100, 500));
        histogram.Percentile(0.95).ShouldBe((1000, 5000));
        histogram.Percentile(1).ShouldBe((100000, null));
        histogram.Percentile(0).ShouldBe((10, 100));
    }

    [Theory]
    [InlineData("IO lengths of commands", HistogramMetric.IoLength, IoDirection.All)]
    [InlineData("IO lengths of Write commands", HistogramMetric.IoLength, IoDirection.Write)]
    [InlineData("distance (in LBNs) between successive Read commands", HistogramMetric.SeekDistance, IoDirection.Read)]
    [InlineData("distance (in LBNs) between each command from the closest of previous 16", HistogramMetric.SeekDistanceOf16, IoDirection.All)]
    [InlineData("latency of IOs in Microseconds (us)", HistogramMetric.Latency, IoDirection.All)]
    [InlineData("latency of IO interarrival time for Writes in Microseconds (us)", HistogramMetric.Interarrival, IoDirection.Write)]
    [InlineData("latency of IO interarrival time in Microseconds (us)", HistogramMetric.Interarrival, IoDirection.All)]
    [InlineData("number of outstanding Read IOs when a new Read IO is issued", HistogramMetric.OutstandingIos, IoDirection.Read)]
    public void Titles_tell_metric_and_direction(string title, HistogramMetric metric, IoDirection direction)
    {
        var text = $"Histogram: {title},virtual machine worldGroupID : 5,virtual disk handleID : 7\r\nmin,-9\r\nmax,9\r\nmean,0\r\ncount,3\r\nFrequency,Histogram Bucket Limit\r\n1,-5\r\n2,10\r\n\r\n";
        var histogram = VscsiStats.Parse(text).ShouldHaveSingleItem().Histograms.ShouldHaveSingleItem();
        (histogram.Metric, histogram.Direction).ShouldBe((metric, direction));
        histogram.Bins.ShouldBe([new HistogramBin(-5, 1), new HistogramBin(10, 2)]);
    }

    [Fact]
    public void Several_disks_in_one_file_stay_apart()
    {
        var disks = VscsiStats.Parse(Latency + "\n" + Latency.Replace("8193 (scsi0:1)", "8194") + "\n" + Latency.Replace("Read IOs", "Write IOs"));
        disks.Select(d => (d.Handle, d.Histograms.Count)).ShouldBe([(8193L, 2), (8194L, 1)]);
    }

    [Theory]
    [InlineData("", "no line that begins with 'Histogram:'")]
    [InlineData("NAME,POWER\nweb01,on\n", "no line that begins with 'Histogram:'")]
    [InlineData("Histogram: latency of IOs in Microseconds (us) for virtual machine worldGroupID : 1, virtual disk handleID : 2\n { min : 1 max : 2 }\n", "for people")]
    public void Another_kind_of_file_is_named(string text, string expected)
    {
        var refused = Should.Throw<MigrateException>(() => VscsiStats.Parse(text));
        (refused.Code, refused.Message.Contains(expected)).ShouldBe(("baseline.import-unknown", true), refused.Message);
    }

    [Theory]
    [InlineData("60,500", "61,500", "its bins hold 101 I/Os, its count says 100")]
    [InlineData("60,500", "60,5", "limits do not ascend")]
    [InlineData("60,500", "60;500", "is neither a figure nor a bin")]
    [InlineData("60,500", "-60,500", "is neither a figure nor a bin")]
    [InlineData("latency of Read IOs", "colour of IOs", "not a histogram that is known")]
    [InlineData("count,100\n", "", "no count")]
    public void Damage_is_named_with_its_place(string old, string now, string expected)
    {
        var refused = Should.Throw<MigrateException>(() => VscsiStats.Parse(Latency.Replace("\r", "").Replace(old, now)));
        (refused.Code, refused.Message.Contains(expected), refused.Message.Contains("line 1")).ShouldBe(("baseline.import-damaged", true, true), refused.Message);
    }

    [Fact]
    public void Whatever_is_cut_or_flipped_is_read_or_refused_and_never_crashes()
    {
        var random = new Random(2);
        for (var i = 0; i < 500; i++)
        {
            var text = Latency.ToCharArray()[..random.Next(Latency.Length)];
            if (text.Length > 0)
            {
                text[random.Next(text.Length)] = (char)random.Next(1, 128);
            }

            try
            {
                VscsiStats.Parse(new string(text)).ShouldNotBeNull();
            }
            catch (MigrateException e)
            {
                e.Code.ShouldStartWith("baseline.import-");
            }
        }
    }
}
