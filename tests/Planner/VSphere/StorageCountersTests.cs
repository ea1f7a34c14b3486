using Migrate.Planner.Baselines.Series;
using Migrate.Planner.VSphere;
using Migrate.Vim25;

namespace Migrate.Planner.Tests.VSphere;

public sealed class StorageCountersTests
{
    [Fact]
    public void A_name_that_occurs_twice_is_taken_in_the_unit_that_is_meant_and_then_by_the_lower_number()
    {
        var ids = StorageCounters.Resolve(
        [
            Info(900, "virtualDisk", "readLatencyUS", "latest", "millisecond"),
            Info(585, "virtualDisk", "readLatencyUS", "latest", "microsecond"),
            Info(586, "virtualDisk", "readLatencyUS", "latest", "microsecond"),
            Info(7, "virtualDisk", "writeOIO", "latest", "percent"),
        ]);
        ids[DiskCounter.ReadLatencyUs].ShouldBe(585);
        ids[DiskCounter.WriteOutstanding].ShouldBe(7, "another unit is better than no counter");
        ids.Count.ShouldBe(2);
    }

    [Fact]
    public void Names_with_dots_are_never_split_and_other_rollups_are_other_counters()
    {
        var ids = StorageCounters.Resolve(
        [
            Info(1, "virtualDisk", "hbr.readLatencyMS", "latest", "millisecond"),
            Info(2, "virtualDisk.read", "average", "average", "number"),
            Info(3, "virtualDisk", "read", "latest", "kiloBytesPerSecond"),
            Info(4, "virtualDisk", "read", "average", "kiloBytesPerSecond"),
            new PerfCounterInfo { Key = 5 },
        ]);
        ids.ShouldHaveSingleItem().ShouldBe(KeyValuePair.Create(DiskCounter.ReadKilobytes, 4));
    }

    [Fact]
    public void Every_counter_of_a_stored_sample_has_a_name() =>
        StorageCounters.All.Select(counter => counter.Counter).ShouldBe(Enum.GetValues<DiskCounter>());

    [Fact]
    public void A_time_that_is_none_costs_its_own_sample()
    {
        var rows = CounterRows.Read(
            new PerfEntityMetricCSV
            {
                Entity = new ManagedObjectReference("VirtualMachine", "vm-1"),
                SampleInfoCSV = "20,2026-03-02T08:00:20Z,20,08 o'clock,20,2026-03-02T08:01:00Z",
                Value = [new PerfMetricSeriesCSV { Id = new PerfMetricId { CounterId = 7, Instance = "scsi0:0" }, Value = "10,20,30" }],
            },
            new Dictionary<int, DiskCounter> { [7] = DiskCounter.ReadIops });

        var series = rows["scsi0:0"];
        series.Column(DiskCounter.ReadIops).ShouldBe([10, 30]);
        (series.Seconds[1] - series.Seconds[0]).ShouldBe(40);
    }

    private static PerfCounterInfo Info(int key, string group, string name, string rollup, string unit) => new()
    {
        Key = key,
        GroupInfo = new ElementDescription { Key = group },
        NameInfo = new ElementDescription { Key = name },
        UnitInfo = new ElementDescription { Key = unit },
        RollupType = rollup,
    };
}
