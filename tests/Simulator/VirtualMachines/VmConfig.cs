using Migrate.Simulator.Inventory;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.VirtualMachines;

internal static class VmConfig
{
    public static DataObject Of(Vcenter vcenter, VirtualMachine vm, VmState state)
    {
        var source = vm.Source;
        return DataObject.Of(
            "VirtualMachineConfigInfo",
            ("changeVersion", vm.Modified.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", System.Globalization.CultureInfo.InvariantCulture)),
            ("modified", vm.Modified),
            ("name", vm.Name),
            ("guestFullName", source.GuestName),
            ("version", source.HardwareVersion),
            ("uuid", vm.BiosUuid),
            ("createDate", vm.Created),
            ("instanceUuid", vm.InstanceUuid),
            ("template", source.Template),
            ("guestId", source.GuestId),
            ("alternateGuestName", ""),
            ("annotation", source.Annotation),
            ("files", Files(vm)),
            ("tools", Tools(vm)),
            ("flags", Flags(vm)),
            ("defaultPowerOps", DataObject.Of("VirtualMachineDefaultPowerOpInfo", ("powerOffType", "soft"), ("suspendType", "hard"), ("resetType", "soft"), ("standbyAction", "checkpoint"))),
            ("hardware", DataObject.Of(
                "VirtualHardware",
                ("numCPU", source.Cpus),
                ("numCoresPerSocket", source.CoresPerSocket),
                ("autoCoresPerSocket", false),
                ("memoryMB", (int)(source.Memory >> 20)),
                ("virtualICH7MPresent", false),
                ("virtualSMCPresent", false),
                ("device", new VmDevices(vm, state).All().ToList()))),
            ("cpuAllocation", Allocation(source.Cpus * 1000, source.Resources.CpuReservation, source.Resources.CpuLimit)),
            ("memoryAllocation", Allocation((int)(source.Memory >> 20) * 10, source.Resources.MemoryReservation >> 20, source.Resources.MemoryLimit >> 20)),
            ("latencySensitivity", DataObject.Of("LatencySensitivity", ("level", source.LatencySensitivity))),
            ("memoryHotAddEnabled", source.Resources.MemoryHotAdd),
            ("cpuHotAddEnabled", source.Resources.CpuHotAdd),
            ("cpuHotRemoveEnabled", false),
            ("cpuAffinity", source.CpuAffinity.Count == 0 ? null : DataObject.Of("VirtualMachineAffinityInfo", ("affinitySet", source.CpuAffinity.Select(Cpu).ToList()))),
            ("memoryAffinity", source.Resources.NumaNodes.Count == 0 ? null : DataObject.Of("VirtualMachineAffinityInfo", ("affinitySet", source.Resources.NumaNodes))),
            ("numaInfo", source.Resources.CoresPerNumaNode is { } cores ? DataObject.Of("VirtualMachineVirtualNumaInfo", ("coresPerNumaNode", cores), ("autoCoresPerNumaNode", false)) : null),
            ("extraConfig", ExtraConfig(vm, state)),
            ("datastoreUrl", vm.Datastores.Select(d => DataObject.Of("VirtualMachineConfigInfoDatastoreUrlPair", ("name", d.Name), ("url", d.Url[5..]))).ToList()),
            ("swapPlacement", source.SwapPlacement),
            ("bootOptions", DataObject.Of("VirtualMachineBootOptions", ("bootDelay", 0L), ("enterBIOSSetup", false), ("efiSecureBootEnabled", source.SecureBoot), ("bootRetryEnabled", false))),
            ("ftInfo", FaultTolerance(vcenter, vm)),
            ("vAssertsEnabled", false),
            ("changeTrackingEnabled", state.ChangeTracking),
            ("firmware", source.Firmware),
            ("maxMksConnections", 40),
            ("managedBy", ManagedBy(vm)),
            ("memoryReservationLockedToMax", source.LatencySensitivity == "high" || source.Resources.MemoryLocked),
            ("nestedHVEnabled", source.Resources.NestedVirtualization),
            ("vPMCEnabled", source.Resources.PerformanceCounters),
            ("keyId", source.KeyId is null ? null : Key(source.KeyId)),
            ("migrateEncryption", source.KeyId is null ? "opportunistic" : "required"),
            ("ftEncryptionMode", "ftEncryptionOpportunistic"),
            ("tdxEnabled", source.Tdx));
    }

    public static DataObject Key(string id) =>
        DataObject.Of("CryptoKeyId", ("keyId", id), ("providerId", DataObject.Of("KeyProviderId", ("id", "key-provider-1"))));

    public static DataObject? ManagedBy(VirtualMachine vm) => vm.Source.ManagedBy is null ? null
        : DataObject.Of("ManagedByInfo", ("extensionKey", vm.Source.ManagedBy), ("type", "cluster-agent"));

    public static DataObject? FaultTolerance(Vcenter vcenter, VirtualMachine vm)
    {
        if (vm.Source.FaultTolerance is not { } role)
        {
            return null;
        }

        // The partner is the other VM of the same name with another role's suffix; alone, a VM is its own peer's stand-in.
        var partner = vcenter.All<VirtualMachine>().FirstOrDefault(v => v != vm && v.Source.FaultTolerance is not null) ?? vm;
        var uuids = new[] { vm.InstanceUuid, partner.InstanceUuid };
        var paths = new[] { vm.VmPathName, partner.VmPathName };
        return role == "secondary"
            ? DataObject.Of("FaultToleranceSecondaryConfigInfo", ("role", 2), ("instanceUuids", uuids), ("configPaths", paths), ("primaryVM", partner.Ref))
            : DataObject.Of("FaultTolerancePrimaryConfigInfo", ("role", 1), ("instanceUuids", uuids), ("configPaths", paths), ("secondaries", new[] { partner.Ref }));
    }

    private static int Cpu(string text) => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private static DataObject Files(VirtualMachine vm)
    {
        var directory = $"[{vm.Home.Name}] {vm.Name}/";
        return DataObject.Of("VirtualMachineFileInfo", ("vmPathName", vm.VmPathName), ("snapshotDirectory", vm.Source.SnapshotDirectory ?? directory), ("suspendDirectory", directory), ("logDirectory", directory));
    }

    private static DataObject Tools(VirtualMachine vm) => DataObject.Of(
        "ToolsConfigInfo",
        ("toolsVersion", vm.Source.Tools == Estates.EstateTools.NotInstalled ? 0 : 12352),
        ("afterPowerOn", true),
        ("afterResume", true),
        ("beforeGuestStandby", true),
        ("beforeGuestShutdown", true),
        ("toolsUpgradePolicy", "manual"),
        ("syncTimeWithHost", false));

    private static DataObject Flags(VirtualMachine vm) => DataObject.Of(
        "VirtualMachineFlagInfo",
        ("disableAcceleration", false),
        ("enableLogging", true),
        ("useToe", false),
        ("runWithDebugInfo", false),
        ("monitorType", "release"),
        ("htSharing", "any"),
        ("snapshotDisabled", false),
        ("snapshotLocked", false),
        ("diskUuidEnabled", vm.Source.DiskUuidEnabled),
        ("virtualMmuUsage", "automatic"),
        ("virtualExecUsage", "hvAuto"),
        ("snapshotPowerOffBehavior", "powerOff"),
        ("recordReplayEnabled", false),
        ("faultToleranceType", vm.Source.FaultTolerance is null ? "unset" : "checkpointing"),
        ("vbsEnabled", false));

    private static DataObject Allocation(int shares, long reservation, long? limit) => DataObject.Of(
        "ResourceAllocationInfo",
        ("reservation", reservation),
        ("expandableReservation", false),
        ("limit", limit ?? -1L),
        ("shares", DataObject.Of("SharesInfo", ("shares", shares), ("level", "normal"))));

    private static List<DataObject> ExtraConfig(VirtualMachine vm, VmState state)
    {
        var options = new List<(string Key, string Value)>
        {
            ("nvram", $"{vm.Name}.nvram"),
            ("disk.EnableUUID", vm.Source.DiskUuidEnabled ? "TRUE" : "FALSE"),
        };
        if (state.ChangeTracking)
        {
            options.Add(("ctkEnabled", "TRUE"));
            options.AddRange(vm.Disks.Where(d => d.TakesSnapshots).Select(d => ($"{d.Instance}.ctkEnabled", "TRUE")));
        }

        options.AddRange(vm.Source.Extra.Select(e => (e.Key, e.Value)));
        return [.. options.Select(o => DataObject.Of("OptionValue", ("key", o.Key), ("value", o.Value)))];
    }
}
