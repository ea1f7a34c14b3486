using System.Text.RegularExpressions;
using Migrate.Planner.Inventory;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>
/// What an HBA is. vim25 has no type for iSER: such an adapter is a HostInternetScsiHba that differs from the others only in the
/// strings of its driver and model, so the answer carries how sure it is and why.
/// </summary>
internal static partial class AdapterKinds
{
    /// <summary>Drivers of iSCSI offload cards. Their ports may have RDMA devices too, without being iSER.</summary>
    private static readonly string[] OffloadDrivers = ["bnx2i", "qedil", "be2iscsi", "elxiscsi", "qla4xxx", "cxgb4i", "qlnativeiscsi"];

    public static (AdapterKind Kind, string Confidence, string Reason, string? RdmaDevice) Of(
        HostHostBusAdapter hba, IReadOnlyList<HostRdmaDevice> rdma, IReadOnlyList<Vim25.PhysicalNic> nics) => hba switch
        {
            HostInternetScsiHba iscsi => Iscsi(iscsi, rdma, nics),
            HostFibreChannelOverEthernetHba => (AdapterKind.Fcoe, "certain", "vim25 type", null),
            HostFibreChannelHba when hba.StorageProtocol == "nvme" => (AdapterKind.NvmeFc, "certain", "vim25 type with storage protocol nvme", null),
            HostFibreChannelHba => (AdapterKind.FibreChannel, "certain", "vim25 type", null),
            HostRdmaHba b => (AdapterKind.NvmeRdma, "certain", "vim25 type", DeviceName(b.AssociatedRdmaDevice, rdma)),
            HostTcpHba => (AdapterKind.NvmeTcp, "certain", "vim25 type", null),
            HostSerialAttachedHba => (AdapterKind.Sas, "certain", "vim25 type", null),
            HostPcieHba when hba.StorageProtocol == "nvme" => (AdapterKind.NvmePcie, "certain", "vim25 type with storage protocol nvme", null),
            HostPcieHba when Has(hba.Driver, "nvme") => (AdapterKind.NvmePcie, "certain", $"vim25 type with driver {hba.Driver}", null),
            HostPcieHba or HostBlockHba or HostParallelScsiHba => (AdapterKind.Local, "certain", "vim25 type", null),
            _ => (AdapterKind.Unknown, "unknown", "the server sent a type of adapter that is not known here", null),
        };

    private static (AdapterKind, string, string, string?) Iscsi(HostInternetScsiHba hba, IReadOnlyList<HostRdmaDevice> rdma, IReadOnlyList<Vim25.PhysicalNic> nics)
    {
        var device = SharesPort(hba, rdma, nics) ?? (rdma.Count == 1 ? rdma[0] : null);
        if (Has(hba.Driver, "iser"))
        {
            return (AdapterKind.Iser, "certain", $"driver {hba.Driver}", device?.Device);
        }

        if (IserModel().IsMatch(hba.Model ?? ""))
        {
            return (AdapterKind.Iser, "certain", $"model \"{hba.Model?.Trim()}\"", device?.Device);
        }

        if (hba.IsSoftwareBased || hba.Driver == "iscsi_vmk")
        {
            return (AdapterKind.SoftwareIscsi, "certain", $"driver {hba.Driver}", null);
        }

        if (SharesPort(hba, rdma, nics) is { } port && !OffloadDrivers.Contains(hba.Driver))
        {
            return (AdapterKind.Iser, "probable", $"on the port of RDMA device {port.Device}, and driver {hba.Driver} is no known iSCSI offload", port.Device);
        }

        return (AdapterKind.HardwareIscsi, "certain", $"iSCSI adapter with driver {hba.Driver}", null);
    }

    /// <summary>
    /// What the bindings of an adapter add: the RDMA device and uplink that carry it, and where driver and model leave open what it is,
    /// that it goes over nothing but ports with RDMA.
    /// </summary>
    public static StorageAdapter WithBindings(EsxHost host, StorageAdapter adapter)
    {
        var uplinks = (adapter.PortBindings ?? []).Select(b => host.PhysicalNics.FirstOrDefault(n => n.Device == b.Uplink)).OfType<Inventory.PhysicalNic>().ToList();
        List<RdmaDevice> devices = [.. uplinks.Select(n => host.RdmaDevices.FirstOrDefault(d => d.PairedUplinkKey == n.Key || d.Key == n.RdmaDeviceKey)).OfType<RdmaDevice>()];
        if (adapter.Kind == AdapterKind.HardwareIscsi && devices.Count > 0 && devices.Count == uplinks.Count && !OffloadDrivers.Contains(adapter.Driver))
        {
            adapter = adapter with
            {
                Kind = AdapterKind.Iser,
                Confidence = "probable",
                Reason = $"bound over {string.Join(", ", uplinks.Select(n => n.Device))} with RDMA device {devices[0].Device}, and driver {adapter.Driver} is no known iSCSI offload",
            };
        }

        return adapter.Kind == AdapterKind.Iser && devices.Count > 0
            ? adapter with { RdmaDevice = devices[0].Device, Uplink = uplinks[0].Device }
            : adapter;
    }

    private static string? DeviceName(string? keyOrDevice, IReadOnlyList<HostRdmaDevice> rdma) => rdma.FirstOrDefault(d => d.Key == keyOrDevice)?.Device ?? keyOrDevice;

    /// <summary>The RDMA device whose uplink sits at the adapter's PCI address.</summary>
    private static HostRdmaDevice? SharesPort(HostInternetScsiHba hba, IReadOnlyList<HostRdmaDevice> rdma, IReadOnlyList<Vim25.PhysicalNic> nics) =>
        string.IsNullOrEmpty(hba.Pci)
            ? null
            : rdma.FirstOrDefault(d => d.Backing is HostRdmaDevicePnicBacking uplink && nics.Any(n => n.Key == uplink.PairedUplink && n.Pci == hba.Pci));

    private static bool Has(string? text, string part) => text?.Contains(part, StringComparison.OrdinalIgnoreCase) ?? false;

    [GeneratedRegex(@"\biser\b|iSCSI over RDMA", RegexOptions.IgnoreCase)]
    private static partial Regex IserModel();
}
