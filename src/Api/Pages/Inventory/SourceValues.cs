using System.Globalization;
using Migrate.Executor.Domains;
using Migrate.Planner.Inventory;

namespace Migrate.Api.Pages.Inventory;

/// <summary>What a VM has at its source of the fact that a setting of its domain follows from: the two stand side by side.</summary>
internal static class SourceValues
{
    /// <summary>Null where the fact is none of the inventory, or the source has nothing of it.</summary>
    public static string? Of(Vm vm, DomainXml design, SettingReason reason)
    {
        if (reason is not { From: "inventory", Fact: { } fact })
        {
            return null;
        }

        var disk = design.Disks.FirstOrDefault(x => IsOf(reason.Element, "disk " + x.Target)) is { } shown ? vm.Disks.FirstOrDefault(x => x.Key == shown.DiskKey) : null;
        var nic = vm.Nics.FirstOrDefault(x => IsOf(reason.Element, "interface " + x.Label));
        return fact switch
        {
            "key, name" => $"{vm.Key}, {vm.Name}",
            "name" => vm.Name,
            "biosUuid" => vm.BiosUuid,
            "instanceUuid" => vm.InstanceUuid,
            "memoryBytes" => Text.Bytes(vm.MemoryBytes),
            "cpuCount" => Number(vm.CpuCount),
            "coresPerSocket" => Number(vm.CoresPerSocket),
            "cpuHotAddEnabled" => OnOff(vm.CpuHotAddEnabled),
            "resources.cpu.limit" => vm.Resources.Cpu.Limit is { } limit ? $"{Number(limit)} MHz" : "none",
            "resources.memoryReservationLocked" => OnOff(vm.Resources.MemoryReservationLocked),
            "latencySensitivity" => vm.LatencySensitivity,
            "firmware" => vm.Firmware,
            "secureBoot" => OnOff(vm.SecureBoot),
            "security.hasVirtualTpm" => vm.Security.HasVirtualTpm ? "TPM" : "no TPM",
            "guestId" => vm.GuestId,
            "boot.order" => string.Join(", ", vm.Boot.Order.Select(x => vm.Disks.FirstOrDefault(y => y.Key == x.DeviceKey)?.Label ?? vm.Nics.FirstOrDefault(y => y.Key == x.DeviceKey)?.Label ?? x.Kind)),
            "controllers" => string.Join(", ", vm.Controllers.Select(x => x.Type)),
            "otherDevices" => vm.OtherDevices.FirstOrDefault(x => IsOf(reason.Element, "device " + x.Label)) is { } device ? device.Type : Listed(vm.OtherDevices.Select(x => x.Label)),
            "disks" when disk is not null => disk.Label,
            "disks" => Text.Count(vm.Disks.Count, "disk"),
            "unitNumber" when disk is not null => disk.Instance.Length > 0 ? disk.Instance : Number(disk.UnitNumber),
            "thinProvisioned" when disk is not null => disk.ThinProvisioned ? "thin" : "thick",
            "sectorBytes" when disk is not null => disk.SectorBytes is { } sector ? $"{Number(sector)} B" : "512 B, not told",
            "uuid" when disk is not null => disk.Uuid,
            "iopsLimit" when disk is not null => disk.IopsLimit is { } iops and > 0 ? $"{Number(iops)} IOPS" : "no limit",
            "policy.iopsLimit" when disk is not null => disk.Policy?.Name,
            "macAddress" when nic is not null => nic.MacAddress,
            "type" when nic is not null => nic.Type,
            "pciSlot" when nic is not null => nic.PciSlot is { } slot ? Number(slot) : null,
            "connected" when nic is not null => nic.Connected ? "connected" : "not connected",
            _ => null,
        };
    }

    private static bool IsOf(string element, string thing) => element.StartsWith(thing, StringComparison.Ordinal) && (element.Length == thing.Length || element[thing.Length] is '/' or ',');

    private static string? Listed(IEnumerable<string> labels) => string.Join(", ", labels) is { Length: > 0 } all ? all : "none";

    private static string OnOff(bool value) => value ? "on" : "off";

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
