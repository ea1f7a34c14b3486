using Migrate.Planner.Inventory;
using Migrate.Planner.Offline.Vmdk;
using Migrate.Vim25;
using VirtualDisk = Migrate.Planner.Inventory.VirtualDisk;

namespace Migrate.Planner.Offline.Vmx;

/// <summary>Disk controllers, disks and CD drives of a .vmx file.</summary>
internal sealed class VmxDrives(VmxSettings settings, string path, string fileName, LocalDisks files, Problems problems)
{
    private static readonly string[] Buses = ["scsi", "sata", "nvme"];

    private readonly List<VmxSlot> _slots = VmxSlot.In(settings, fileName, problems);

    public IReadOnlyList<DiskController> Controllers() =>
    [
        .. _slots.Select(s => (s.Bus, s.Number)).Concat(Declared()).Distinct().Select(c => new VmxSlot(c.Bus, c.Number, 0)).OrderBy(s => s.ControllerKey)
            .Select(s => new DiskController(s.ControllerKey, Type(s), s.Number, SharedBus(s)) { PciSlot = Slot($"{s.Controller}.pciSlotNumber") }),
    ];

    public IReadOnlyList<VirtualDisk> Disks() => [.. _slots.Where(IsDisk).Select(Disk)];

    public IReadOnlyList<OtherDevice> Others() => [.. _slots.Where(s => !IsDisk(s)).Select(Other)];

    /// <summary>Controllers may be there without drives.</summary>
    private IEnumerable<(string Bus, int Number)> Declared() =>
        from bus in Buses
        from number in Enumerable.Range(0, 4)
        where settings.Flag($"{bus}{number}.present")
        select (bus, number);

    private string Type(VmxSlot slot) => slot.Bus switch
    {
        "ide" => nameof(VirtualIDEController),
        "sata" => nameof(VirtualAHCIController),
        "nvme" => nameof(VirtualNVMEController),
        _ => settings[$"{slot.Controller}.virtualDev"]?.ToLowerInvariant() switch
        {
            "lsilogic" => nameof(VirtualLsiLogicController),
            "lsisas1068" => nameof(VirtualLsiLogicSASController),
            "pvscsi" => nameof(ParaVirtualSCSIController),
            // What VMware takes when nothing is said.
            null or "buslogic" => nameof(VirtualBusLogicController),
            var other => Unknown($"{slot.Controller}.virtualDev", other, nameof(VirtualSCSIController)),
        },
    };

    private string SharedBus(VmxSlot slot) => settings[$"{slot.Controller}.sharedBus"]?.ToLowerInvariant() switch
    {
        null or "none" => VirtualSCSISharing.NoSharing,
        "virtual" => VirtualSCSISharing.VirtualSharing,
        "physical" => VirtualSCSISharing.PhysicalSharing,
        var other => Unknown($"{slot.Controller}.sharedBus", other, other),
    };

    private bool IsDisk(VmxSlot slot)
    {
        var file = settings[$"{slot.Name}.fileName"] ?? "";
        return settings[$"{slot.Name}.deviceType"]?.ToLowerInvariant() switch
        {
            null or "disk" => !file.EndsWith(".iso", StringComparison.OrdinalIgnoreCase),
            "scsi-harddisk" or "ata-harddisk" or "harddisk" or "plainrawdisk" or "rawdisk" or "rdm" => true,
            _ => file.EndsWith(".vmdk", StringComparison.OrdinalIgnoreCase),
        };
    }

    private VirtualDisk Disk(VmxSlot slot)
    {
        var name = settings[$"{slot.Name}.fileName"] ?? "";
        var disk = new VirtualDisk
        {
            Key = slot.Key,
            Label = $"disk {slot.Name}",
            CapacityBytes = 0,
            ControllerKey = slot.ControllerKey,
            UnitNumber = slot.Unit,
            Instance = slot.Name,
            FileName = DatastorePath.Of(name),
            DiskMode = (settings[$"{slot.Name}.mode"] ?? "persistent").ToLowerInvariant().Replace('-', '_'),
            Sharing = settings[$"{slot.Name}.sharing"]?.ToLowerInvariant() is "multi-writer" ? "sharingMultiWriter" : "sharingNone",
            WriteThrough = settings.Flag($"{slot.Name}.writeThrough"),
            ChangeTrackingKey = settings.FlagOrNull($"{slot.Name}.ctkEnabled"),
            IopsLimit = settings.Number($"sched.{slot.Name}.throughputCap"),
        };
        if (name.Length > 0)
        {
            return files.Complete(disk, path, name);
        }

        problems.Add(fileName, $"{slot.Name} is a disk without a file");
        return disk;
    }

    private OtherDevice Other(VmxSlot slot)
    {
        var type = settings[$"{slot.Name}.deviceType"]?.ToLowerInvariant() ?? "";
        var file = settings[$"{slot.Name}.fileName"];
        var passthrough = type == "scsi-passthru";
        return new OtherDevice(slot.Key, passthrough ? nameof(VirtualSCSIPassthrough) : nameof(VirtualCdrom), $"{(passthrough ? "SCSI device" : "CD/DVD drive")} {slot.Name}", type)
        {
            Kind = passthrough ? DeviceKind.ScsiPassthrough : DeviceKind.Cdrom,
            Backing = settings.Flag($"{slot.Name}.clientDevice") || file is null or "auto detect" or "emptyBackingString" ? null : DatastorePath.Of(file),
            IsRemote = settings.Flag($"{slot.Name}.clientDevice"),
            StartConnected = settings.Flag($"{slot.Name}.startConnected", otherwise: true),
        };
    }

    private int? Slot(string name) => settings.Number(name) is { } slot and >= 0 and <= int.MaxValue ? (int)slot : null;

    private string Unknown(string name, string value, string instead)
    {
        problems.Add(fileName, $"{name} is '{value}', which is not known here");
        return instead;
    }
}
