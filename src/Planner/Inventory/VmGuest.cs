namespace Migrate.Planner.Inventory;

/// <summary>What the guest reports through VMware Tools; what it last reported while it is off. Nothing without Tools.</summary>
public sealed record VmGuest
{
    /// <summary>The guest's own word, where <see cref="Vm.GuestId"/> is what somebody chose when the VM was made.</summary>
    public string? GuestId { get; init; }
    public string? FullName { get; init; }
    /// <summary>linuxGuest | windowsGuest | otherGuestFamily | …</summary>
    public string? Family { get; init; }
    /// <summary>toolsOk | toolsOld | toolsNotRunning | toolsNotInstalled.</summary>
    public string? ToolsStatus { get; init; }
    /// <summary>guestToolsCurrent | guestToolsUnmanaged | guestToolsNotInstalled | …</summary>
    public string? ToolsVersionStatus { get; init; }
    public string? ToolsVersion { get; init; }
    /// <summary>Tools set the guest's clock by the host's.</summary>
    public bool TimeSyncedWithHost { get; init; }
    public IReadOnlyList<GuestNic> Nics { get; init; } = [];
    public IReadOnlyList<GuestDisk> Disks { get; init; } = [];
    public IReadOnlyList<GuestStack> Stacks { get; init; } = [];
}

/// <summary>A network interface as the guest sees it.</summary>
public sealed record GuestNic
{
    /// <summary>Key of the virtual NIC; -1 for interfaces that are none (bridges, tunnels).</summary>
    public int DeviceKey { get; init; } = -1;
    public string MacAddress { get; init; } = "";
    public string Network { get; init; } = "";
    public bool Connected { get; init; }
    public IReadOnlyList<GuestAddress> Addresses { get; init; } = [];
    public IReadOnlyList<string> DnsServers { get; init; } = [];
    /// <summary>Of IPv4; null when the guest does not say.</summary>
    public bool? Dhcp { get; init; }
}

/// <summary>An address of the guest.</summary>
/// <param name="Address">IPv4 or IPv6.</param>
/// <param name="PrefixLength">Bits; null when the guest does not say.</param>
/// <param name="Origin">manual, dhcp, linklayer, random, other; null when the guest does not say.</param>
public sealed record GuestAddress(string Address, int? PrefixLength, string? Origin);

/// <summary>A network stack of the guest (one, but for containers and VRFs).</summary>
public sealed record GuestStack
{
    public string? HostName { get; init; }
    public string? DomainName { get; init; }
    public IReadOnlyList<string> DnsServers { get; init; } = [];
    public IReadOnlyList<string> SearchDomains { get; init; } = [];
    /// <summary>Gateways of the default routes.</summary>
    public IReadOnlyList<string> Gateways { get; init; } = [];
    /// <summary>Routes to other networks by a gateway, without the default routes.</summary>
    public IReadOnlyList<GuestRoute> Routes { get; init; } = [];
}

/// <summary>A route of the guest, e.g. to 192.0.2.0, 24 bits, by 198.51.100.1.</summary>
public sealed record GuestRoute(string Network, int PrefixLength, string Gateway);

/// <summary>A mounted file system.</summary>
public sealed record GuestDisk
{
    /// <summary>Mount point or drive, e.g. "/var" or "C:\".</summary>
    public required string Path { get; init; }
    public long CapacityBytes { get; init; }
    public long FreeBytes { get; init; }
    public string? FileSystem { get; init; }
    /// <summary>Keys of the virtual disks that it lies on; empty before 7.0 and where the guest cannot tell.</summary>
    public IReadOnlyList<int> DiskKeys { get; init; } = [];
}
