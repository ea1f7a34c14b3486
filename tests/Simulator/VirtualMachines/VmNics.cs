using Migrate.Simulator.Estates;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.VirtualMachines;

internal sealed class VmNics(VirtualMachine vm)
{
    public static string Mac(VirtualMachine vm, int index) => vm.Source.Nics![index].Mac ?? StableBytes.Mac($"vm/{vm.InstanceUuid}/{index}");

    public DataObject Of(EstateVmNic nic, int index)
    {
        var network = vm.Networks[index];
        var type = nic.Type switch
        {
            "e1000" => "VirtualE1000",
            "e1000e" => "VirtualE1000e",
            "vmxnet2" => "VirtualVmxnet2",
            "sriov" => "VirtualSriovEthernetCard",
            _ => "VirtualVmxnet3",
        };
        var result = VmDevices.Device(type, 4000 + index, $"Network adapter {index + 1}", network.Name, 100, 7 + index);
        result["backing"] = Backing(network, index);
        result["connectable"] = DataObject.Of(
            "VirtualDeviceConnectInfo",
            ("migrateConnect", "unset"),
            ("startConnected", nic.Connected),
            ("allowGuestControl", true),
            ("connected", nic.Connected && vm.State.Power == "poweredOn"),
            ("status", vm.State.Power == "poweredOn" ? "ok" : "untried"));
        result["addressType"] = nic.Mac is null ? "assigned" : "manual";
        result["macAddress"] = Mac(vm, index);
        result["wakeOnLanEnabled"] = true;
        if (type == "VirtualSriovEthernetCard")
        {
            result["allowGuestOSMtuChange"] = false;
            result["sriovBacking"] = DataObject.Of(
                "VirtualSriovEthernetCardSriovBackingInfo",
                ("physicalFunctionBacking", VmExtras.PciBacking("0000:3b:00.0", "ConnectX-6 Dx")));
        }

        return result;
    }

    private static DataObject Backing(Network network, int index) => network is DistributedPortgroup portgroup
        ? DataObject.Of(
            "VirtualEthernetCardDistributedVirtualPortBackingInfo",
            ("port", DataObject.Of(
                "DistributedVirtualSwitchPortConnection",
                ("switchUuid", portgroup.Switch.Uuid),
                ("portgroupKey", portgroup.Ref.Id),
                ("portKey", (10 + index).ToString(System.Globalization.CultureInfo.InvariantCulture)),
                ("connectionCookie", 1000 + index))))
        : DataObject.Of("VirtualEthernetCardNetworkBackingInfo", ("deviceName", network.Name), ("useAutoDetect", false), ("network", network.Ref));
}
