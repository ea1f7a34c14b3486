namespace Migrate.Planner.Inventory;

/// <summary>What a VM is granted of CPU and memory, and how its processors look from inside.</summary>
public sealed record VmResources
{
    /// <summary>In MHz.</summary>
    public Allocation Cpu { get; init; } = new();
    /// <summary>In bytes.</summary>
    public Allocation Memory { get; init; } = new();
    /// <summary>All memory is reserved, whatever its size becomes: a locked memory on KVM.</summary>
    public bool MemoryReservationLocked { get; init; }
    /// <summary>Physical processors that the vCPUs may run on; empty: all.</summary>
    public IReadOnlyList<int> CpuAffinity { get; init; } = [];
    /// <summary>NUMA nodes that memory may come from; empty: all.</summary>
    public IReadOnlyList<int> MemoryAffinity { get; init; } = [];
    /// <summary>Cores per virtual NUMA node; null when the server does not say (before 8.0), 0 when it chooses.</summary>
    public int? CoresPerNumaNode { get; init; }
    /// <summary>The server chooses <see cref="CoresPerNumaNode"/> at every start.</summary>
    public bool AutoCoresPerNumaNode { get; init; }
    /// <summary>The guest sees NUMA although CPUs can be added while it runs.</summary>
    public bool NumaWithCpuHotAdd { get; init; }
    /// <summary>The server chooses the cores per socket at every start (8.0).</summary>
    public bool AutoCoresPerSocket { get; init; }
    /// <summary>Threads per core that the guest sees; null when the server does not say (before 8.0).</summary>
    public int? ThreadsPerCore { get; init; }
    /// <summary>The guest may run VMs itself.</summary>
    public bool NestedVirtualization { get; init; }
    /// <summary>The guest sees performance counters of the CPU.</summary>
    public bool PerformanceCounters { get; init; }
    /// <summary>i440bxHostBridge | acpiHostBridges (8.0); null when the server does not say.</summary>
    public string? MotherboardLayout { get; init; }
}

/// <summary>A share of a resource: MHz of CPU, bytes of memory.</summary>
public sealed record Allocation
{
    public long Reservation { get; init; }
    /// <summary>Null: no limit.</summary>
    public long? Limit { get; init; }
    /// <summary>low | normal | high | custom.</summary>
    public string SharesLevel { get; init; } = "normal";
    public int Shares { get; init; }
}
