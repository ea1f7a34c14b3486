using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns;

/// <summary>What VMs may have in common that each should have alone.</summary>
public enum SharedThing
{
    DiskFile,
    ParentFile,
    Lun,
    MacAddress,
    InstanceUuid,
    BiosUuid,
    Name,
}

/// <summary>
/// Which VMs of an inventory share what, gathered in one pass over it; a question costs as much as the answer is long, so that
/// thousands of VMs can be judged without comparing each with each.
/// </summary>
public sealed class Neighbours
{
    public static Neighbours None { get; } = new([]);

    private readonly Dictionary<(SharedThing, string), List<Vm>> _users = [];

    public Neighbours(IEnumerable<Vm> vms)
    {
        foreach (Vm vm in vms)
        {
            foreach ((SharedThing, string) use in Uses(vm).Where(use => use.Value.Length > 0).Select(use => (use.Thing, use.Value.ToUpperInvariant())).Distinct())
            {
                if (!_users.TryGetValue(use, out List<Vm>? users))
                {
                    _users[use] = users = [];
                }
                users.Add(vm);
            }
        }
        foreach ((SharedThing, string) alone in _users.Where(use => use.Value.Count == 1).Select(use => use.Key).ToList())
        {
            _users.Remove(alone);
        }
    }

    /// <summary>The other VMs that use it, at most <see cref="Most"/>; empty when the VM has it alone.</summary>
    public IReadOnlyList<Vm> Others(SharedThing thing, string? value, Vm vm) =>
        string.IsNullOrWhiteSpace(value) || !_users.TryGetValue((thing, value.ToUpperInvariant()), out List<Vm>? users)
            ? []
            : [.. users.Where(user => user.Key != vm.Key).Take(Most)];

    /// <summary>More than these would name nothing that helps, and cost a square of VMs where thousands share one value.</summary>
    public const int Most = 5;

    /// <summary>
    /// What tells the disk's file from others; empty when nothing does. A name alone is not enough: datastores of two datacenters may be called
    /// the same, and every folder may have its disk.vmdk.
    /// </summary>
    public static string FileOf(VirtualDisk disk) => disk.LocalFile is { } local ? $"{local.Path}@{local.Offset}" : OnDatastore(disk, disk.FileName);

    /// <summary>The same of the files that the disk is a difference from.</summary>
    public static IEnumerable<string> ParentsOf(VirtualDisk disk) => disk.LocalFile is { } local
        ? disk.ParentFiles.Count == 0 ? [] : disk.LocalFiles.Select(file => file.Path).Where(path => path != local.Path)
        : disk.ParentFiles.Select(parent => OnDatastore(disk, parent));

    private static string OnDatastore(VirtualDisk disk, string file) => file.StartsWith('[') ? $"{disk.DatastoreKey} {file}" : "";

    private static IEnumerable<(SharedThing Thing, string Value)> Uses(Vm vm)
    {
        foreach (VirtualDisk disk in vm.Disks)
        {
            yield return (SharedThing.DiskFile, FileOf(disk));
            foreach (string parent in ParentsOf(disk))
            {
                yield return (SharedThing.ParentFile, parent);
            }
            if (disk.LunUuid is { } lun)
            {
                yield return (SharedThing.Lun, lun);
            }
        }
        foreach (Nic nic in vm.Nics)
        {
            yield return (SharedThing.MacAddress, nic.MacAddress);
        }
        yield return (SharedThing.InstanceUuid, vm.InstanceUuid ?? "");
        yield return (SharedThing.BiosUuid, vm.BiosUuid ?? "");
        yield return (SharedThing.Name, vm.Name);
    }
}
