using Migrate.Planner.Inventory;
using Migrate.Planner.Offline.Vmdk;

namespace Migrate.Planner.Offline.Vmx;

/// <summary>The settings of a .vmx file as our <see cref="Vm"/>. Defaults are those that VMware takes when a setting is not there.</summary>
internal static class VmxMapping
{
    private const int DefaultMemoryMB = 32;
    private const long MegaByte = 1 << 20;

    public static Vm Map(VmxSettings vmx, IReadOnlyList<Snapshot> snapshots, string path, string name, string key, LocalDisks files, Problems problems)
    {
        var drives = new VmxDrives(vmx, path, name, files, problems);
        var devices = new VmxDevices(vmx, name, problems);
        var guest = vmx["guestOS"] ?? "";
        var disks = drives.Disks(); // Before what they found broken is asked for.
        return new Vm
        {
            Key = key,
            Name = vmx["displayName"] ?? Path.GetFileNameWithoutExtension(path),
            InstanceUuid = vmx.Uuid("vc.uuid") ?? OfflineKey.InstanceUuidOf(key),
            BiosUuid = vmx.Uuid("uuid.bios"),
            PowerState = PowerState(vmx, path),
            Folder = Path.GetDirectoryName(name)?.Replace('\\', '/') ?? "",
            VmPathName = path,
            GuestId = VmxGuest.IdOf(guest),
            GuestFullName = VmxGuest.FullNameOf(vmx) ?? guest,
            Firmware = vmx["firmware"]?.ToLowerInvariant() ?? "bios",
            SecureBoot = vmx.Flag("uefi.secureBoot.enabled"),
            HardwareVersion = vmx.Number("virtualHW.version") is { } version ? $"vmx-{version:00}" : "",
            CpuCount = Positive(vmx, "numvcpus", 1, name, problems),
            CoresPerSocket = Positive(vmx, "cpuid.coresPerSocket", 1, name, problems),
            MemoryBytes = Positive(vmx, "memsize", DefaultMemoryMB, name, problems) * MegaByte,
            CpuHotAddEnabled = vmx.Flag("vcpu.hotadd"),
            MemoryHotAddEnabled = vmx.Flag("mem.hotadd"),
            ChangeTrackingEnabled = vmx.Flag("ctkEnabled"),
            DiskUuidEnabled = vmx.Flag("disk.EnableUUID"),
            IsTemplate = path.EndsWith(".vmtx", StringComparison.OrdinalIgnoreCase),
            SnapshotCount = snapshots.Count,
            Snapshots = snapshots,
            EncryptionKeyId = vmx["encryption.keySafe"] is null && vmx["encryption.data"] is null ? null : "key safe of the .vmx",
            LatencySensitivity = vmx["sched.cpu.latencySensitivity"]?.ToLowerInvariant() ?? "normal",
            Annotation = vmx["annotation"] ?? "",
            Resources = new VmResources
            {
                Cpu = Allocation(vmx, "sched.cpu", vmx.Number("sched.cpu.min"), 1),
                Memory = Allocation(vmx, "sched.mem", vmx.Number("sched.mem.min") ?? vmx.Number("sched.mem.minsize"), MegaByte),
                MemoryReservationLocked = vmx.Flag("sched.mem.pin"),
                NestedVirtualization = vmx.Flag("vhv.enable"),
                PerformanceCounters = vmx.Flag("vpmc.enable"),
            },
            Security = new VmSecurity { HasVirtualTpm = vmx.Flag("vtpm.present"), IommuEnabled = vmx.Flag("vvtd.enable"), VbsEnabled = vmx.Flag("windows.vbs.enabled") },
            Boot = new VmBoot { DelayMilliseconds = Math.Max(0, vmx.Number("bios.bootDelay") ?? 0) },
            Controllers = drives.Controllers(),
            Disks = disks,
            UnreadDevices = files.Broken,
            Nics = devices.Nics(),
            OtherDevices = [.. drives.Others(), .. devices.Others()],
        };
    }

    /// <summary>The file does not say. A lock beside it means that the VM runs, a checkpoint that it is suspended.</summary>
    private static string PowerState(VmxSettings vmx, string path) =>
        Path.Exists(path + ".lck") ? "poweredOn" : vmx["checkpoint.vmState"] is not null ? "suspended" : "poweredOff";

    private static Allocation Allocation(VmxSettings vmx, string prefix, long? reservation, long unit)
    {
        var shares = vmx[$"{prefix}.shares"]?.ToLowerInvariant() ?? "normal";
        var isLevel = shares is "low" or "normal" or "high";
        return new Allocation
        {
            Reservation = Times(reservation ?? 0, unit),
            Limit = vmx.Number($"{prefix}.max") is { } limit and > 0 ? Times(limit, unit) : null,
            SharesLevel = isLevel ? shares : "custom",
            Shares = isLevel ? 0 : vmx.Int($"{prefix}.shares", 0),
        };
    }

    private static long Times(long value, long unit) => value <= 0 || value > long.MaxValue / unit ? 0 : value * unit;

    private static int Positive(VmxSettings vmx, string setting, int otherwise, string name, Problems problems)
    {
        if (vmx[setting] is not { } text)
        {
            return otherwise;
        }

        if (vmx.Number(setting) is { } number and > 0 and <= int.MaxValue)
        {
            return (int)number;
        }

        problems.Add(name, $"{setting} is '{text}', which cannot be; {otherwise} was taken");
        return otherwise;
    }
}
