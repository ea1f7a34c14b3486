using Migrate.Planner.VSphere;
using Migrate.Vim25;
using VirtualDisk = Migrate.Planner.Inventory.VirtualDisk;

namespace Migrate.Planner.Tests.VSphere;

public sealed class DiskSeriesTests
{
    private const string Reads = "virtualDisk.numberReadAveraged.average";

    private static readonly VirtualDisk Disk = new() { Key = 2000, Label = "Hard disk 1", CapacityBytes = 1, Instance = "scsi0:0" };
    private static readonly Dictionary<string, int> Ids = new() { [Reads] = 173 };

    [Fact]
    public void Minus_one_and_empty_cells_are_no_values()
    {
        var series = DiskSeries.Of(Disk, Csv("20,2026-03-01T10:00:20Z,20,2026-03-01T10:00:40Z,20,2026-03-01T10:01:00Z,20,2026-03-01T10:01:20Z", "scsi0:0", "12,-1,,0"), Ids);
        series.Times[0].ShouldBe(new DateTime(2026, 3, 1, 10, 0, 20, DateTimeKind.Utc));
        Enumerable.Range(0, 4).Select(i => series.At(Reads, i)).ShouldBe([12, null, null, 0]);
        series.Fills(Reads).ShouldBeTrue();
    }

    [Fact]
    public void A_series_with_fewer_values_than_times_is_not_guessed_into_place()
    {
        var series = DiskSeries.Of(Disk, Csv("20,2026-03-01T10:00:20Z,20,2026-03-01T10:00:40Z", "scsi0:0", "12"), Ids);
        series.Fills(Reads).ShouldBeFalse();
        series.At(Reads, 0).ShouldBeNull();
    }

    [Fact]
    public void Another_disk_s_values_are_not_taken()
    {
        var series = DiskSeries.Of(Disk, Csv("20,2026-03-01T10:00:20Z", "scsi0:1", "12"), Ids);
        series.Fills(Reads).ShouldBeFalse();
    }

    [Fact]
    public void The_normal_format_is_read_too()
    {
        var at = new DateTime(2026, 3, 1, 10, 0, 20, DateTimeKind.Utc);
        var series = DiskSeries.Of(Disk, new PerfEntityMetric
        {
            SampleInfo = [new PerfSampleInfo { Timestamp = at, Interval = 20 }],
            Value = [new PerfMetricIntSeries { Id = new() { CounterId = 173, Instance = "scsi0:0" }, Value = [7] }],
        }, Ids);
        (series.Times[0], series.At(Reads, 0)).ShouldBe((at, 7d));
    }

    private static PerfEntityMetricCSV Csv(string times, string instance, string values) => new()
    {
        SampleInfoCSV = times,
        Value = [new PerfMetricSeriesCSV { Id = new() { CounterId = 173, Instance = instance }, Value = values }],
    };
}
