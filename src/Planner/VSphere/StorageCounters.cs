using Migrate.Planner.Baselines.Series;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>A disk counter by the name that it has on every server.</summary>
/// <param name="Name">group.name.rollup. Names contain dots themselves, so they are compared whole and never split.</param>
/// <param name="Unit">unitInfo's key.</param>
/// <param name="Level">The statistics level from which vCenter collects it per device.</param>
internal sealed record StorageCounter(DiskCounter Counter, string Name, string Unit, int Level);

/// <summary>The counters that baselines need. A counter's number differs from server to server and is looked up at login.</summary>
internal static class StorageCounters
{
    public static readonly IReadOnlyList<StorageCounter> All =
    [
        new(DiskCounter.ReadIops, "virtualDisk.numberReadAveraged.average", "number", 3),
        new(DiskCounter.WriteIops, "virtualDisk.numberWriteAveraged.average", "number", 3),
        new(DiskCounter.ReadLatencyUs, "virtualDisk.readLatencyUS.latest", "microsecond", 4),
        new(DiskCounter.WriteLatencyUs, "virtualDisk.writeLatencyUS.latest", "microsecond", 4),
        new(DiskCounter.ReadLatencyMs, "virtualDisk.totalReadLatency.average", "millisecond", 3),
        new(DiskCounter.WriteLatencyMs, "virtualDisk.totalWriteLatency.average", "millisecond", 3),
        new(DiskCounter.ReadKilobytes, "virtualDisk.read.average", "kiloBytesPerSecond", 2),
        new(DiskCounter.WriteKilobytes, "virtualDisk.write.average", "kiloBytesPerSecond", 2),
        new(DiskCounter.ReadOutstanding, "virtualDisk.readOIO.latest", "number", 2),
        new(DiskCounter.WriteOutstanding, "virtualDisk.writeOIO.latest", "number", 2),
        new(DiskCounter.ReadBytesPerIo, "virtualDisk.readIOSize.latest", "number", 4),
        new(DiskCounter.WriteBytesPerIo, "virtualDisk.writeIOSize.latest", "number", 4),
        new(DiskCounter.SmallSeeks, "virtualDisk.smallSeeks.latest", "number", 4),
        new(DiskCounter.MediumSeeks, "virtualDisk.mediumSeeks.latest", "number", 4),
        new(DiskCounter.LargeSeeks, "virtualDisk.largeSeeks.latest", "number", 4),
        new(DiskCounter.CommandsAborted, "virtualDisk.commandsAborted.summation", "number", 4),
        new(DiskCounter.BusResets, "virtualDisk.busResets.summation", "number", 4),
    ];

    /// <summary>What hosts say of a datastore; vSAN's are not among them.</summary>
    public static readonly IReadOnlyList<StorageCounter> OfDatastores =
    [
        new(DiskCounter.ReadIops, "datastore.numberReadAveraged.average", "number", 3),
        new(DiskCounter.WriteIops, "datastore.numberWriteAveraged.average", "number", 3),
        new(DiskCounter.ReadLatencyMs, "datastore.totalReadLatency.average", "millisecond", 3),
        new(DiskCounter.WriteLatencyMs, "datastore.totalWriteLatency.average", "millisecond", 3),
    ];

    public static string NameOf(DiskCounter counter) => All.First(x => x.Counter == counter).Name;

    /// <summary>
    /// The server's numbers for our counters. Names are not unique: a real 8.0 has one of them twice. The one in the unit that we
    /// expect is taken, and among those the lowest number.
    /// </summary>
    public static IReadOnlyDictionary<DiskCounter, int> Resolve(IEnumerable<PerfCounterInfo> catalogue, IReadOnlyList<StorageCounter>? counters = null)
    {
        var named = catalogue.ToLookup(info => $"{info.GroupInfo?.Key}.{info.NameInfo?.Key}.{info.RollupType}", StringComparer.Ordinal);
        return (counters ?? All).Where(counter => named.Contains(counter.Name)).ToDictionary(
            counter => counter.Counter,
            counter => named[counter.Name].OrderByDescending(info => info.UnitInfo?.Key == counter.Unit).ThenBy(info => info.Key).First().Key);
    }
}
