namespace Migrate.Executor.Domains;

/// <summary>In which order the firmware tries devices: as the VM was told to, then the disks in VMware's order.</summary>
internal sealed class BootOrder
{
    private readonly List<int> _keys;

    private BootOrder(List<int> keys, bool own)
    {
        _keys = keys;
        Why = own ? "in the order that the VM's boot options have" : "firmware tries the disks in VMware's order";
        Basis = Basis.Inventory(own ? "boot.order" : "disks");
    }

    public string Why { get; }

    public Basis Basis { get; }

    public static BootOrder Of(DomainDraft draft, StorageLayout layout)
    {
        HashSet<int> present = [.. layout.Disks.Select(d => d.Disk.Key)];
        List<int> first = [.. draft.Vm.Boot.Order.Where(d => d is { Kind: "disk", DeviceKey: { } key } && present.Contains(key)).Select(d => d.DeviceKey!.Value).Distinct()];
        return new BootOrder([.. first, .. layout.Disks.Select(d => d.Disk.Key).Where(k => !first.Contains(k))], first.Count > 0);
    }

    /// <summary>From 1.</summary>
    public int OfDisk(int key) => _keys.IndexOf(key) + 1;
}
