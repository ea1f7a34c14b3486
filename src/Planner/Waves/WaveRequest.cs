namespace Migrate.Planner.Waves;

/// <summary>All that waves are planned from. Times are UTC.</summary>
public sealed record WaveRequest
{
    /// <summary>Nothing begins before.</summary>
    public required DateTime Start { get; init; }

    /// <summary>Everything must be over by then.</summary>
    public int Days { get; init; } = 90;

    public required IReadOnlyList<WaveVm> Vms { get; init; }

    /// <summary>When VMs may be off; empty: at any time.</summary>
    public IReadOnlyList<WindowSet> Windows { get; init; } = [];

    public IReadOnlyList<Blackout> Blackouts { get; init; } = [];

    public IReadOnlyList<MoveGroup> Groups { get; init; } = [];

    /// <summary>VMs (by key) that must be on different hosts.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Apart { get; init; } = [];

    /// <summary>What copies share: source hosts, datastores, links, the target.</summary>
    public IReadOnlyList<CopyCapacity> Capacities { get; init; } = [];

    public required IReadOnlyList<DestinationHost> Hosts { get; init; }

    /// <summary>VMs that may be cut over at one time.</summary>
    public int CutoversAtOnce { get; init; } = 4;

    /// <summary>VMs that may be copied at one time.</summary>
    public int CopiesAtOnce { get; init; } = 16;

    /// <summary>People who look after cutovers: each looks after one VM at a time.</summary>
    public int Operators { get; init; } = 4;

    /// <summary>How long somebody looks after a VM that is cut over, at least.</summary>
    public int AttentionMinutes { get; init; } = 15;

    /// <summary>Of the search: others may find better plans.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Number of the first wave: those before it are under way.</summary>
    public int FirstWave { get; init; } = 1;

    /// <summary>What is settled already, and stays.</summary>
    public IReadOnlyList<Pin> Pins { get; init; } = [];
}

/// <summary>Hours of the week, and single ones, at which VMs may be off.</summary>
/// <param name="Name">How VMs and groups name it.</param>
/// <param name="TimeZone">IANA name; the hours are of its wall clock.</param>
/// <param name="Weekly">Hours that come again each week.</param>
/// <param name="Single">Times that come once.</param>
public sealed record WindowSet(string Name, string TimeZone, IReadOnlyList<WeeklyWindow> Weekly, IReadOnlyList<SingleWindow> Single);

/// <param name="Day">On which it opens.</param>
/// <param name="From">By the wall clock.</param>
/// <param name="Minutes">How long it is open, also into the next day.</param>
public readonly record struct WeeklyWindow(DayOfWeek Day, TimeOnly From, int Minutes);

/// <param name="From">UTC.</param>
/// <param name="To">UTC.</param>
public readonly record struct SingleWindow(DateTime From, DateTime To);

/// <summary>Nothing happens, however open a window is.</summary>
/// <param name="From">UTC.</param>
/// <param name="To">UTC.</param>
/// <param name="Reason">For people.</param>
/// <param name="Copies">No copies either; false: only no cutovers.</param>
public sealed record Blackout(DateTime From, DateTime To, string Reason, bool Copies = false);

/// <summary>VMs that move in one window, tier after tier: those of the second start when those of the first serve.</summary>
/// <param name="Name">For people, and for <paramref name="After"/>.</param>
/// <param name="Tiers">Keys of VMs.</param>
/// <param name="After">Groups that must have moved before.</param>
/// <param name="Windows">When all of them may be off; null: what their VMs say, if they agree.</param>
public sealed record MoveGroup(string Name, IReadOnlyList<IReadOnlyList<string>> Tiers, IReadOnlyList<string> After, string? Windows = null);

/// <summary>Something that copies share.</summary>
/// <param name="Key">As in <see cref="CapacityUse"/>.</param>
/// <param name="Name">For people.</param>
/// <param name="BytesPerSecond">What it bears.</param>
/// <param name="Hours">What share (0 to 1) of it is left by its own load, for each hour of the week, Monday 00:00 UTC first; null: all of it at any hour.</param>
public sealed record CopyCapacity(string Key, string Name, double BytesPerSecond, IReadOnlyList<double>? Hours = null);

/// <summary>A KVM host, and what it has left for the VMs that come.</summary>
/// <param name="Name">Of the host.</param>
/// <param name="Cpus">vCPUs that it may be given.</param>
/// <param name="MemoryBytes">Memory that is left.</param>
/// <param name="StorageBytes">Storage that is left; null: not counted here.</param>
/// <param name="Nodes">What its NUMA nodes have: a VM that fits into one is preferred there; empty: unknown.</param>
public sealed record DestinationHost(string Name, int Cpus, long MemoryBytes, long? StorageBytes, IReadOnlyList<DestinationNode> Nodes);

/// <param name="Cpus">Processors of the node.</param>
/// <param name="MemoryBytes">Memory of the node.</param>
public readonly record struct DestinationNode(int Cpus, long MemoryBytes);

/// <summary>A VM that is under way, or was promised: it keeps its time and host, and others make room. Of a group all or none are pinned.</summary>
/// <param name="VmKey">The VM.</param>
/// <param name="CutoverAt">UTC.</param>
/// <param name="Host">Where it goes.</param>
/// <param name="CopyStart">Since or from when it is copied, UTC.</param>
/// <param name="CopyEnd">Until when, UTC.</param>
public sealed record Pin(string VmKey, DateTime CutoverAt, string Host, DateTime CopyStart, DateTime CopyEnd);
