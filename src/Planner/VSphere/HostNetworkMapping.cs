using Migrate.Planner.Inventory;
using Migrate.Vim25;
using PhysicalNic = Migrate.Planner.Inventory.PhysicalNic;

namespace Migrate.Planner.VSphere;

/// <summary>config.network: uplinks and their RDMA devices, switches, VMkernel adapters with the uplinks that each may send over.</summary>
internal sealed class HostNetworkMapping(ObjectProperties host)
{
    public static readonly string[] Paths =
    [
        "config.network.pnic", "config.network.rdmaDevice", "config.network.vnic", "config.network.vswitch", "config.network.proxySwitch",
        "config.network.portgroup", "config.virtualNicManagerInfo.netConfig",
    ];

    private readonly Vim25.PhysicalNic[] _nics = host.Get<ArrayOfPhysicalNic>("config.network.pnic")?.PhysicalNic ?? [];
    private readonly HostVirtualSwitch[] _switches = host.Get<ArrayOfHostVirtualSwitch>("config.network.vswitch")?.HostVirtualSwitch ?? [];
    private readonly HostProxySwitch[] _proxies = host.Get<ArrayOfHostProxySwitch>("config.network.proxySwitch")?.HostProxySwitch ?? [];
    private readonly HostPortGroup[] _portGroups = host.Get<ArrayOfHostPortGroup>("config.network.portgroup")?.HostPortGroup ?? [];
    private readonly VirtualNicManagerNetConfig[] _roles =
        host.Get<ArrayOfVirtualNicManagerNetConfig>("config.virtualNicManagerInfo.netConfig")?.VirtualNicManagerNetConfig ?? [];

    public List<PhysicalNic> PhysicalNics() => [.. _nics.Select(n => new PhysicalNic(n.Key ?? n.Device, n.Device, n.Driver ?? "", n.Mac ?? "", n.LinkSpeed?.SpeedMb ?? 0)
    {
        FullDuplex = n.LinkSpeed?.Duplex,
        DriverVersion = n.DriverVersion ?? "",
        FirmwareVersion = n.FirmwareVersion ?? "",
        Pci = n.Pci ?? "",
        RdmaDeviceKey = string.IsNullOrEmpty(n.RdmaDevice) ? null : n.RdmaDevice,
    })];

    public List<RdmaDevice> RdmaDevices() => [.. (host.Get<ArrayOfHostRdmaDevice>("config.network.rdmaDevice")?.HostRdmaDevice ?? []).Select(d => new RdmaDevice(
        d.Key, d.Device, d.Driver ?? "", d.Description ?? "", (d.Backing as HostRdmaDevicePnicBacking)?.PairedUplink,
        d.ConnectionInfo?.SpeedInMbps ?? 0, d.Capability?.RoceV1Capable ?? false, d.Capability?.RoceV2Capable ?? false, d.Capability?.IWarpCapable ?? false)
    {
        State = d.ConnectionInfo?.State ?? "",
        Mtu = d.ConnectionInfo?.Mtu ?? 0,
    })];

    public List<HostSwitch> Switches() =>
    [
        .. _switches.Select(s => new HostSwitch(s.Key, s.Name ?? "", Distributed: false)
        {
            Mtu = s.Mtu ?? s.Spec?.Mtu ?? 0,
            Uplinks = Devices(s.Pnic),
            TeamingPolicy = s.Spec?.Policy?.NicTeaming?.Policy ?? "",
        }),
        .. _proxies.Select(s => new HostSwitch(s.Key, s.DvsName ?? "", Distributed: true) { Mtu = s.Mtu ?? 0, Uplinks = Devices(s.Pnic) }),
    ];

    public List<VmkernelAdapter> VmkernelAdapters() =>
        [.. (host.Get<ArrayOfHostVirtualNic>("config.network.vnic")?.HostVirtualNic ?? []).Select(Vmkernel)];

    private VmkernelAdapter Vmkernel(HostVirtualNic vmk)
    {
        var plain = new VmkernelAdapter(vmk.Key ?? vmk.Device, vmk.Device)
        {
            IpAddress = vmk.Spec?.Ip?.IpAddress is { Length: > 0 } v4 ? v4 : vmk.Spec?.Ip?.IpV6Config?.IpV6Address?.FirstOrDefault(a => a.Origin != "linklayer")?.IpAddress,
            SubnetMask = vmk.Spec?.Ip?.SubnetMask,
            Dhcp = vmk.Spec?.Ip?.Dhcp ?? false,
            Mac = vmk.Spec?.Mac ?? "",
            Mtu = vmk.Spec?.Mtu ?? 0,
            NetStack = vmk.Spec?.NetStackInstanceKey ?? "",
            Services = [.. _roles.Where(r => IsSelected(r, vmk)).Select(r => r.NicType)],
        };
        if (vmk.Spec?.DistributedVirtualPort is { } port)
        {
            var proxy = _proxies.FirstOrDefault(p => p.DvsUuid == port.SwitchUuid);
            return plain with { PortGroup = port.PortgroupKey ?? "", SwitchKey = proxy?.Key, ActiveUplinks = Devices(proxy?.Pnic) };
        }

        var name = string.IsNullOrEmpty(vmk.Portgroup) ? vmk.Spec?.Portgroup ?? "" : vmk.Portgroup;
        var portGroup = _portGroups.FirstOrDefault(p => p.Spec?.Name == name);
        var order = (portGroup?.ComputedPolicy ?? portGroup?.Spec?.Policy)?.NicTeaming?.NicOrder;
        return plain with
        {
            PortGroup = name,
            SwitchKey = portGroup?.Vswitch ?? _switches.FirstOrDefault(s => s.Name == portGroup?.Spec?.VswitchName)?.Key,
            ActiveUplinks = order?.ActiveNic ?? [],
            StandbyUplinks = order?.StandbyNic ?? [],
            TeamingKnown = order is not null,
            Vlan = portGroup?.Spec?.VlanId,
        };
    }

    // The selected ones are named by keys such as "vsan.key-vim.host.VirtualNic-vmk2".
    private static bool IsSelected(VirtualNicManagerNetConfig role, HostVirtualNic vmk) =>
        (role.SelectedVnic ?? []).Any(key => key == vmk.Key || key.EndsWith($"VirtualNic-{vmk.Device}", StringComparison.Ordinal));

    private List<string> Devices(IEnumerable<string>? keys) => [.. (keys ?? []).Select(key => _nics.FirstOrDefault(n => n.Key == key)?.Device ?? key)];
}
