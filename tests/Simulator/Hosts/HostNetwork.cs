using Migrate.Simulator.Inventory;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.Hosts;

/// <summary>config.network: uplinks, their RDMA devices, one standard switch, the VMkernel NIC of storage.</summary>
internal sealed class HostNetwork(HostSystem host)
{
    private const int Mtu = 9000;
    private readonly IReadOnlyList<IserNetwork> _iser = IserNetwork.Of(host);

    public DataObject Info() => DataObject.Of(
        "HostNetworkInfo",
        ("vswitch", _iser.Select(n => Switch(n.Switch, [n.Nic, .. Standby(n)])).Prepend(Switch("vSwitch0", FreeNics())).ToList()),
        ("portgroup", host.Networks.Where(n => n.Source.Switch is null).Select(n => Portgroup(n.Name, n.Source.Vlan, "vSwitch0", FreeNics(), []))
            .Append(Portgroup("Storage", 20, "vSwitch0", FreeNics(), []))
            .Concat(_iser.Select(n => Portgroup(n.PortGroup, 30, n.Switch, [n.Nic], Standby(n)))).ToList()),
        ("pnic", host.Source.Nics!.Select(Nic).ToList()),
        ("rdmaDevice", host.Source.Nics!.Where(n => n.Rdma is not null).Select(Rdma).ToList()),
        ("vnic", _iser.Select(n => Vmkernel(n.Vmkernel, n.PortGroup)).Prepend(Vmkernel("vmk1", "Storage")).ToList()));

    /// <summary>What VMkernel adapters are selected for.</summary>
    public DataObject Roles() => DataObject.Of("HostVirtualNicManagerInfo", ("netConfig", new[] { Role("management", "vmk1"), Role("vsan", host.Cluster.Vsan ? "vmk1" : null), Role("vmotion", null) }));

    private static DataObject Role(string type, string? selected) => DataObject.Of(
        "VirtualNicManagerNetConfig",
        ("nicType", type),
        ("multiSelectAllowed", true),
        ("selectedVnic", selected is null ? null : new[] { $"{type}.key-vim.host.VirtualNic-{selected}" }));

    public static string NicKey(string device) => $"key-vim.host.PhysicalNic-{device}";

    private static string RdmaKey(string device) => $"key-vim.host.RdmaDevice-{device}";

    private DataObject Nic(Estates.EstateNic nic, int index)
    {
        var link = DataObject.Of("PhysicalNicLinkInfo", ("speedMb", nic.SpeedMbps), ("duplex", true));
        return DataObject.Of(
            "PhysicalNic",
            ("key", NicKey(nic.Device)),
            ("device", nic.Device),
            ("pci", $"0000:3b:00.{index}"),
            ("driver", nic.Driver),
            ("linkSpeed", link),
            ("spec", DataObject.Of("PhysicalNicSpec", ("ip", DataObject.Of("HostIpConfig", ("dhcp", false))), ("linkSpeed", link))),
            ("wakeOnLanSupported", false),
            ("mac", StableBytes.Mac($"nic/{host.Name}/{nic.Device}")),
            ("autoNegotiateSupported", true),
            ("rdmaDevice", nic.Rdma is null ? null : RdmaKey(nic.Rdma)));
    }

    private DataObject Rdma(Estates.EstateNic nic) => DataObject.Of(
        "HostRdmaDevice",
        ("key", RdmaKey(nic.Rdma!)),
        ("device", nic.Rdma),
        ("driver", nic.Driver.Replace("_core", "_rdma", StringComparison.Ordinal)),
        ("description", "MT2892 Family [ConnectX-6 Dx]"),
        ("backing", DataObject.Of("HostRdmaDevicePnicBacking", ("pairedUplink", NicKey(nic.Device)))),
        ("connectionInfo", DataObject.Of("HostRdmaDeviceConnectionInfo", ("state", "Active"), ("mtu", 4096), ("speedInMbps", nic.SpeedMbps))),
        ("capability", DataObject.Of("HostRdmaDeviceCapability", ("roceV1Capable", true), ("roceV2Capable", true), ("iWarpCapable", false))));

    /// <summary>Uplinks that iSER leaves to the first switch.</summary>
    private List<string> FreeNics() => [.. host.Source.Nics!.Select(n => n.Device).Where(d => _iser.All(n => n.Nic != d))];

    private static string[] Standby(IserNetwork network) => network.Adapter.StandbyNic is { } nic ? [nic] : [];

    private static DataObject Switch(string name, List<string> nics) => DataObject.Of(
        "HostVirtualSwitch",
        ("name", name),
        ("key", $"key-vim.host.VirtualSwitch-{name}"),
        ("numPorts", 1024),
        ("numPortsAvailable", 1000),
        ("mtu", Mtu),
        ("pnic", nics.Select(NicKey).ToList()),
        ("spec", DataObject.Of(
            "HostVirtualSwitchSpec",
            ("numPorts", 1024),
            ("bridge", DataObject.Of("HostVirtualSwitchBondBridge", ("nicDevice", nics))),
            ("policy", Teaming(nics, [])),
            ("mtu", Mtu))));

    private static DataObject Portgroup(string name, int vlan, string vswitch, List<string> active, string[] standby) => DataObject.Of(
        "HostPortGroup",
        ("key", $"key-vim.host.PortGroup-{name}"),
        ("vswitch", $"key-vim.host.VirtualSwitch-{vswitch}"),
        ("computedPolicy", Teaming(active, standby)),
        ("spec", DataObject.Of(
            "HostPortGroupSpec",
            ("name", name),
            ("vlanId", vlan),
            ("vswitchName", vswitch),
            ("policy", new DataObject("HostNetworkPolicy")))));

    private static DataObject Teaming(List<string> active, string[] standby) => DataObject.Of(
        "HostNetworkPolicy",
        ("nicTeaming", DataObject.Of(
            "HostNicTeamingPolicy",
            ("policy", "loadbalance_srcid"),
            ("nicOrder", DataObject.Of("HostNicOrderPolicy", ("activeNic", active), ("standbyNic", standby))))));

    private DataObject Vmkernel(string device, string portGroup)
    {
        var address = StableBytes.Of($"{device}/{host.Name}");
        return DataObject.Of(
            "HostVirtualNic",
            ("device", device),
            ("key", $"key-vim.host.VirtualNic-{device}"),
            ("portgroup", portGroup),
            ("spec", DataObject.Of(
                "HostVirtualNicSpec",
                ("ip", DataObject.Of("HostIpConfig", ("dhcp", false), ("ipAddress", $"10.20.{address[0]}.{address[1]}"), ("subnetMask", "255.255.0.0"))),
                ("mac", StableBytes.Mac($"{device}/{host.Name}")),
                ("mtu", Mtu),
                ("netStackInstanceKey", "defaultTcpipStack"))));
    }
}
