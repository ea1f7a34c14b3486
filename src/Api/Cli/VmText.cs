using Migrate.Api.Inventory;
using Migrate.Planner.Inventory;

namespace Migrate.Api.Cli;

internal static class VmText
{
    public static void Write(VmDetail detail, TextWriter output)
    {
        var vm = detail.Vm;
        output.WriteLine($"{Table.Clean(vm.Name)} ({vm.Key}), {vm.PowerState}, on {Table.Clean(detail.HostName)}");
        output.WriteLine($"{vm.GuestFullName}; {vm.CpuCount} vCPUs, {Text.Bytes(vm.MemoryBytes)}, firmware {vm.Firmware}, hardware {vm.HardwareVersion}");
        output.WriteLine($"snapshots: {vm.SnapshotCount}; changed block tracking: {(vm.ChangeTrackingEnabled ? "on" : "off")}; Tools: {vm.ToolsStatus}");
        foreach (var (name, value) in VmFacts.Of(vm))
        {
            output.WriteLine($"{name}: {value}");
        }

        output.WriteLine();
        var disks = new Table("DISK", "KEY", "CAPACITY", "TAKES", "BACKING", "MODE", "SHARING", "THIN", "PARENTS", "TRACKED", "FILE");
        foreach (var d in vm.Disks)
        {
            disks.Add(
                d.Label, d.Key, Text.Bytes(d.CapacityBytes), d.CommittedBytes is { } taken ? Text.Bytes(taken) : "", d.Backing, d.DiskMode, d.Sharing, d.ThinProvisioned ? "yes" : "no", d.ParentCount, d.ChangeId is null ? "no" : "yes", d.FileName);
        }

        disks.Write(output);
        output.WriteLine();
        var nics = new Table("NIC", "TYPE", "MAC", "NETWORK", "CONNECTED");
        foreach (var n in vm.Nics)
        {
            nics.Add(n.Label, n.Type, n.MacAddress, n.NetworkName, n.Connected ? "yes" : "no");
        }

        nics.Write(output);
        output.WriteLine();
        Parts(vm, output);
        var way = new Table("DATASTORE", "TYPE", "HOST", "EXTENT", "LUN", "MODEL", "PATH", "STATE", "HBA", "KIND", "CONFIDENCE");
        foreach (var t in detail.Topology)
        {
            way.Add(t.Datastore, t.DatastoreType, t.Host, t.Extent, t.Lun, t.LunModel, t.Path, t.PathState, t.Adapter, t.AdapterKind, t.Confidence);
        }

        way.Write(output);
    }

    /// <summary>Each table only where there is something to show.</summary>
    private static void Parts(Vm vm, TextWriter output)
    {
        var devices = new Table("DEVICE", "KIND", "BACKING", "CONNECTED");
        // Every VM has a video card and a VMCI device, and neither says anything.
        var told = vm.OtherDevices.Where(d => d.Kind is not (DeviceKind.VideoCard or DeviceKind.Vmci)).ToList();
        told.ForEach(d => devices.Add(d.Label, d.Kind, d.Backing ?? string.Join(' ', d.Ids), d.Connected switch { true => "yes", false => "no", null => "" }));
        Some(devices, told.Count);

        var unread = new Table("NOT READ", "TYPE", "CAUSE");
        foreach (var d in vm.UnreadDevices)
        {
            unread.Add(d.Label, d.Type, d.Cause);
        }

        Some(unread, vm.UnreadDevices.Count);

        var files = new Table("GUEST DISK", "CAPACITY", "FREE", "TYPE", "ON");
        foreach (var d in vm.Guest.Disks)
        {
            files.Add(d.Path, Text.Bytes(d.CapacityBytes), Text.Bytes(d.FreeBytes), d.FileSystem, string.Join(", ", d.DiskKeys));
        }

        Some(files, vm.Guest.Disks.Count);

        var guest = new Table("GUEST NIC", "MAC", "ADDRESSES", "DNS");
        foreach (var n in vm.Guest.Nics)
        {
            guest.Add(n.DeviceKey, n.MacAddress, string.Join(", ", n.Addresses.Select(a => a.PrefixLength is { } bits ? $"{a.Address}/{bits}" : a.Address)), string.Join(", ", n.DnsServers));
        }

        Some(guest, vm.Guest.Nics.Count);

        var snapshots = new Table("SNAPSHOT", "CREATED", "STATE", "QUIESCED", "CURRENT");
        foreach (var s in vm.Snapshots)
        {
            snapshots.Add(new string(' ', 2 * Math.Min(s.Depth - 1, 20)) + s.Name, Text.Time(s.CreatedAt), s.PowerState, s.Quiesced ? "yes" : "no", s.IsCurrent ? "yes" : "");
        }

        Some(snapshots, vm.Snapshots.Count);

        void Some(Table table, int rows)
        {
            if (rows > 0)
            {
                table.Write(output);
                output.WriteLine();
            }
        }
    }
}
