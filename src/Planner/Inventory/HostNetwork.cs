namespace Migrate.Planner.Inventory;

/// <summary>
/// An RDMA device (vmrdma0). <paramref name="SpeedMbps"/> is 0 without a link. An InfiniBand port has none of the three flags:
/// vim25 has no flag for it.
/// </summary>
public sealed record RdmaDevice(string Key, string Device, string Driver, string Description, string? PairedUplinkKey, long SpeedMbps, bool RoceV1, bool RoceV2, bool Iwarp)
{
    /// <summary>Active, Down …, as ESXi writes it; empty when it does not tell.</summary>
    public string State { get; init; } = "";
    /// <summary>Of RDMA, bytes: 256 to 4096, less than the Ethernet frame that carries it; 0 when unknown.</summary>
    public int Mtu { get; init; }

    /// <summary>What it speaks, e.g. "RoCE v1, RoCE v2".</summary>
    public string Flavour => string.Join(", ", new[] { RoceV1 ? "RoCE v1" : null, RoceV2 ? "RoCE v2" : null, Iwarp ? "iWARP" : null }.OfType<string>());
}

/// <summary>A physical NIC (vmnic0). <paramref name="SpeedMbps"/> is 0 without a link.</summary>
public sealed record PhysicalNic(string Key, string Device, string Driver, string Mac, long SpeedMbps)
{
    /// <summary>Null without a link.</summary>
    public bool? FullDuplex { get; init; }
    public string DriverVersion { get; init; } = "";
    public string FirmwareVersion { get; init; } = "";
    /// <summary>PCI address, e.g. 0000:3b:00.0.</summary>
    public string Pci { get; init; } = "";
    /// <summary>Key of the RDMA device on the same port; null when there is none.</summary>
    public string? RdmaDeviceKey { get; init; }
}

/// <summary>A VMkernel adapter (vmk1): how the host itself talks on the network.</summary>
public sealed record VmkernelAdapter(string Key, string Device)
{
    public string? IpAddress { get; init; }
    public string? SubnetMask { get; init; }
    public bool Dhcp { get; init; }
    public string Mac { get; init; } = "";
    /// <summary>Bytes; 0 when the host does not tell.</summary>
    public int Mtu { get; init; }
    /// <summary>Name of its port group on a standard switch; the port group's key on a distributed one.</summary>
    public string PortGroup { get; init; } = "";
    /// <summary><see cref="HostSwitch.Key"/>; null when its port group is on no switch of this host.</summary>
    public string? SwitchKey { get; init; }
    /// <summary>TCP/IP stack, e.g. defaultTcpipStack.</summary>
    public string NetStack { get; init; } = "";
    /// <summary>What it is selected for: management, vmotion, vsan, …; empty when not read.</summary>
    public IReadOnlyList<string> Services { get; init; } = [];
    /// <summary>Uplinks that its port group may send over, in the order of preference; on a distributed switch those of the switch.</summary>
    public IReadOnlyList<string> ActiveUplinks { get; init; } = [];
    public IReadOnlyList<string> StandbyUplinks { get; init; } = [];
    /// <summary>
    /// Whether the two lists are its port group's own. False on distributed switches, whose port groups' teaming vSphere keeps
    /// elsewhere: the lists are then the switch's uplinks, and say nothing of how many of them it uses.
    /// </summary>
    public bool TeamingKnown { get; init; }
    /// <summary>VLAN id of its port group; null on a distributed switch.</summary>
    public int? Vlan { get; init; }
}

/// <summary>A switch as the host has it: a standard one, or its share of a distributed one.</summary>
public sealed record HostSwitch(string Key, string Name, bool Distributed)
{
    /// <summary>Bytes; 0 when the host does not tell.</summary>
    public int Mtu { get; init; }
    /// <summary>Device names, e.g. vmnic0.</summary>
    public IReadOnlyList<string> Uplinks { get; init; } = [];
    /// <summary>loadbalance_srcid, loadbalance_ip, failover_explicit …; empty on distributed switches.</summary>
    public string TeamingPolicy { get; init; } = "";
}
