using Migrate.Planner.Inventory;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>A VirtualMachine's properties as our <see cref="Vm"/>.</summary>
internal static class VmMapping
{
    public static readonly string[] Paths =
    [
        "name", "parent", "datastore", "config.uuid", "config.instanceUuid", "config.files.vmPathName", "config.guestId", "config.guestFullName",
        "config.firmware", "config.bootOptions.efiSecureBootEnabled", "config.version", "config.annotation", "config.template", "config.managedBy",
        "config.changeTrackingEnabled", "config.cpuHotAddEnabled", "config.memoryHotAddEnabled",
        "config.flags.diskUuidEnabled", "config.ftInfo", "config.keyId", "config.latencySensitivity",
        "config.hardware.numCPU", "config.hardware.numCoresPerSocket", "config.hardware.memoryMB", "config.hardware.device",
        "runtime.powerState", "runtime.connectionState", "runtime.host", "runtime.consolidationNeeded",
        "guest.hostName", "guest.ipAddress", "guest.net", "guest.toolsRunningStatus", "snapshot.rootSnapshotList",
    ];

    public static Vm Map(ObjectProperties vm, Placement placement, NetworkNames networks, IReadOnlyDictionary<string, ManagedObjectReference?> hostParents)
    {
        var devices = new DeviceMapping(vm.Get<ArrayOfVirtualDevice>("config.hardware.device")?.VirtualDevice ?? [], networks, vm.Text("runtime.powerState") == "poweredOn");
        var parent = vm.Get<ManagedObjectReference>("parent");
        var host = vm.Get<ManagedObjectReference>("runtime.host")?.Value;
        // A VM inside a vApp has no parent folder; its host still tells the datacenter.
        var anchor = parent ?? (host is null ? null : hostParents.GetValueOrDefault(host));
        return new Vm
        {
            Key = vm.Key,
            Name = VimName.Decode(vm.Text("name")) ?? vm.Key,
            InstanceUuid = vm.Text("config.instanceUuid"),
            BiosUuid = vm.Text("config.uuid"),
            PowerState = vm.Text("runtime.powerState") ?? "",
            ConnectionState = vm.Text("runtime.connectionState") ?? "",
            HostKey = host,
            Datacenter = placement.Datacenter(anchor),
            Folder = placement.Folder(parent),
            VmPathName = vm.Text("config.files.vmPathName"),
            GuestId = vm.Text("config.guestId") ?? "",
            GuestFullName = vm.Text("config.guestFullName") ?? "",
            GuestHostName = vm.Text("guest.hostName"),
            IpAddresses = Addresses(vm),
            ToolsStatus = vm.Text("guest.toolsRunningStatus") ?? "",
            Firmware = vm.Text("config.firmware") ?? "bios",
            SecureBoot = vm.Flag("config.bootOptions.efiSecureBootEnabled"),
            HardwareVersion = vm.Text("config.version") ?? "",
            CpuCount = vm.Int("config.hardware.numCPU"),
            CoresPerSocket = vm.Int("config.hardware.numCoresPerSocket"),
            MemoryBytes = vm.Long("config.hardware.memoryMB") * 1024 * 1024,
            CpuHotAddEnabled = vm.Flag("config.cpuHotAddEnabled"),
            MemoryHotAddEnabled = vm.Flag("config.memoryHotAddEnabled"),
            ChangeTrackingEnabled = vm.Flag("config.changeTrackingEnabled"),
            DiskUuidEnabled = vm.Flag("config.flags.diskUuidEnabled"),
            IsTemplate = vm.Flag("config.template"),
            IsManagedByExtension = !string.IsNullOrEmpty(vm.Get<ManagedByInfo>("config.managedBy")?.ExtensionKey),
            FaultToleranceRole = vm.Get<FaultToleranceConfigInfo>("config.ftInfo") switch { null => null, { Role: 1 } => "primary", _ => "secondary" },
            SnapshotCount = Count(vm.Get<ArrayOfVirtualMachineSnapshotTree>("snapshot.rootSnapshotList")?.VirtualMachineSnapshotTree),
            ConsolidationNeeded = vm.Flag("runtime.consolidationNeeded"),
            EncryptionKeyId = vm.Get<CryptoKeyId>("config.keyId")?.KeyId,
            LatencySensitivity = vm.Get<LatencySensitivity>("config.latencySensitivity")?.Level ?? "normal",
            Annotation = vm.Text("config.annotation") ?? "",
            Controllers = devices.Controllers(),
            Disks = devices.Disks(),
            Nics = devices.Nics(),
            OtherDevices = devices.Others(),
            DatastoreKeys = [.. (vm.Get<ArrayOfManagedObjectReference>("datastore")?.ManagedObjectReference ?? []).Select(d => d.Value)],
        };
    }

    private static string[] Addresses(ObjectProperties vm) =>
    [
        .. (vm.Get<ArrayOfGuestNicInfo>("guest.net")?.GuestNicInfo ?? []).SelectMany(n => n.IpAddress ?? [])
            .Prepend(vm.Text("guest.ipAddress")).OfType<string>().Where(a => a.Length > 0).Distinct(),
    ];

    private static int Count(IEnumerable<VirtualMachineSnapshotTree>? trees) => trees?.Sum(t => 1 + Count(t.ChildSnapshotList)) ?? 0;
}
