using Migrate.Planner.Inventory;
using Migrate.Planner.VSphere;
using Migrate.Vim25;
using VirtualDisk = Migrate.Vim25.VirtualDisk;

namespace Migrate.Planner.Tests.VSphere;

public sealed class DeviceMappingTests
{
    private static readonly NetworkNames Networks = new(
        [Object("Network", "network-1", ("name", "VM%2fDMZ")), Object("DistributedVirtualPortgroup", "dvportgroup-7", ("name", "prod")), Object("OpaqueNetwork", "network-o9", ("name", "segment"))],
        [Object("DistributedVirtualPortgroup", "dvportgroup-7", ("key", "dvportgroup-7"))],
        [],
        [Object("OpaqueNetwork", "network-o9", ("summary", new OpaqueNetworkSummary { OpaqueNetworkId = "ls-1" }))]);

    public static TheoryData<VirtualController, string> Controllers() => new()
    {
        { new ParaVirtualSCSIController { Key = 9, BusNumber = 1 }, "scsi1:2" },
        { new VirtualLsiLogicSASController { Key = 9, BusNumber = 0 }, "scsi0:2" },
        { new VirtualIDEController { Key = 9, BusNumber = 1 }, "ide1:2" },
        { new VirtualAHCIController { Key = 9, BusNumber = 3 }, "sata3:2" },
        { new VirtualNVMEController { Key = 9, BusNumber = 0 }, "nvme0:2" },
        { new VirtualPCIController { Key = 9 }, "" },
    };

    [Theory]
    [MemberData(nameof(Controllers))]
    public void A_disk_is_named_as_PerformanceManager_names_it(VirtualController controller, string instance) =>
        new DeviceMapping([controller, new VirtualDisk { Key = 2000, ControllerKey = 9, UnitNumber = 2 }], Networks, isPoweredOn: true).Disks()[0].Instance.ShouldBe(instance);

    public static TheoryData<VirtualDeviceBackingInfo, DiskBacking> Backings() => new()
    {
        { new VirtualDiskFlatVer2BackingInfo(), DiskBacking.Flat },
        { new VirtualDiskFlatVer1BackingInfo(), DiskBacking.Flat },
        { new VirtualDiskSeSparseBackingInfo(), DiskBacking.SeSparse },
        { new VirtualDiskSparseVer2BackingInfo(), DiskBacking.Sparse },
        { new VirtualDiskSparseVer1BackingInfo(), DiskBacking.Sparse },
        { new VirtualDiskRawDiskMappingVer1BackingInfo(), DiskBacking.RawDeviceMapping },
        { new VirtualDiskRawDiskVer2BackingInfo(), DiskBacking.RawDisk },
        { new VirtualDiskPartitionedRawDiskVer2BackingInfo(), DiskBacking.RawDisk },
        { new VirtualDiskLocalPMemBackingInfo(), DiskBacking.PersistentMemory },
        { new VirtualDeviceBackingInfo(), DiskBacking.Unknown },
    };

    [Theory]
    [MemberData(nameof(Backings))]
    public void Every_backing_of_the_contract_has_its_kind(VirtualDeviceBackingInfo backing, DiskBacking kind)
    {
        var disk = new DeviceMapping([new VirtualDisk { Key = 2000, Backing = backing }], Networks, isPoweredOn: true).Disks()[0];
        (disk.Backing, disk.BackingType).ShouldBe((kind, backing.GetType().Name));
    }

