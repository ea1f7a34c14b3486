using Migrate.Api.Inventory;

namespace Migrate.Api.Cli;

internal static class VmText
{
    public static void Write(VmDetail detail, TextWriter output)
    {
        var vm = detail.Vm;
        output.WriteLine($"{Table.Clean(vm.Name)} ({vm.Key}), {vm.PowerState}, on {Table.Clean(detail.HostName)}");
        output.WriteLine($"{vm.GuestFullName}; {vm.CpuCount} vCPUs, {Text.Bytes(vm.MemoryBytes)}, firmware {vm.Firmware}, hardware {vm.HardwareVersion}");
        output.WriteLine($"snapshots: {vm.SnapshotCount}; changed block tracking: {(vm.ChangeTrackingEnabled ? "on" : "off")}; Tools: {vm.ToolsStatus}");
        output.WriteLine();
        var disks = new Table("DISK", "KEY", "CAPACITY", "BACKING", "MODE", "SHARING", "THIN", "FILE");
        foreach (var d in vm.Disks)
        {
            disks.Add(d.Label, d.Key, Text.Bytes(d.CapacityBytes), d.Backing, d.DiskMode, d.Sharing, d.ThinProvisioned ? "yes" : "no", d.FileName);
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
        var way = new Table("DATASTORE", "TYPE", "HOST", "EXTENT", "LUN", "MODEL", "PATH", "STATE", "HBA", "KIND", "CONFIDENCE");
        foreach (var t in detail.Topology)
        {
            way.Add(t.Datastore, t.DatastoreType, t.Host, t.Extent, t.Lun, t.LunModel, t.Path, t.PathState, t.Adapter, t.AdapterKind, t.Confidence);
        }

        way.Write(output);
    }
}
