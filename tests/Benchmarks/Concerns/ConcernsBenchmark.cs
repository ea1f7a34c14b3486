using System.Diagnostics;
using System.Globalization;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;

namespace Migrate.Benchmarks.Concerns;

/// <summary>Judges estates of growing size by all rules: concerns [VMS]. The time per VM must not grow with their number.</summary>
internal static class ConcernsBenchmark
{
    private const int HostCount = 200;

    public static Task RunAsync(string[] args)
    {
        var most = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 10_000;
        foreach (var count in new[] { most / 4, most / 2, most })
        {
            var inventory = Inventory(count);
            var watch = Stopwatch.StartNew();
            var found = SourceConcerns.Judge(inventory, inventory.TakenAt);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{count} VMs, {ConcernRules.All.Count} rules: {watch.Elapsed.TotalMilliseconds:0} ms, {watch.Elapsed.TotalMicroseconds / count:0.0} us per VM, {found.Sum(x => x.Concerns.Count)} concerns"));
        }

        return Task.CompletedTask;
    }

    /// <summary>All VMs in one rule of DRS and with one shared MAC address, the worst case for what looks at others.</summary>
    private static SourceInventory Inventory(int count) => new()
    {
        About = new SourceAbout("VMware vCenter Server 8.0.2", "VirtualCenter", "8.0.2.0", "u"),
        TakenAt = DateTime.UnixEpoch,
        Hosts = [.. Enumerable.Range(0, HostCount).Select(i => new EsxHost { Key = $"host-{i}", Name = $"esx{i}", Version = "8.0.2", ConnectionState = "connected", ClusterKey = "c1" })],
        Datastores = [.. Enumerable.Range(0, HostCount).Select(i => new Datastore { Key = $"ds-{i}", Name = $"ds{i}", Type = i % 2 == 0 ? "VMFS" : "vsan", CapacityBytes = 1L << 40, FreeBytes = 1L << 39 })],
        Clusters =
        [
            new Cluster("c1", "c1", "dc", DrsEnabled: true, HaEnabled: true, VsanEnabled: true)
            {
                Rules = [new DrsRule { Key = 1, Name = "licence", Kind = DrsRuleKind.VmHostAffinity, Enabled = true, VmKeys = [.. Enumerable.Range(0, count).Select(i => $"vm-{i}")] }],
            },
        ],
        Vms = [.. Enumerable.Range(0, count).Select(i => new Vm
        {
            Key = $"vm-{i}",
            Name = $"vm{i}",
            PowerState = i % 3 == 0 ? "poweredOn" : "poweredOff",
            HostKey = $"host-{i % HostCount}",
            InstanceUuid = new Guid(i, 0, 0, new byte[8]).ToString(),
            GuestId = i % 2 == 0 ? "rhel9_64Guest" : "windows2019srv_64Guest",
            CpuCount = 4,
            MemoryBytes = 8L << 30,
            Disks = [.. Enumerable.Range(2000, 3).Select(key => new VirtualDisk
            {
                Key = key, Label = $"Hard disk {key - 1999}", CapacityBytes = 100L << 30, DatastoreKey = $"ds-{i % HostCount}", FileName = $"[ds] vm{i}/{key}.vmdk",
                Backing = DiskBacking.Flat, Uuid = $"6000C290-{i:x4}-{key:x4}",
            })],
            Nics = [new Nic(4000, "Network adapter 1", "VirtualVmxnet3", "00:50:56:00:00:01", "network-1", "VM Network", Connected: true)],
        })],
    };
}
