namespace Migrate.Planner.Inventory;

/// <summary>
/// The part of an object that makes a change when it differs. Left out is what moves by itself all day and alters no
/// decision: with it every synchronisation would "change" most of an estate and the list of changes would say nothing.
/// It is still stored, and the newest synchronisation's value is what a version shows. Left out are
/// <list type="bullet">
/// <item>what the guest reports through VMware Tools (addresses, host name, file systems, Tools state): comes and goes with the guest;</item>
/// <item>when a VM booted, and what its files take;</item>
/// <item>the host that a VM runs on: DRS moves VMs without anybody asking;</item>
/// <item>a disk's changeId and contentId: new with every backup's snapshot;</item>
/// <item>a datastore's free space, and what thin disks may still take of it;</item>
/// <item>how much vSAN still has to resynchronise.</item>
/// </list>
/// Kept are power and connection states, snapshots, path states and accessibility: they decide whether a VM can be moved.
/// Lists whose order means nothing are sorted, since vSphere gives them in the order of its own tables.
/// </summary>
internal static class Lasting
{
    public static Vm Of(Vm vm) => vm with
    {
        HostKey = null,
        GuestHostName = null,
        IpAddresses = [],
        ToolsStatus = "",
        Guest = new(),
        State = vm.State with { BootedAt = null, SuspendedAt = null },
        Storage = new()
        {
            SwapPlacement = vm.Storage.SwapPlacement,
            SnapshotDirectory = vm.Storage.SnapshotDirectory,
            LogDirectory = vm.Storage.LogDirectory,
            InaccessibleFiles = Sorted(vm.Storage.InaccessibleFiles),
        },
        Tags = Sorted(vm.Tags),
        CustomAttributes = Sorted(vm.CustomAttributes),
        AdvancedSettings = [.. vm.AdvancedSettings.OrderBy(setting => setting.Name, StringComparer.Ordinal)],
        Controllers = [.. vm.Controllers.OrderBy(controller => controller.Key)],
        Disks = [.. vm.Disks.OrderBy(disk => disk.Key).Select(Of)],
        Nics = [.. vm.Nics.OrderBy(nic => nic.Key)],
        OtherDevices = [.. vm.OtherDevices.OrderBy(device => device.Key)],
        DatastoreKeys = Sorted(vm.DatastoreKeys),
        NetworkKeys = Sorted(vm.NetworkKeys),
    };

    private static VirtualDisk Of(VirtualDisk disk) => disk with { ChangeId = null, ContentId = null, CommittedBytes = null, DeltaBytes = null };

    public static Cluster Of(Cluster cluster) => cluster with
    {
        Vsan = cluster.Vsan is { } vsan ? vsan with { ResyncingObjects = null, ResyncBytes = null } : null,
        HostKeys = Sorted(cluster.HostKeys),
        Rules = [.. cluster.Rules.OrderBy(rule => rule.Key).Select(rule => rule with
        {
            VmKeys = Sorted(rule.VmKeys), HostKeys = Sorted(rule.HostKeys), DependsOnVmKeys = Sorted(rule.DependsOnVmKeys),
        })],
        Groups = [.. cluster.Groups.OrderBy(group => group.Name, StringComparer.Ordinal)
            .Select(group => group with { VmKeys = Sorted(group.VmKeys), HostKeys = Sorted(group.HostKeys) })],
        Overrides = [.. cluster.Overrides.OrderBy(item => item.VmKey, StringComparer.Ordinal)],
        Tags = Sorted(cluster.Tags),
        CustomAttributes = Sorted(cluster.CustomAttributes),
    };

    public static EsxHost Of(EsxHost host) => host with
    {
        Tags = Sorted(host.Tags),
        CustomAttributes = Sorted(host.CustomAttributes),
        Services = [.. host.Services.OrderBy(service => service.Key, StringComparer.Ordinal)],
        Adapters = [.. host.Adapters.OrderBy(adapter => adapter.Key, StringComparer.Ordinal).Select(adapter => adapter with
        {
            PortBindings = adapter.PortBindings is { } bindings ? [.. bindings.OrderBy(binding => binding.Vmkernel, StringComparer.Ordinal)] : null,
        })],
        NvmeControllers = [.. host.NvmeControllers.OrderBy(controller => controller.Key, StringComparer.Ordinal)],
        VmkernelAdapters = [.. host.VmkernelAdapters.OrderBy(vmkernel => vmkernel.Key, StringComparer.Ordinal)],
        Switches = [.. host.Switches.OrderBy(vswitch => vswitch.Key, StringComparer.Ordinal)],
        RdmaDevices = [.. host.RdmaDevices.OrderBy(device => device.Key, StringComparer.Ordinal)],
        PhysicalNics = [.. host.PhysicalNics.OrderBy(nic => nic.Key, StringComparer.Ordinal)],
        Luns = [.. host.Luns.OrderBy(lun => lun.Key, StringComparer.Ordinal)
            .Select(lun => lun with { Paths = [.. lun.Paths.OrderBy(path => path.Name, StringComparer.Ordinal)] })],
    };

    public static Datastore Of(Datastore datastore) => datastore with
    {
        FreeBytes = 0,
        UncommittedBytes = null,
        Tags = Sorted(datastore.Tags),
        CustomAttributes = Sorted(datastore.CustomAttributes),
        HostKeys = Sorted(datastore.HostKeys),
    };

    private static IReadOnlyList<Tag> Sorted(IReadOnlyList<Tag> tags) =>
        [.. tags.OrderBy(tag => tag.Category, StringComparer.Ordinal).ThenBy(tag => tag.Name, StringComparer.Ordinal)];

    private static IReadOnlyList<CustomAttribute> Sorted(IReadOnlyList<CustomAttribute> attributes) =>
        [.. attributes.OrderBy(attribute => attribute.Name, StringComparer.Ordinal)];

    private static IReadOnlyList<string> Sorted(IReadOnlyList<string> keys) => [.. keys.Order(StringComparer.Ordinal)];
}
