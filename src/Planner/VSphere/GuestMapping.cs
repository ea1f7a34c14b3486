using Migrate.Planner.Inventory;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>What VMware Tools report: interfaces, routes and file systems of the guest.</summary>
internal static class GuestMapping
{
    public static readonly string[] Paths =
    [
        "guest.hostName", "guest.ipAddress", "guest.net", "guest.toolsRunningStatus", "guest.guestId", "guest.guestFullName", "guest.guestFamily",
        "guest.toolsStatus", "guest.toolsVersion", "guest.toolsVersionStatus2", "guest.disk", "guest.ipStack", "config.tools",
    ];

    public static VmGuest Map(ObjectProperties vm) => new()
    {
        GuestId = NotEmpty(vm.Text("guest.guestId")),
        FullName = NotEmpty(vm.Text("guest.guestFullName")),
        Family = NotEmpty(vm.Text("guest.guestFamily")),
        ToolsStatus = vm.Text("guest.toolsStatus"),
        ToolsVersionStatus = vm.Text("guest.toolsVersionStatus2"),
        ToolsVersion = vm.Text("guest.toolsVersion"),
        TimeSyncedWithHost = vm.Get<ToolsConfigInfo>("config.tools")?.SyncTimeWithHost ?? false,
        Nics = [.. (vm.Get<ArrayOfGuestNicInfo>("guest.net")?.GuestNicInfo ?? []).Select(Nic)],
        Disks = [.. (vm.Get<ArrayOfGuestDiskInfo>("guest.disk")?.GuestDiskInfo ?? []).Select(Disk)],
        Stacks = [.. (vm.Get<ArrayOfGuestStackInfo>("guest.ipStack")?.GuestStackInfo ?? []).Select(Stack)],
    };

    public static string[] Addresses(ObjectProperties vm) =>
    [
        .. (vm.Get<ArrayOfGuestNicInfo>("guest.net")?.GuestNicInfo ?? []).SelectMany(n => n.IpAddress ?? [])
            .Prepend(vm.Text("guest.ipAddress")).OfType<string>().Where(a => a.Length > 0).Distinct(),
    ];

    private static GuestNic Nic(GuestNicInfo nic) => new()
    {
        DeviceKey = nic.DeviceConfigId,
        MacAddress = nic.MacAddress ?? "",
        Network = VimName.Decode(nic.Network) ?? "",
        Connected = nic.Connected,
        // ipConfig says more than ipAddress, and is missing from old Tools.
        Addresses = nic.IpConfig?.IpAddress is { Length: > 0 } addresses
            ? [.. addresses.Select(a => new GuestAddress(a.IpAddress ?? "", a.PrefixLength, a.Origin))]
            : [.. (nic.IpAddress ?? []).Select(a => new GuestAddress(a, null, null))],
        DnsServers = nic.DnsConfig?.IpAddress ?? [],
        Dhcp = nic.IpConfig?.Dhcp?.Ipv4?.Enable,
    };

    private static GuestDisk Disk(GuestDiskInfo disk) => new()
    {
        Path = disk.DiskPath ?? "",
        CapacityBytes = disk.Capacity ?? 0,
        FreeBytes = disk.FreeSpace ?? 0,
        FileSystem = NotEmpty(disk.FilesystemType),
        DiskKeys = [.. (disk.Mappings ?? []).Select(m => m.Key)],
    };

    private static GuestStack Stack(GuestStackInfo stack) => new()
    {
        HostName = NotEmpty(stack.DnsConfig?.HostName),
        DomainName = NotEmpty(stack.DnsConfig?.DomainName),
        DnsServers = stack.DnsConfig?.IpAddress ?? [],
        SearchDomains = stack.DnsConfig?.SearchDomain ?? [],
        Gateways =
        [
            .. (stack.IpRouteConfig?.IpRoute ?? []).Where(r => r is { PrefixLength: 0, Network: "0.0.0.0" or "::" })
                .Select(r => r.Gateway?.IpAddress).OfType<string>().Where(a => a.Length > 0).Distinct(),
        ],
        Routes =
        [
            .. (stack.IpRouteConfig?.IpRoute ?? []).Where(r => r.PrefixLength > 0 && r.Network is { Length: > 0 } && r.Gateway?.IpAddress is { Length: > 0 })
                .Select(r => new GuestRoute(r.Network, r.PrefixLength, r.Gateway.IpAddress)).Distinct(),
        ],
    };

    private static string? NotEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
