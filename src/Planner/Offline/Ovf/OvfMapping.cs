using System.Xml.Linq;
using Migrate.Planner.Inventory;
using static Migrate.Planner.Offline.Ovf.OvfEnvelope;

namespace Migrate.Planner.Offline.Ovf;

/// <summary>A VirtualSystem of an OVF as our <see cref="Vm"/>.</summary>
internal static class OvfMapping
{
    private const long MegaByte = 1 << 20;

    /// <summary>Values of these may be secrets: what a deployment was given for the guest.</summary>
    private const string GuestInfo = "guestinfo.";

    public static Vm Map(XElement system, OvfPackage package, OvfEnvelope envelope, Problems problems)
    {
        var hardware = new OvfHardware(system, envelope.Configuration);
        if (hardware.Section is null)
        {
            problems.Add(package.Name, $"{Get(system, "id") ?? "a system"} has no virtual hardware");
        }

        var devices = new OvfDevices(hardware.Items, package.Name, problems);
        var others = devices.Others();
        var operatingSystem = Child(system, "OperatingSystemSection");
        var cpu = hardware.Items.FirstOrDefault(i => i.Type == OvfItem.Cpu);
        var memory = hardware.Items.FirstOrDefault(i => i.Type == OvfItem.Memory);
        var key = OfflineKey.Of($"{package.Path}#{Get(system, "id")}");
        return new Vm
        {
            Key = key,
            InstanceUuid = OfflineKey.InstanceUuidOf(key),
            Name = Text(system, "Name") ?? Get(system, "id") ?? Path.GetFileNameWithoutExtension(package.Path),
            PowerState = "poweredOff",
            VmPathName = package.Path,
            GuestId = OvfGuest.IdOf(Get(operatingSystem, "osType"), Get(operatingSystem, "id")),
            GuestFullName = Text(operatingSystem, "Description") ?? "",
            Firmware = hardware.Settings.GetValueOrDefault("firmware")?.ToLowerInvariant() is { Length: > 0 } firmware ? firmware : "bios",
            SecureBoot = hardware.Flag("bootOptions.efiSecureBootEnabled"),
            HardwareVersion = Text(Child(hardware.Section, "System"), "VirtualSystemType")?.Split([' ', ','])[0] ?? "",
            CpuCount = Count(cpu, package, problems),
            CoresPerSocket = cpu?.Int("CoresPerSocket", 1) is > 0 and var cores ? cores : 1,
            MemoryBytes = memory is null ? 0 : Memory(memory, package, problems),
            CpuHotAddEnabled = hardware.Flag("cpuHotAddEnabled"),
            MemoryHotAddEnabled = hardware.Flag("memoryHotAddEnabled"),
            DiskUuidEnabled = hardware.ExtraSettings.Any(s => s.Key.Equals("disk.EnableUUID", StringComparison.OrdinalIgnoreCase) && s.Value.Equals("true", StringComparison.OrdinalIgnoreCase)),
            Annotation = Text(Child(system, "AnnotationSection"), "Annotation") ?? "",
            Resources = new VmResources { Cpu = Allocation(cpu, 1), Memory = Allocation(memory, MegaByte), NestedVirtualization = hardware.Flag("nestedHVEnabled") },
            Security = new VmSecurity { HasVirtualTpm = others.Any(d => d.Kind == DeviceKind.Tpm), VbsEnabled = hardware.Flag("flags.vbsEnabled") },
            OvfEnvironment = Environment(system, hardware),
            AdvancedSettings = [.. hardware.ExtraSettings.OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => new AdvancedSetting(s.Key, s.Key.StartsWith(GuestInfo, StringComparison.OrdinalIgnoreCase) ? null : s.Value))],
            Controllers = [.. devices.Controllers.Values.OrderBy(c => c.Key)],
            Disks = new OvfDisks(package, envelope, system, problems).Of(hardware.Items, devices.Controllers),
            Nics = devices.Nics(),
            OtherDevices = others,
        };
    }

    private static int Count(OvfItem? cpu, OvfPackage package, Problems problems)
    {
        if (cpu?.Number("VirtualQuantity") is { } count and > 0 and <= int.MaxValue)
        {
            return (int)count;
        }

        problems.Add(package.Name, $"the number of CPUs is '{cpu?["VirtualQuantity"] ?? "not stated"}'; 1 was taken");
        return 1;
    }

    private static long Memory(OvfItem memory, OvfPackage package, Problems problems)
    {
        if (OvfUnits.Bytes(memory["VirtualQuantity"], memory["AllocationUnits"], MegaByte) is { } bytes)
        {
            return bytes;
        }

        problems.Add(package.Name, $"the memory is '{memory["VirtualQuantity"]}' in '{memory["AllocationUnits"]}', which cannot be");
        return 0;
    }

    private static Allocation Allocation(OvfItem? item, long unit) => new()
    {
        Reservation = item?.Number("Reservation") is { } reservation and > 0 && reservation <= long.MaxValue / unit ? reservation * unit : 0,
        Limit = item?.Number("Limit") is { } limit and > 0 && limit <= long.MaxValue / unit ? limit * unit : null,
        Shares = item?.Number("Weight") is { } weight and > 0 and <= int.MaxValue ? (int)weight : 0,
    };

    /// <summary>Null when the guest is told no properties.</summary>
    private static OvfEnvironment? Environment(XElement system, OvfHardware hardware)
    {
        List<string> names = [.. system.Elements().Where(e => e.Name.LocalName == "ProductSection").Elements().Where(e => e.Name.LocalName == "Property").Select(p => Get(p, "key")).OfType<string>()];
        return names.Count == 0 ? null : new OvfEnvironment(Get(hardware.Section, "transport")?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [], names);
    }
}
