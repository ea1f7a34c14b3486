using Migrate.Simulator.Estates;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.VirtualMachines;

/// <summary>What VMware Tools report.</summary>
internal static class VmGuest
{
    private const long SmallestSystem = 512L << 20;

    public static DataObject Of(VirtualMachine vm)
    {
        var runs = vm.GuestRuns;
        var result = DataObject.Of(
            "GuestInfo",
            ("toolsVersion", vm.Source.Tools == EstateTools.NotInstalled ? "0" : "12352"),
            ("guestId", runs ? vm.Source.GuestId : null),
            ("guestFamily", runs ? vm.Source.GuestId.StartsWith("win", StringComparison.OrdinalIgnoreCase) ? "windowsGuest" : "linuxGuest" : null),
            ("guestFullName", runs ? vm.Source.GuestName : null),
            ("net", runs ? vm.Source.Nics!.Select((nic, i) => Nic(vm, i)).ToList() : null),
            ("disk", runs && vm.Disks.Count > 0 ? Disks(vm) : null),
            ("ipStack", runs ? new List<DataObject> { Stack(vm) } : null),
            ("guestState", runs ? "running" : "notRunning"),
            ("guestOperationsReady", runs),
            ("interactiveGuestOperationsReady", false),
            ("guestStateChangeSupported", runs));
        Common(vm, result);
        return result;
    }

    public static DataObject Summary(VirtualMachine vm)
    {
        var result = DataObject.Of("VirtualMachineGuestSummary", ("guestId", vm.GuestRuns ? vm.Source.GuestId : null), ("guestFullName", vm.GuestRuns ? vm.Source.GuestName : null));
        Common(vm, result);
        return result;
    }

    private static void Common(VirtualMachine vm, DataObject target)
    {
        var runs = vm.GuestRuns;
        var installed = vm.Source.Tools != EstateTools.NotInstalled;
        target["toolsStatus"] = !installed ? "toolsNotInstalled" : runs ? "toolsOk" : "toolsNotRunning";
        target["toolsVersionStatus"] = installed ? "guestToolsUnmanaged" : "guestToolsNotInstalled";
        target["toolsVersionStatus2"] = installed ? "guestToolsUnmanaged" : "guestToolsNotInstalled";
        target["toolsRunningStatus"] = runs ? "guestToolsRunning" : "guestToolsNotRunning";
        target["hostName"] = runs ? vm.Source.HostName ?? vm.Name : null;
        target["ipAddress"] = runs && vm.Source.Ips.Count > 0 ? vm.Source.Ips[0] : null;
        target["hwVersion"] = vm.Source.HardwareVersion;
    }

    private static DataObject Nic(VirtualMachine vm, int index)
    {
        var ips = index == 0 ? vm.Source.Ips : [];
        return DataObject.Of(
            "GuestNicInfo",
            ("network", vm.Networks[index].Name),
            ("ipAddress", ips),
            ("macAddress", VmNics.Mac(vm, index)),
            ("connected", vm.Source.Nics![index].Connected),
            ("deviceConfigId", 4000 + index),
            ("ipConfig", DataObject.Of("NetIpConfigInfo", ("ipAddress", ips.Select(ip => DataObject.Of(
                "NetIpConfigInfoIpAddress", ("ipAddress", ip), ("prefixLength", 24), ("state", "preferred"))).ToList()))));
    }

    private static DataObject Stack(VirtualMachine vm) => DataObject.Of(
        "GuestStackInfo",
        ("dnsConfig", DataObject.Of("NetDnsConfigInfo", ("dhcp", false), ("hostName", vm.Source.HostName ?? vm.Name), ("domainName", ""), ("ipAddress", vm.Source.Dns.Count > 0 ? vm.Source.Dns : null))),
        ("ipRouteConfig", vm.Source.Gateway is not { } gateway ? null : DataObject.Of("NetIpRouteConfigInfo", ("ipRoute", new List<DataObject>
        {
            DataObject.Of("NetIpRouteConfigInfoIpRoute", ("network", "0.0.0.0"), ("prefixLength", 0), ("gateway", DataObject.Of("NetIpRouteConfigInfoGateway", ("ipAddress", gateway), ("device", "0")))),
        }))));

    private static List<DataObject> Disks(VirtualMachine vm)
    {
        if (vm.Source.GuestDisks is { } disks)
        {
            return [.. disks.Select(d => DataObject.Of(
                "GuestDiskInfo", ("diskPath", d.Path), ("capacity", d.Capacity), ("freeSpace", d.Free), ("filesystemType", d.FileSystem),
                ("mappings", d.Disks.Select(i => DataObject.Of("GuestInfoVirtualDiskMapping", ("key", vm.Disks[i].Key))).ToList())))];
        }

        // A rehearsal's small disk holds no system whose file system would be worth judging.
        var capacity = vm.Disks.Count == 0 ? 0 : vm.Disks[0].CapacityBytes * 9 / 10;
        return capacity < SmallestSystem ? []
            : [DataObject.Of("GuestDiskInfo", ("diskPath", "/"), ("capacity", capacity), ("freeSpace", capacity / 2), ("filesystemType", "ext4"))];
    }
}
