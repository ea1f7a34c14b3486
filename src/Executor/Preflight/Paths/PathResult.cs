namespace Migrate.Executor.Preflight.Paths;

/// <summary>What the largest unfragmented packet did on a path.</summary>
public enum PathOutcome
{
    /// <summary>A packet of the whole MTU arrives and its answer comes back.</summary>
    Passes,
    /// <summary>The sender's own interface or a router says that the packet is too long.</summary>
    TooLong,
    /// <summary>Small packets are answered, large ones vanish: something on the way drops them silently.</summary>
    Swallowed,
    /// <summary>Not even a small packet is answered.</summary>
    Unreachable,
    /// <summary>It could not be tried.</summary>
    NotTried,
}

/// <summary>One direction of one path.</summary>
/// <param name="From">The machine that sent: "this machine" or user@host.</param>
/// <param name="Address">Where it sent to.</param>
/// <param name="Interface">The sender's interface; null: the kernel's choice.</param>
/// <param name="Mtu">The MTU of the sender's interface, in bytes.</param>
/// <param name="Payload">What ping was given: the MTU less the headers of IP and ICMP.</param>
/// <param name="PathMtu">The MTU that somebody on the way told.</param>
/// <param name="Words">What ping said last.</param>
public sealed record PathResult(string From, string Address, string? Interface, int Mtu, int Payload, PathOutcome Outcome, int? PathMtu, string Words)
{
    /// <summary>The same for both directions of a path, so that its ends can be compared; by itself the address.</summary>
    public string Pair { get; init; } = Address;
}

/// <summary>What answers at a port of a target.</summary>
public enum PortOutcome
{
    /// <summary>An NVMe/TCP target: it answered ICReq with ICResp.</summary>
    Nvme,
    /// <summary>Nothing listens.</summary>
    Closed,
    /// <summary>No answer to the connection: a firewall, or no such address.</summary>
    Filtered,
    /// <summary>Something listens that is no NVMe/TCP target.</summary>
    Other,
    NotTried,
}

/// <summary>One port, tried from one machine.</summary>
public sealed record PortResult(string From, string Address, int Port, PortOutcome Outcome, string Words);
