using Migrate.Planner.Inventory;
using Migrate.Vim25;
using VirtualDisk = Migrate.Planner.Inventory.VirtualDisk;

namespace Migrate.Planner.VSphere;

/// <summary>A VirtualMachine's properties as our <see cref="Vm"/>.</summary>
internal static class VmMapping
{
    public static readonly string[] Paths =
    [
        "name", "parent", "datastore", "network", "resourcePool", "customValue", "config.uuid", "config.instanceUuid", "config.files.vmPathName", "config.files.snapshotDirectory", "config.files.logDirectory", "config.swapPlacement",
        "config.guestId", "config.guestFullName", "config.firmware", "config.version", "config.annotation", "config.template", "config.managedBy",
        "config.changeTrackingEnabled", "config.cpuHotAddEnabled", "config.memoryHotAddEnabled", "config.ftInfo", "config.latencySensitivity",
        "config.extraConfig", "config.hardware.numCPU", "config.hardware.numCoresPerSocket", "config.hardware.memoryMB", "config.hardware.device",
        "runtime.powerState", "runtime.connectionState", "runtime.host", "runtime.consolidationNeeded", "capability.changeTrackingSupported",
        "snapshot", "layoutEx", "summary.storage",
        .. VmSettings.Paths, .. GuestMapping.Paths,
    ];

