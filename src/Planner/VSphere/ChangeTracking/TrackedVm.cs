using System.Globalization;
using Migrate.Vim25;
using VirtualDisk = Migrate.Planner.Inventory.VirtualDisk;

namespace Migrate.Planner.VSphere.ChangeTracking;

/// <summary>What of a VM decides about change tracking, as it is now.</summary>
internal sealed record TrackedVm(string Name, string? PowerState, bool? Enabled, bool? Supported, string HardwareVersion, bool ConsolidationNeeded,
    string? HostKey, string? ConfigVersion, IReadOnlyList<VmSnapshot> Snapshots, IReadOnlyList<VirtualDisk> Disks, IReadOnlyList<ManagedObjectReference> RecentTasks)
{
    private static readonly string[] Paths =
    [
        "name", "runtime.powerState", "runtime.host", "runtime.consolidationNeeded", "config.changeTrackingEnabled", "config.changeVersion", "config.version",
        "config.hardware.device", "capability.changeTrackingSupported", "snapshot", "recentTask",
    ];

    /// <exception cref="MigrateException">source.vm-vanished.</exception>
    public static async Task<TrackedVm> ReadAsync(VSphereSession session, string vmKey, CancellationToken cancellationToken)
    {
        var now = await new PropertyReader(session).ReadOneAsync(new("VirtualMachine", vmKey), Paths, cancellationToken)
            ?? throw VSphereFault.VmVanished(session, vmKey);
        return new TrackedVm(
            now.Text("name") ?? vmKey,
            now.Text("runtime.powerState"),
            now.Get<object>("config.changeTrackingEnabled") as bool?,
            now.Get<object>("capability.changeTrackingSupported") as bool?,
            now.Text("config.version") ?? "",
            now.Flag("runtime.consolidationNeeded"),
            now.Get<ManagedObjectReference>("runtime.host")?.Value,
            now.Text("config.changeVersion"),
            [.. Flatten(now.Get<VirtualMachineSnapshotInfo>("snapshot")?.RootSnapshotList)],
            DisksOf(now) ?? throw new MigrateException("source.vm-unreadable", $"The source does not give the devices of {vmKey}: its configuration file cannot be read.",
                "Look at the VM's state and at its datastore at the source; synchronise when the VM is accessible again."),
            now.Get<ArrayOfManagedObjectReference>("recentTask")?.ManagedObjectReference ?? []);
    }

    /// <summary>The disks as a snapshot froze them: their own change ids and file names, not those that the VM writes to now. Null when it is gone.</summary>
    public static async Task<IReadOnlyList<VirtualDisk>?> ReadSnapshotAsync(VSphereSession session, string snapshotKey, CancellationToken cancellationToken)
    {
        var config = await new PropertyReader(session).ReadOneAsync(new("VirtualMachineSnapshot", snapshotKey), ["config.hardware.device"], cancellationToken);
        return config is null ? null : DisksOf(config);
    }

    /// <summary>"vmx-19" is 19; null when it is not written so.</summary>
    public int? HardwareNumber =>
        HardwareVersion.StartsWith("vmx-", StringComparison.Ordinal) && int.TryParse(HardwareVersion.AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static List<VirtualDisk>? DisksOf(ObjectProperties config) => config.Get<ArrayOfVirtualDevice>("config.hardware.device")?.VirtualDevice is not { } devices ? null :
    [
        .. devices.OfType<Vim25.VirtualDisk>().Select(d => DiskBackings.Apply(new VirtualDisk
        {
            Key = d.Key,
            Label = d.DeviceInfo?.Label ?? $"disk {d.Key}",
            CapacityBytes = d.CapacityInBytes is > 0 and { } bytes ? bytes : d.CapacityInKB * 1024,
        }, d.Backing)),
    ];

    private static IEnumerable<VmSnapshot> Flatten(IEnumerable<VirtualMachineSnapshotTree>? trees) =>
        (trees ?? []).SelectMany(t => Flatten(t.ChildSnapshotList).Prepend(new VmSnapshot(t.Snapshot.Value, t.Name, t.Description, t.CreateTime)));
}

/// <summary>One snapshot in the VM's tree.</summary>
internal sealed record VmSnapshot(string Key, string? Name, string? Description, DateTime CreatedAt);