    [Fact]
    public void Everything_that_decides_about_a_disk_is_read()
    {
        var disk = new DeviceMapping(
            [
                new VirtualDisk
                {
                    Key = 2001,
                    CapacityInKB = 7,
                    CapacityInBytes = 7 * 1024 + 512,
                    StorageIOAllocation = new StorageIOAllocationInfo { Limit = 500, Reservation = 100, Shares = new SharesInfo { Level = "custom", Shares = 1500 } },
                    Iofilter = ["VMW_vmwarelwd_1.0"],
                    VFlashCacheConfigInfo = new VirtualDiskVFlashCacheConfigInfo { ReservationInMB = 3 },
                    DiskObjectId = "1-2001",
                    VDiskId = new ID { Id = "fcd-1" },
                    NativeUnmanagedLinkedClone = true,
                    GuestReadOnly = true,
                    Backing = new VirtualDiskFlatVer2BackingInfo
                    {
                        FileName = "[vsan] a/a-000002.vmdk",
                        Datastore = new("Datastore", "datastore-5"),
                        DiskMode = "independent_persistent",
                        Sharing = "sharingMultiWriter",
                        ThinProvisioned = true,
                        Uuid = "6000C29a",
                        ChangeId = "52 de/4",
                        BackingObjectId = "vsan-object",
                        KeyId = new CryptoKeyId { KeyId = "key-1", ProviderId = new KeyProviderId { Id = "kms" } },
                        EagerlyScrub = true,
                        WriteThrough = true,
                        DigestEnabled = true,
                        ContentId = "c0",
                        DeltaDiskFormat = "redoLogFormat",
                        DeltaDiskFormatVariant = "vsanSparseVariant",
                        Parent = new VirtualDiskFlatVer2BackingInfo { FileName = "[vsan] a/a-000001.vmdk", Parent = new VirtualDiskFlatVer2BackingInfo { FileName = "[vsan] a/a.vmdk" } },
                    },
                },
            ],
            Networks, isPoweredOn: true).Disks()[0];
        disk.ShouldBeEquivalentTo(new Planner.Inventory.VirtualDisk
        {
            Key = 2001,
            Label = "device 2001",
            CapacityBytes = 7 * 1024 + 512,
            FileName = "[vsan] a/a-000002.vmdk",
            DatastoreKey = "datastore-5",
            Backing = DiskBacking.Flat,
            BackingType = "VirtualDiskFlatVer2BackingInfo",
            DiskMode = "independent_persistent",
            Sharing = "sharingMultiWriter",
            ThinProvisioned = true,
            Uuid = "6000C29a",
            ChangeId = "52 de/4",
            VsanObjectId = "vsan-object",
            EncryptionKeyId = "key-1",
            EncryptionProviderId = "kms",
            EagerlyZeroed = true,
            WriteThrough = true,
            DigestEnabled = true,
            ContentId = "c0",
            DeltaFormat = "redoLogFormat",
            DeltaVariant = "vsanSparseVariant",
            ParentCount = 2,
            ParentFiles = (string[])["[vsan] a/a-000001.vmdk", "[vsan] a/a.vmdk"],
            IopsLimit = 500,
            IopsReservation = 100,
            IopsSharesLevel = "custom",
            IopsShares = 1500,
            IoFilters = (string[])["VMW_vmwarelwd_1.0"],
            FlashCacheBytes = 3 << 20,
            ObjectId = "1-2001",
            FirstClassDiskId = "fcd-1",
            NativeLinkedClone = true,
            GuestReadOnly = true,
        });
    }

    [Fact]
    public void NICs_are_named_by_reference_port_group_or_opaque_id()
    {
        var nics = new DeviceMapping(
            [
                new VirtualVmxnet3 { Key = 1, Backing = new VirtualEthernetCardNetworkBackingInfo { DeviceName = "old", Network = new("Network", "network-1") } },
                new VirtualE1000e { Key = 2, Backing = new VirtualEthernetCardDistributedVirtualPortBackingInfo { Port = new() { PortgroupKey = "dvportgroup-7" } } },
                new VirtualSriovEthernetCard { Key = 3, Backing = new VirtualEthernetCardOpaqueNetworkBackingInfo { OpaqueNetworkId = "ls-1" } },
                new VirtualVmxnet3 { Key = 4, Backing = new VirtualEthernetCardDistributedVirtualPortBackingInfo { Port = new() { PortgroupKey = "hidden" } } },
            ],
            Networks, isPoweredOn: true).Nics();
        nics.Select(n => (n.Type, n.NetworkKey, n.NetworkName)).ShouldBe(
        [
            ("VirtualVmxnet3", "network-1", "VM/DMZ"), ("VirtualE1000e", "dvportgroup-7", "prod"),
            ("VirtualSriovEthernetCard", "network-o9", "segment"), ("VirtualVmxnet3", null, "hidden"),
        ]);
    }

