using Migrate.Planner.Inventory;

namespace Migrate.Planner.Tests.Inventory;

/// <summary>Inventories and their parts with everything in order; tests change what they are about.</summary>
internal static class Estate
{
    public static readonly DateTime TakenAt = new(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc);

    public static SourceInventory Of(params IReadOnlyList<Vm> vms) => new()
    {
        About = new SourceAbout("VMware vCenter Server 8.0.2", "VirtualCenter", "8.0.2.0", "6a1f0c3e-0000-4000-8000-000000000001"),
        TakenAt = TakenAt,
        Vms = vms,
        Hosts = [Host()],
        Datastores = [Vmfs(), Vsan()],
        Networks = [new Network("network-1", "VM Network", "Network")],
        Clusters = [new Cluster("domain-c1", "cluster1", "dc1", DrsEnabled: false, HaEnabled: true, VsanEnabled: true)],
        Gaps = ["vm-9: no permission to read its configuration"],
    };

    public static Vm Vm(string key = "vm-1", string name = "web01", string powerState = "poweredOff") => new()
    {
        Key = key,
        Name = name,
        InstanceUuid = "5029a1b2-0000-4000-8000-" + Hash(key),
        BiosUuid = "4229a1b2-0000-4000-8000-" + Hash(key),
        PowerState = powerState,
        HostKey = "host-1",
        Datacenter = "dc1",
        Folder = "prod/web",
        VmPathName = $"[iser1] {name}/{name}.vmx",
        GuestId = "rhel9_64Guest",
        GuestFullName = "Red Hat Enterprise Linux 9 (64-bit)",
        GuestHostName = $"{name}.example",
        IpAddresses = ["192.0.2.10"],
        ToolsStatus = "toolsOk",
        HardwareVersion = "vmx-20",
        CpuCount = 2,
        CoresPerSocket = 1,
        MemoryBytes = 2L << 30,
        ChangeTrackingEnabled = true,
        Controllers = [new DiskController(1000, "ParaVirtualSCSIController", 0, "noSharing")],
        Disks = [Disk() with { FileName = $"[iser1] {name}/{name}.vmdk" }],
        Nics = [new Nic(4000, "Network adapter 1", "VirtualVmxnet3", $"00:50:56:{Hash(key)[^6..^4]}:{Hash(key)[^4..^2]}:{Hash(key)[^2..]}", "network-1", "VM Network", Connected: true)],
        OtherDevices = [new OtherDevice(500, "VirtualMachineVideoCard", "Video card", "")],
        DatastoreKeys = ["datastore-1"],
    };

    private static string Hash(string key) => key.GetHashCode(StringComparison.Ordinal).ToString("x12", System.Globalization.CultureInfo.InvariantCulture);

    public static VirtualDisk Disk(int key = 2000, long capacityBytes = 10L << 30) => new()
    {
        Key = key,
        Label = $"Hard disk {key - 1999}",
        CapacityBytes = capacityBytes,
        ControllerKey = 1000,
        UnitNumber = key - 2000,
        Instance = $"scsi0:{key - 2000}",
        Uuid = $"6000C290-0000-4000-8000-{key:x12}",
        FileName = "[iser1] web01/web01.vmdk",
        DatastoreKey = "datastore-1",
        Backing = DiskBacking.Flat,
        BackingType = "VirtualDiskFlatVer2BackingInfo",
        ThinProvisioned = true,
        ChangeId = "52 1c/7",
    };

    public static Datastore Vmfs() => new()
    {
        Key = "datastore-1",
        Name = "iser1",
        Type = "VMFS",
        Datacenter = "dc1",
        CapacityBytes = 1L << 40,
        FreeBytes = 1L << 39,
        VmfsVersion = "6.82",
        Extents = [new VmfsExtent("naa.6e843b6000000000000000000000abcd", 1)],
        HostKeys = ["host-1"],
    };

    public static Datastore Vsan() => new()
    {
        Key = "datastore-2",
        Name = "vsanDatastore",
        Type = "vsan",
        Datacenter = "dc1",
        CapacityBytes = 1L << 42,
        FreeBytes = 1L << 41,
        HostKeys = ["host-1"],
    };

    public static EsxHost Host(string key = "host-1", string name = "esx01.example") => new()
    {
        Key = key,
        Name = name,
        Version = "8.0.2",
        ConnectionState = "connected",
        CpuCores = 16,
        MemoryBytes = 256L << 30,
        ClusterKey = "domain-c1",
        VsanEnabled = true,
        Adapters =
        [
            new StorageAdapter
            {
                Key = "key-vim.host.InternetScsiHba-vmhba64", Device = "vmhba64", Driver = "iser",
                Model = "VMware iSCSI over RDMA (iSER) Adapter", VimType = "HostInternetScsiHba", Kind = AdapterKind.Iser, Reason = "driver is iser",
            },
            new StorageAdapter { Key = "key-vim.host.BlockHba-vmhba0", Device = "vmhba0", Driver = "vmw_ahci", VimType = "HostBlockHba", Kind = AdapterKind.Local },
        ],
        PhysicalNics = [new PhysicalNic("key-vim.host.PhysicalNic-vmnic0", "vmnic0", "nmlx5_core", "00:50:56:aa:00:01", 25_000)],
        Luns =
        [
            new Lun
            {
                Key = "key-vim.host.ScsiDisk-1", CanonicalName = "naa.6e843b6000000000000000000000abcd", Vendor = "QNAP", Model = "iSCSI Storage",
                CapacityBytes = 1L << 40, PathPolicy = "VMW_PSP_RR",
                Paths =
                [
                    new LunPath("vmhba64:C0:T0:L0", "active", true, "key-vim.host.InternetScsiHba-vmhba64", "iqn.2004-04.com.qnap:ts-h1290fx:iscsi.t1.1 192.0.2.10:3260"),
                    new LunPath("vmhba64:C1:T0:L0", "dead", false, "key-vim.host.InternetScsiHba-vmhba64", "iqn.2004-04.com.qnap:ts-h1290fx:iscsi.t1.1 192.0.2.11:3260"),
                ],
            },
        ],
    };
}
