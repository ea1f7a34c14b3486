using Migrate.Simulator.Estates;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.Hosts;

/// <summary>
/// HBAs as vim25 shows them. iSER has no type of its own: it is an InternetScsiHba that only driver and model tell
/// apart from software iSCSI.
/// </summary>
internal sealed class HostAdapters(Vcenter vcenter, HostSystem host)
{
    public static string Key(EstateAdapter adapter) => $"key-vim.host.{TypeOf(adapter)["Host".Length..]}-{adapter.Device}";

    public DataObject Of(EstateAdapter adapter)
    {
        var (model, driver, pci) = adapter.Kind switch
        {
            EstateAdapterKind.SoftwareIscsi => ("iSCSI Software Adapter", "iscsi_vmk", null),
            EstateAdapterKind.Iser => ("VMware iSCSI over RDMA (iSER) Adapter", "iser", null),
            EstateAdapterKind.FibreChannel => ("LPe35000/LPe36000 Fibre Channel Adapter", "lpfc", "0000:5e:00.0"),
            EstateAdapterKind.NvmeTcp => ("VMware NVMe over TCP Storage Adapter", "nvmetcp", null),
            EstateAdapterKind.NvmePcie => ("PCIe SSD NVMe Controller", "nvme_pcie", "0000:65:00.0"),
            _ => ("Lewisburg SATA AHCI Controller", "vmw_ahci", "0000:00:17.0"),
        };
        var result = DataObject.Of(
            TypeOf(adapter),
            ("key", Key(adapter)),
            ("device", adapter.Device),
            ("bus", pci is null ? 0 : 101),
            ("status", adapter.Status),
            ("model", model),
            ("driver", driver),
            ("pci", pci),
            ("storageProtocol", adapter.Kind is EstateAdapterKind.NvmeTcp or EstateAdapterKind.NvmePcie ? "nvme" : "scsi"));
        switch (adapter.Kind)
        {
            case EstateAdapterKind.SoftwareIscsi or EstateAdapterKind.Iser:
                Iscsi(adapter, result);
                break;
            case EstateAdapterKind.NvmeTcp:
                result["associatedPnic"] = adapter.Nic is null ? null : HostNetwork.NicKey(adapter.Nic);
                break;
            case EstateAdapterKind.FibreChannel:
                var wwn = BitConverter.ToInt64(StableBytes.Of($"wwn/{host.Name}/{adapter.Device}")) & 0xffffffffffff;
                result["portWorldWideName"] = 0x1000000000000000 | wwn;
                result["nodeWorldWideName"] = 0x2000000000000000 | wwn;
                result["portType"] = "fabric";
                result["speed"] = 32L;
                break;
        }

        return result;
    }

    private static string TypeOf(EstateAdapter adapter) => adapter.Kind switch
    {
        EstateAdapterKind.SoftwareIscsi or EstateAdapterKind.Iser => "HostInternetScsiHba",
        EstateAdapterKind.FibreChannel => "HostFibreChannelHba",
        EstateAdapterKind.NvmeTcp => "HostTcpHba",
        EstateAdapterKind.NvmePcie => "HostPcieHba",
        _ => "HostBlockHba",
    };

    private void Iscsi(EstateAdapter adapter, DataObject hba)
    {
        var software = adapter.Kind == EstateAdapterKind.SoftwareIscsi;
        var nic = host.Source.Nics!.FirstOrDefault(n => n.Device == adapter.Nic);
        hba["isSoftwareBased"] = software;
        hba["canBeDisabled"] = software;
        hba["networkBindingSupport"] = software ? "optional" : "required";
        hba["discoveryCapabilities"] = DataObject.Of(
            "HostInternetScsiHbaDiscoveryCapabilities",
            ("iSnsDiscoverySettable", false),
            ("slpDiscoverySettable", false),
            ("staticTargetDiscoverySettable", false),
            ("sendTargetsDiscoverySettable", false));
        hba["discoveryProperties"] = DataObject.Of(
            "HostInternetScsiHbaDiscoveryProperties",
            ("iSnsDiscoveryEnabled", false),
            ("slpDiscoveryEnabled", false),
            ("staticTargetDiscoveryEnabled", true),
            ("sendTargetsDiscoveryEnabled", true));
        hba["authenticationCapabilities"] = DataObject.Of(
            "HostInternetScsiHbaAuthenticationCapabilities",
            ("chapAuthSettable", true),
            ("krb5AuthSettable", false),
            ("srpAuthSettable", false),
            ("spkmAuthSettable", false));
        hba["authenticationProperties"] = DataObject.Of("HostInternetScsiHbaAuthenticationProperties", ("chapAuthEnabled", false));
        hba["ipCapabilities"] = DataObject.Of(
            "HostInternetScsiHbaIPCapabilities",
            ("addressSettable", false),
            ("ipConfigurationMethodSettable", false),
            ("subnetMaskSettable", false),
            ("defaultGatewaySettable", false),
            ("primaryDnsServerAddressSettable", false),
            ("alternateDnsServerAddressSettable", false));
        hba["ipProperties"] = DataObject.Of("HostInternetScsiHbaIPProperties", ("dhcpConfigurationEnabled", false), ("mtu", 9000), ("jumboFramesEnabled", true));
        hba["iScsiName"] = adapter.Iqn ?? $"iqn.1998-01.com.vmware:{host.Name.Split('.')[0]}-{StableBytes.Hex($"iqn/{vcenter.Estate.Seed}/{host.Name}/{adapter.Device}", 8)}";
        hba["iScsiAlias"] = "";
        hba["configuredStaticTarget"] = host.Datastores.Where(d => d.Lun?.Source.Adapter == adapter.Kind).Select(d => DataObject.Of(
            "HostInternetScsiHbaStaticTarget",
            ("address", d.Lun!.Portal(0)),
            ("port", 3260),
            ("iScsiName", d.Lun!.Target))).ToList();
        hba["maxSpeedMb"] = nic?.SpeedMbps;
        hba["currentSpeedMb"] = nic?.SpeedMbps;
    }
}
