using Migrate.Planner.Baselines.Series;
using Migrate.Planner.Inventory;
using Migrate.Planner.VSphere;

namespace Migrate.Planner.Baselines;

public sealed partial record Baseline
{
    /// <summary>Of the VM's disks that have an instance; a disk without samples is there with none.</summary>
    internal static Baseline Of(Vm vm, IReadOnlyDictionary<string, SampleSeries> samples, DateTime collectedAt) => new()
    {
        VmKey = vm.Key,
        CollectedAt = collectedAt,
        MissingCounters = MissingIn(samples.Values),
        Disks =
        [
            .. vm.Disks.Where(disk => disk.Instance.Length > 0).Select(disk => new DiskBaseline
            {
                DiskKey = disk.Key,
                Instance = disk.Instance,
                Samples = SamplesOf(samples.GetValueOrDefault(disk.Instance, SampleSeries.Empty)),
            }),
        ],
    };

    /// <summary>Counters that no disk's samples carry, by group.name.rollup.</summary>
    internal static IReadOnlyList<string> MissingIn(IEnumerable<SampleSeries> disks) =>
        [.. StorageCounters.All.Where(counter => !disks.Any(disk => disk.Fills(counter.Counter))).Select(counter => counter.Name)];

    internal static IReadOnlyList<BaselineSample> SamplesOf(SampleSeries series)
    {
        // Milliseconds only where microseconds never came: in them a disk that answers in 200 µs reads as 0.
        var (readUs, writeUs) = (series.Fills(DiskCounter.ReadLatencyUs), series.Fills(DiskCounter.WriteLatencyUs));
        return
        [
            .. Enumerable.Range(0, series.Count).Select(i => new BaselineSample(
                series.At(i),
                series.Value(DiskCounter.ReadIops, i),
                series.Value(DiskCounter.WriteIops, i),
                readUs ? series.Value(DiskCounter.ReadLatencyUs, i) : series.Value(DiskCounter.ReadLatencyMs, i) * 1000,
                writeUs ? series.Value(DiskCounter.WriteLatencyUs, i) : series.Value(DiskCounter.WriteLatencyMs, i) * 1000,
                series.Value(DiskCounter.ReadKilobytes, i) * 1024,
                series.Value(DiskCounter.WriteKilobytes, i) * 1024,
                series.Value(DiskCounter.ReadOutstanding, i),
                series.Value(DiskCounter.WriteOutstanding, i))),
        ];
    }
}
