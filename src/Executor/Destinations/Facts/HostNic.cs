namespace Migrate.Executor.Destinations.Facts;

/// <summary>A network interface of a host: what /sys/class/net and ip tell.</summary>
public sealed record HostNic
{
    public required string Name { get; init; }
    /// <summary>physical | bond | bridge | vlan | virtual.</summary>
    public string Kind { get; init; } = "virtual";
    public string? Driver { get; init; }
    /// <summary>Of the link, in Mbit/s; null where the kernel does not know it (no link, or no such thing).</summary>
    public int? SpeedMbps { get; init; }
    public string? Duplex { get; init; }
    public int Mtu { get; init; }
    /// <summary>up | down | unknown …, as the kernel says.</summary>
    public string State { get; init; } = "";
    /// <summary>Null where the device belongs to no node.</summary>
    public int? NumaNode { get; init; }
    /// <summary>The bond or bridge that it is part of.</summary>
    public string? Master { get; init; }
    /// <summary>Addresses with their prefix length, e.g. 10.0.4.2/24.</summary>
    public IReadOnlyList<string> Addresses { get; init; } = [];
    /// <summary>Whether the default route leaves by it.</summary>
    public bool DefaultRoute { get; init; }
    /// <summary>Since the interface exists.</summary>
    public NicErrors Errors { get; init; } = new(0, 0, 0, 0, 0, 0, 0);
}

/// <summary>The kernel's counters of an interface.</summary>
public sealed record NicErrors(long RxPackets, long RxErrors, long RxDropped, long RxCrc, long TxPackets, long TxErrors, long TxDropped);
