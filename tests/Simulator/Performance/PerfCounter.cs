using Migrate.Simulator.Values;

namespace Migrate.Simulator.Performance;

/// <summary>One counter of the catalogue. <see cref="Level"/> and <see cref="DeviceLevel"/> say from which statistics level history keeps it.</summary>
internal sealed record PerfCounter(int Id, string Group, string Name, string Rollup, string Unit, string Stats, int Level, int DeviceLevel, string Label)
{
    /// <summary>As a vCenter 8.0.1 numbers them. Clients must not rely on ids: other servers have others.</summary>
    public static readonly IReadOnlyList<PerfCounter> All =
    [
        new(2, "cpu", "usage", "average", "percent", "rate", 1, 3, "CPU usage"),
        new(98, "mem", "consumed", "average", "kiloBytes", "absolute", 1, 3, "Memory consumed"),
        new(140, "disk", "maxTotalLatency", "latest", "millisecond", "absolute", 1, 3, "Highest latency"),
        new(173, "storageAdapter", "totalReadLatency", "average", "millisecond", "absolute", 2, 2, "Read latency"),
        new(174, "storageAdapter", "totalWriteLatency", "average", "millisecond", "absolute", 2, 2, "Write latency"),
        new(178, "virtualDisk", "numberReadAveraged", "average", "number", "rate", 1, 3, "Average read requests per second"),
        new(179, "virtualDisk", "numberWriteAveraged", "average", "number", "rate", 1, 3, "Average write requests per second"),
        new(180, "virtualDisk", "read", "average", "kiloBytesPerSecond", "rate", 2, 2, "Read rate"),
        new(181, "virtualDisk", "write", "average", "kiloBytesPerSecond", "rate", 2, 2, "Write rate"),
        new(182, "virtualDisk", "totalReadLatency", "average", "millisecond", "absolute", 1, 3, "Read latency"),
        new(183, "virtualDisk", "totalWriteLatency", "average", "millisecond", "absolute", 1, 3, "Write latency"),
        new(187, "datastore", "numberReadAveraged", "average", "number", "rate", 1, 3, "Average read requests per second"),
        new(188, "datastore", "numberWriteAveraged", "average", "number", "rate", 1, 3, "Average write requests per second"),
        new(189, "datastore", "totalReadLatency", "average", "millisecond", "absolute", 1, 3, "Read latency"),
        new(190, "datastore", "totalWriteLatency", "average", "millisecond", "absolute", 1, 3, "Write latency"),
        new(193, "datastore", "sizeNormalizedDatastoreLatency", "average", "microsecond", "absolute", 1, 3, "Storage I/O Control normalized latency"),
        new(202, "virtualDisk", "commandsAborted", "summation", "number", "delta", 2, 4, "Commands terminated"),
        new(203, "virtualDisk", "busResets", "summation", "number", "delta", 2, 4, "Bus resets"),
        new(206, "storageAdapter", "queueDepth", "average", "number", "absolute", 2, 2, "Queue depth"),
        new(343, "virtualDisk", "readOIO", "latest", "number", "absolute", 2, 2, "Average number of outstanding read requests"),
        new(344, "virtualDisk", "writeOIO", "latest", "number", "absolute", 2, 2, "Average number of outstanding write requests"),
        new(350, "datastore", "datastoreReadIops", "latest", "number", "absolute", 1, 3, "Storage DRS datastore read I/O rate"),
        new(351, "datastore", "datastoreWriteIops", "latest", "number", "absolute", 1, 3, "Storage DRS datastore write I/O rate"),
        new(358, "datastore", "datastoreVMObservedLatency", "latest", "microsecond", "absolute", 1, 3, "Datastore latency observed by VMs"),
        new(508, "disk", "deviceLatency", "average", "millisecond", "absolute", 1, 3, "Physical device command latency"),
        new(509, "disk", "kernelLatency", "average", "millisecond", "absolute", 2, 3, "Kernel command latency"),
        new(510, "disk", "queueLatency", "average", "millisecond", "absolute", 2, 3, "Queue command latency"),
        new(580, "virtualDisk", "readIOSize", "latest", "number", "absolute", 4, 4, "Read request size"),
        new(581, "virtualDisk", "writeIOSize", "latest", "number", "absolute", 4, 4, "Write request size"),
        new(582, "virtualDisk", "smallSeeks", "latest", "number", "absolute", 4, 4, "Number of small seeks"),
        new(583, "virtualDisk", "mediumSeeks", "latest", "number", "absolute", 4, 4, "Number of medium seeks"),
        new(584, "virtualDisk", "largeSeeks", "latest", "number", "absolute", 4, 4, "Number of large seeks"),
        new(585, "virtualDisk", "readLatencyUS", "latest", "microsecond", "absolute", 4, 4, "Read latency (us)"),
        new(586, "virtualDisk", "writeLatencyUS", "latest", "microsecond", "absolute", 4, 4, "Write latency (us)"),
    ];

    private static readonly Dictionary<int, PerfCounter> ById = All.ToDictionary(c => c.Id);

    public static PerfCounter? Find(int id) => ById.GetValueOrDefault(id);

    public DataObject ToInfo() => DataObject.Of(
        "PerfCounterInfo",
        ("key", Id),
        ("nameInfo", Element(Name, Label)),
        ("groupInfo", Element(Group, Group)),
        ("unitInfo", Element(Unit, Unit)),
        ("rollupType", Rollup),
        ("statsType", Stats),
        ("level", Level),
        ("perDeviceLevel", DeviceLevel));

    private static DataObject Element(string key, string label) => DataObject.Of("ElementDescription", ("label", label), ("summary", label), ("key", key));
}
