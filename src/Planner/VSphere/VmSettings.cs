using Migrate.Planner.Inventory;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>What a VM is granted, how it starts, what protects it and what is going on with it.</summary>
internal static class VmSettings
{
    private const long MiB = 1024 * 1024;

    public static readonly string[] Paths =
    [
        "config.cpuAllocation", "config.memoryAllocation", "config.memoryReservationLockedToMax", "config.cpuAffinity", "config.memoryAffinity",
        "config.numaInfo", "config.hardware.autoCoresPerSocket", "config.hardware.simultaneousThreads", "config.hardware.motherboardLayout",
        "config.nestedHVEnabled", "config.vPMCEnabled", "config.bootOptions", "config.flags", "config.keyId", "config.migrateEncryption",
        "config.ftEncryptionMode", "config.sgxInfo", "config.sevEnabled", "config.tdxEnabled", "config.forkConfigInfo", "config.repConfig", "config.vAppConfig",
        "runtime.cryptoState", "runtime.question", "runtime.bootTime", "runtime.suspendTime", "runtime.instantCloneFrozen", "runtime.faultToleranceState",
        "runtime.needSecondaryReason",
    ];

    public static VmResources Resources(ObjectProperties vm)
    {
        var numa = vm.Get<VirtualMachineVirtualNumaInfo>("config.numaInfo");
        var threads = vm.Int("config.hardware.simultaneousThreads");
        return new VmResources
        {
            Cpu = Allocation(vm.Get<ResourceAllocationInfo>("config.cpuAllocation"), 1),
            Memory = Allocation(vm.Get<ResourceAllocationInfo>("config.memoryAllocation"), MiB),
            MemoryReservationLocked = vm.Flag("config.memoryReservationLockedToMax"),
            CpuAffinity = vm.Get<VirtualMachineAffinityInfo>("config.cpuAffinity")?.AffinitySet ?? [],
            MemoryAffinity = vm.Get<VirtualMachineAffinityInfo>("config.memoryAffinity")?.AffinitySet ?? [],
            CoresPerNumaNode = numa?.CoresPerNumaNode,
            AutoCoresPerNumaNode = numa?.AutoCoresPerNumaNode ?? false,
            NumaWithCpuHotAdd = numa?.VnumaOnCpuHotaddExposed ?? false,
            AutoCoresPerSocket = vm.Flag("config.hardware.autoCoresPerSocket"),
            ThreadsPerCore = threads > 0 ? threads : null,
            NestedVirtualization = vm.Flag("config.nestedHVEnabled"),
            PerformanceCounters = vm.Flag("config.vPMCEnabled"),
            MotherboardLayout = vm.Text("config.hardware.motherboardLayout"),
        };
    }

    public static VmBoot Boot(ObjectProperties vm) => vm.Get<VirtualMachineBootOptions>("config.bootOptions") is not { } options ? new() : new VmBoot
    {
        Order =
        [
            .. (options.BootOrder ?? []).Select(device => device switch
            {
                VirtualMachineBootOptionsBootableDiskDevice disk => new BootDevice("disk", disk.DeviceKey),
                VirtualMachineBootOptionsBootableEthernetDevice nic => new BootDevice("nic", nic.DeviceKey),
                VirtualMachineBootOptionsBootableCdromDevice => new BootDevice("cdrom", null),
                VirtualMachineBootOptionsBootableFloppyDevice => new BootDevice("floppy", null),
                _ => new BootDevice(device.GetType().Name, null),
            }),
        ],
        DelayMilliseconds = options.BootDelay ?? 0,
        RetryDelayMilliseconds = options.BootRetryEnabled ?? false ? options.BootRetryDelay ?? 0 : null,
        EnterSetup = options.EnterBIOSSetup ?? false,
        NetworkProtocol = options.NetworkBootProtocol,
    };

    public static VmSecurity Security(ObjectProperties vm, bool hasTpm)
    {
        var flags = vm.Get<VirtualMachineFlagInfo>("config.flags");
        var sgx = vm.Get<VirtualMachineSgxInfo>("config.sgxInfo");
        return new VmSecurity
        {
            KeyProviderId = vm.Get<CryptoKeyId>("config.keyId")?.ProviderId?.Id,
            MigrateEncryption = vm.Text("config.migrateEncryption"),
            FaultToleranceEncryption = vm.Text("config.ftEncryptionMode"),
            CryptoState = vm.Text("runtime.cryptoState"),
            HasVirtualTpm = hasTpm,
            SgxBytes = (sgx?.EpcSize ?? 0) * MiB,
            SgxAttestation = sgx?.RequireAttestation ?? false,
            SevEnabled = vm.Flag("config.sevEnabled"),
            TdxEnabled = vm.Flag("config.tdxEnabled"),
            VbsEnabled = flags?.VbsEnabled ?? false,
            IommuEnabled = flags?.VvtdEnabled ?? false,
        };
    }

    public static VmState State(ObjectProperties vm)
    {
        var flags = vm.Get<VirtualMachineFlagInfo>("config.flags");
        var fork = vm.Get<VirtualMachineForkConfigInfo>("config.forkConfigInfo");
        return new VmState
        {
            Question = vm.Get<VirtualMachineQuestionInfo>("runtime.question")?.Text,
            BootedAt = vm.Moment("runtime.bootTime"),
            SuspendedAt = vm.Moment("runtime.suspendTime"),
            InstantCloneFrozen = vm.Flag("runtime.instantCloneFrozen"),
            InstantClone = fork is not null && (fork.ParentEnabled == true || !string.IsNullOrEmpty(fork.ChildForkGroupId) || !string.IsNullOrEmpty(fork.ParentForkGroupId)),
            FaultToleranceState = vm.Text("runtime.faultToleranceState") ?? "notConfigured",
            NeedSecondaryReason = vm.Text("runtime.needSecondaryReason") is { Length: > 0 } reason ? reason : null,
            FaultToleranceType = flags?.FaultToleranceType,
            SnapshotsDisabled = flags?.SnapshotDisabled ?? false,
            SnapshotsLocked = flags?.SnapshotLocked ?? false,
        };
    }

    public static VmReplication? Replication(ObjectProperties vm) => vm.Get<ReplicationConfigSpec>("config.repConfig") is { } r
        ? new VmReplication(r.VmReplicationId ?? "", r.Destination ?? "", r.Rpo, r.Paused, [.. (r.Disk ?? []).Select(d => d.Key)])
        : null;

    public static OvfEnvironment? Ovf(ObjectProperties vm) => vm.Get<VmConfigInfo>("config.vAppConfig") is { } v
        ? new OvfEnvironment(v.OvfEnvironmentTransport ?? [], [.. (v.Property ?? []).Select(p => p.Id ?? "").Where(id => id.Length > 0)])
        : null;

    private static Allocation Allocation(ResourceAllocationInfo? info, long unit) => info is null ? new() : new Allocation
    {
        Reservation = (info.Reservation ?? 0) * unit,
        // -1 is vSphere's "unlimited".
        Limit = info.Limit is { } limit and >= 0 ? limit * unit : null,
        SharesLevel = info.Shares?.Level ?? "normal",
        Shares = info.Shares?.Shares ?? 0,
    };
}
