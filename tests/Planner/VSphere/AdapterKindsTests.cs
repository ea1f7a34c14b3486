using Migrate.Planner.Inventory;
using Migrate.Planner.VSphere;
using Migrate.Vim25;
using PhysicalNic = Migrate.Vim25.PhysicalNic;

namespace Migrate.Planner.Tests.VSphere;

public sealed class AdapterKindsTests
{
    private static readonly PhysicalNic Uplink = new() { Key = "key-vim.host.PhysicalNic-vmnic4", Device = "vmnic4", Pci = "0000:3b:00.0" };

    private static readonly HostRdmaDevice Rdma = new()
    {
        Key = "key-vim.host.RdmaDevice-vmrdma0",
        Device = "vmrdma0",
        Backing = new HostRdmaDevicePnicBacking { PairedUplink = Uplink.Key },
    };

    public static TheoryData<HostHostBusAdapter, AdapterKind, string> Adapters() => new()
    {
        { new HostInternetScsiHba { Driver = "iser", Model = "x" }, AdapterKind.Iser, "certain" },
        { new HostInternetScsiHba { Driver = "vmkernel", Model = "VMware iSCSI over RDMA (iSER) Adapter" }, AdapterKind.Iser, "certain" },
        { new HostInternetScsiHba { Driver = "iscsi_vmk", Model = "iSCSI Software Adapter", IsSoftwareBased = true, Pci = Uplink.Pci }, AdapterKind.SoftwareIscsi, "certain" },
        { new HostInternetScsiHba { Driver = "newdriver", Model = "Some adapter", Pci = Uplink.Pci }, AdapterKind.Iser, "probable" },
        { new HostInternetScsiHba { Driver = "qedil", Model = "QLogic", Pci = Uplink.Pci }, AdapterKind.HardwareIscsi, "certain" },
        { new HostInternetScsiHba { Driver = "bnx2i", Model = "Miser adapter", Pci = "0000:01:00.0" }, AdapterKind.HardwareIscsi, "certain" },
        { new HostFibreChannelHba { Driver = "lpfc" }, AdapterKind.FibreChannel, "certain" },
        { new HostFibreChannelOverEthernetHba { Driver = "fnic" }, AdapterKind.Fcoe, "certain" },
        { new HostRdmaHba { Driver = "nvmerdma", AssociatedRdmaDevice = "vmrdma0" }, AdapterKind.NvmeRdma, "certain" },
        { new HostTcpHba { Driver = "nvmetcp" }, AdapterKind.NvmeTcp, "certain" },
        { new HostPcieHba { Driver = "nvme_pcie" }, AdapterKind.NvmePcie, "certain" },
        { new HostPcieHba { Driver = "x", StorageProtocol = "nvme" }, AdapterKind.NvmePcie, "certain" },
        { new HostSerialAttachedHba { Driver = "lsi_msgpt3" }, AdapterKind.Sas, "certain" },
        { new HostBlockHba { Driver = "vmw_ahci" }, AdapterKind.Local, "certain" },
        { new HostHostBusAdapter { Driver = "x" }, AdapterKind.Unknown, "unknown" },
    };

    [Theory]
    [MemberData(nameof(Adapters))]
    public void An_adapter_is_told_by_type_driver_and_model(HostHostBusAdapter hba, AdapterKind kind, string confidence)
    {
        var told = AdapterKinds.Of(hba, [Rdma], [Uplink]);
        (told.Kind, told.Confidence).ShouldBe((kind, confidence));
        told.Reason.ShouldNotBeEmpty();
    }

    [Fact]
    public void An_iSER_adapter_names_the_RDMA_device_on_its_port_among_several()
    {
        var other = new HostRdmaDevice { Device = "vmrdma1", Backing = new HostRdmaDevicePnicBacking { PairedUplink = "elsewhere" } };
        AdapterKinds.Of(new HostInternetScsiHba { Driver = "iser", Pci = Uplink.Pci }, [other, Rdma], [Uplink]).RdmaDevice.ShouldBe("vmrdma0");
        AdapterKinds.Of(new HostInternetScsiHba { Driver = "iser" }, [other, Rdma], [Uplink]).RdmaDevice.ShouldBeNull();
    }
}
