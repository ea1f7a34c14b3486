using Migrate.Simulator.Inventory;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.Hosts;

/// <summary>config.network: uplinks, their RDMA devices, one standard switch, the VMkernel NIC of storage.</summary>
internal sealed class HostNetwork(HostSystem host)
{
    private const int Mtu = 9000;

    public DataObject Info() => DataObject.Of(
        "HostNetworkInfo",
        ("vswitch", new[] { Switch() }),
        ("portgroup", host.Networks.Where(n => n.Source.Switch is null).Select(Portgroup).ToList()),
        ("pnic", host.Source.Nics!.Select(Nic).ToList()),
        ("rdmaDevice", host.Source.Nics!.Where(n => n.Rdma is not null).Select(Rdma).ToList()),
        ("vnic", new[] { Vmkernel() }));

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

    private DataObject Switch() => DataObject.Of(
        "HostVirtualSwitch",
        ("name", "vSwitch0"),
        ("key", "key-vim.host.VirtualSwitch-vSwitch0"),
        ("numPorts", 1024),
        ("numPortsAvailable", 1000),
        ("mtu", Mtu),
        ("pnic", host.Source.Nics!.Select(n => NicKey(n.Device)).ToList()),
        ("spec", DataObject.Of(
            "HostVirtualSwitchSpec",
            ("numPorts", 1024),
            ("bridge", DataObject.Of("HostVirtualSwitchBondBridge", ("nicDevice", host.Source.Nics!.Select(n => n.Device).ToList()))),
            ("mtu", Mtu))));

    private static DataObject Portgroup(Network network) => DataObject.Of(
        "HostPortGroup",
        ("key", $"key-vim.host.PortGroup-{network.Name}"),
        ("vswitch", "key-vim.host.VirtualSwitch-vSwitch0"),
        ("computedPolicy", new DataObject("HostNetworkPolicy")),
        ("spec", DataObject.Of(
            "HostPortGroupSpec",
            ("name", network.Name),
            ("vlanId", network.Source.Vlan),
            ("vswitchName", "vSwitch0"),
            ("policy", new DataObject("HostNetworkPolicy")))));

    private DataObject Vmkernel()
    {
        var address = StableBytes.Of("vmk/" + host.Name);
        return DataObject.Of(
            "HostVirtualNic",
            ("device", "vmk1"),
            ("key", "key-vim.host.VirtualNic-vmk1"),
            ("portgroup", "Storage"),
            ("spec", DataObject.Of(
                "HostVirtualNicSpec",
                ("ip", DataObject.Of("HostIpConfig", ("dhcp", false), ("ipAddress", $"10.20.{address[0]}.{address[1]}"), ("subnetMask", "255.255.0.0"))),
                ("mac", StableBytes.Mac("vmk/" + host.Name)),
                ("mtu", Mtu))));
    }
}
