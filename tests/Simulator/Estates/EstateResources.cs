using System.Text.Json.Serialization;

namespace Migrate.Simulator.Estates;

/// <summary>What a VM is granted beyond its size.</summary>
public sealed record EstateResources
{
    /// <summary>MHz.</summary>
    public long CpuReservation { get; init; }
    /// <summary>MHz; unset: no limit.</summary>
    public long? CpuLimit { get; init; }
    [JsonConverter(typeof(ByteSizeConverter))]
    public long MemoryReservation { get; init; }
    [JsonConverter(typeof(NullableByteSizeConverter))]
    public long? MemoryLimit { get; init; }
    public bool MemoryLocked { get; init; }
    public IReadOnlyList<int> NumaNodes { get; init; } = [];
    public int? CoresPerNumaNode { get; init; }
    public bool CpuHotAdd { get; init; }
    public bool MemoryHotAdd { get; init; }
    public bool NestedVirtualization { get; init; }
    public bool PerformanceCounters { get; init; }
}