    [Fact]
    public void A_NIC_says_what_it_is_connected_to_and_how()
    {
        var nics = new DeviceMapping(
            [
                new VirtualVmxnet3
                {
                    Key = 1, AddressType = "manual", WakeOnLanEnabled = true, Uptv2Enabled = true, SlotInfo = new VirtualDevicePciBusSlotInfo { PciSlotNumber = 192 },
                    Connectable = new() { StartConnected = true }, Backing = new VirtualEthernetCardDistributedVirtualPortBackingInfo { Port = new() { SwitchUuid = "50 2e" } },
                },
                new VirtualSriovEthernetCard
                {
                    Key = 2, Backing = new VirtualEthernetCardNetworkBackingInfo(),
                    SriovBacking = new() { PhysicalFunctionBacking = new VirtualPCIPassthroughDeviceBackingInfo { Id = "0000:3b:00.0" } },
                },
                new VirtualVmxnet3Vrdma { Key = 3, DeviceProtocol = "rocev2", Backing = new VirtualEthernetCardOpaqueNetworkBackingInfo() },
                new VirtualE1000 { Key = 4 },
            ],
            Networks, isPoweredOn: true).Nics();
        nics.Select(n => (n.Backing, n.PhysicalFunction)).ShouldBe(
            [(NicBacking.Distributed, null), (NicBacking.Standard, "0000:3b:00.0"), (NicBacking.Opaque, "rocev2"), (NicBacking.Unknown, null)]);
        (nics[0].AddressType, nics[0].WakeOnLan, nics[0].UptCompatible, nics[0].PciSlot, nics[0].StartConnected, nics[0].SwitchUuid).ShouldBe(("manual", true, true, 192, true, "50 2e"));
    }

    [Theory]
    [InlineData(true, true, false, true)]
    [InlineData(true, false, true, false)]
    [InlineData(false, false, true, true)]
    [InlineData(false, false, false, false)]
    public void A_NIC_of_a_VM_that_is_off_is_as_connected_as_it_will_be_when_the_VM_starts(bool isPoweredOn, bool connected, bool atStart, bool expected)
    {
        var card = new VirtualVmxnet3 { Key = 1, Connectable = new() { Connected = connected, StartConnected = atStart } };
        new DeviceMapping([card], Networks, isPoweredOn).Nics().Single().Connected.ShouldBe(expected);
    }

    [Fact]
    public void Devices_that_may_stop_a_migration_are_kept_by_type_and_plumbing_is_not()
    {
        var mapping = new DeviceMapping(
            [
                new VirtualPCIController { Key = 100 }, new VirtualKeyboard { Key = 600 }, new VirtualTPM { Key = 11000 }, new VirtualPCIPassthrough { Key = 13000 },
                new VirtualUSBXHCIController { Key = 14000 }, new ParaVirtualSCSIController { Key = 1000, SharedBus = "physicalSharing" },
            ],
            Networks, isPoweredOn: true);
        mapping.Others().Select(d => d.Type).ShouldBe(["VirtualTPM", "VirtualPCIPassthrough", "VirtualUSBXHCIController"]);
        mapping.Controllers().ShouldBe([new DiskController(1000, "ParaVirtualSCSIController", 0, "physicalSharing")]);
    }

    private static ObjectProperties Object(string type, string key, params (string Name, object Value)[] properties) => new(new ObjectContent
    {
        Obj = new(type, key),
        PropSet = [.. properties.Select(p => new DynamicProperty { Name = p.Name, Val = p.Value })],
    });
}