    public static Vm Map(
        ObjectProperties vm, Placement placement, NetworkNames networks, ResourcePools pools, CustomFields fields, IReadOnlyDictionary<string, ManagedObjectReference?> hostParents)
    {
        var layout = vm.Get<VirtualMachineFileLayoutEx>("layoutEx");
        var extra = vm.Get<ArrayOfOptionValue>("config.extraConfig")?.OptionValue;
        var told = vm.Get<ArrayOfVirtualDevice>("config.hardware.device");
        var all = told?.VirtualDevice ?? [];
        var devices = new DeviceMapping(all, networks, vm.Text("runtime.powerState") == "poweredOn");
        var parent = vm.Get<ManagedObjectReference>("parent");
        var host = vm.Get<ManagedObjectReference>("runtime.host")?.Value;
        // A VM inside a vApp has no parent folder; its host still tells the datacenter.
        var anchor = parent ?? (host is null ? null : hostParents.GetValueOrDefault(host));
        var pool = vm.Get<ManagedObjectReference>("resourcePool");
        var (poolPath, vApp) = pools.Of(pool);
        var managedBy = vm.Get<ManagedByInfo>("config.managedBy");
        var snapshots = SnapshotMapping.Map(vm.Get<VirtualMachineSnapshotInfo>("snapshot"), layout);
        var flags = vm.Get<VirtualMachineFlagInfo>("config.flags");
        var vmx = vm.Text("config.files.vmPathName");
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
            ResourcePoolKey = pool?.Value,
            ResourcePool = poolPath,
            VApp = vApp,
            VmPathName = vmx,
            GuestId = vm.Text("config.guestId") ?? "",
            GuestFullName = vm.Text("config.guestFullName") ?? "",
            GuestHostName = vm.Text("guest.hostName"),
            IpAddresses = GuestMapping.Addresses(vm),
            ToolsStatus = vm.Text("guest.toolsRunningStatus") ?? "",
            Firmware = vm.Text("config.firmware") ?? "bios",
            SecureBoot = vm.Get<VirtualMachineBootOptions>("config.bootOptions")?.EfiSecureBootEnabled ?? false,
            HardwareVersion = vm.Text("config.version") ?? "",
            CpuCount = vm.Int("config.hardware.numCPU"),
            CoresPerSocket = vm.Int("config.hardware.numCoresPerSocket"),
            MemoryBytes = vm.Long("config.hardware.memoryMB") * 1024 * 1024,
            CpuHotAddEnabled = vm.Flag("config.cpuHotAddEnabled"),
            MemoryHotAddEnabled = vm.Flag("config.memoryHotAddEnabled"),
            ChangeTrackingEnabled = vm.Flag("config.changeTrackingEnabled"),
            ChangeTrackingSupported = vm.FlagOrNone("capability.changeTrackingSupported"),
            DiskUuidEnabled = flags?.DiskUuidEnabled ?? AdvancedSettings.Flag(extra, "disk.EnableUUID") ?? false,
            IsTemplate = vm.Flag("config.template"),
            IsManagedByExtension = !string.IsNullOrEmpty(managedBy?.ExtensionKey),
            ManagedBy = string.IsNullOrEmpty(managedBy?.ExtensionKey) ? null : new ManagedBy(managedBy.ExtensionKey, managedBy.Type ?? ""),
            FaultToleranceRole = vm.Get<FaultToleranceConfigInfo>("config.ftInfo") switch { null => null, { Role: 1 } => "primary", _ => "secondary" },
            SnapshotCount = snapshots.Count,
            Snapshots = snapshots,
            ConsolidationNeeded = vm.Flag("runtime.consolidationNeeded"),
            EncryptionKeyId = vm.Get<CryptoKeyId>("config.keyId")?.KeyId,
            LatencySensitivity = vm.Get<LatencySensitivity>("config.latencySensitivity")?.Level ?? "normal",
            Annotation = vm.Text("config.annotation") ?? "",
            CustomAttributes = fields.Of(vm),
            Resources = VmSettings.Resources(vm),
            Boot = VmSettings.Boot(vm),
            Security = VmSettings.Security(vm, all.Any(d => d is VirtualTPM)),
            State = VmSettings.State(vm),
            Guest = GuestMapping.Map(vm),
            Storage = LayoutMapping.Map(vm.Get<VirtualMachineStorageSummary>("summary.storage"), layout) with
            {
                SwapPlacement = vm.Text("config.swapPlacement"),
                SnapshotDirectory = Elsewhere(vm.Text("config.files.snapshotDirectory"), vmx),
                LogDirectory = Elsewhere(vm.Text("config.files.logDirectory"), vmx),
            },
            Replication = VmSettings.Replication(vm),
            OvfEnvironment = VmSettings.Ovf(vm),
            AdvancedSettings = AdvancedSettings.Of(extra),
            Controllers = devices.Controllers(),
            Disks = Disks(devices, layout, extra),
            Nics = devices.Nics(),
            OtherDevices = devices.Others(),
            UnreadDevices = told is null
                ? [new UnreadDevice("VirtualHardware", "Every device", "the source did not give the VM's configuration")]
                : vm.Unread("config.hardware.device"),
            DatastoreKeys = Keys(vm, "datastore"),
            NetworkKeys = Keys(vm, "network"),
        };
    }

    /// <summary>With what stands elsewhere than at the device: its size on the datastore, and its key in the .vmx.</summary>
    private static IReadOnlyList<VirtualDisk> Disks(DeviceMapping devices, VirtualMachineFileLayoutEx? layout, OptionValue[]? extra)
    {
        var sizes = LayoutMapping.DiskSizes(layout);
        return
        [
            .. devices.Disks().Select(disk => disk with
            {
                CommittedBytes = sizes.TryGetValue(disk.Key, out var size) ? size.Committed : null,
                DeltaBytes = sizes.TryGetValue(disk.Key, out size) ? size.Delta : null,
                ChangeTrackingKey = disk.Instance.Length == 0 ? null : AdvancedSettings.Flag(extra, disk.Instance + ".ctkEnabled"),
            }),
        ];
    }

    /// <summary>The directory, when it is not that of the .vmx.</summary>
    private static string? Elsewhere(string? directory, string? vmx)
    {
        var home = vmx?[..(Math.Max(vmx.LastIndexOf('/'), vmx.LastIndexOf(']')) + 1)].Trim().TrimEnd('/');
        return directory?.Trim().TrimEnd('/') is { Length: > 0 } own && own != home ? own : null;
    }

    private static string[] Keys(ObjectProperties vm, string path) => [.. (vm.Get<ArrayOfManagedObjectReference>(path)?.ManagedObjectReference ?? []).Select(r => r.Value)];
}
