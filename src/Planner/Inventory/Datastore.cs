namespace Migrate.Planner.Inventory;

public sealed record Datastore
{
    public required string Key { get; init; }
    public required string Name { get; init; }
    /// <summary>VMFS, NFS, NFS41, vsan, vsanD, VVOL …, as vSphere writes it.</summary>
    public required string Type { get; init; }
    public string Url { get; init; } = "";
    public string Datacenter { get; init; } = "";
    public long CapacityBytes { get; init; }
    public long FreeBytes { get; init; }
    public bool Accessible { get; init; } = true;
    public string MaintenanceMode { get; init; } = "normal";
    public string? Uuid { get; init; }
    public string? VmfsVersion { get; init; }
    public IReadOnlyList<VmfsExtent> Extents { get; init; } = [];
    public string? NasRemote { get; init; }
    public IReadOnlyList<string> HostKeys { get; init; } = [];

    public bool IsVsan => Type.StartsWith("vsan", StringComparison.OrdinalIgnoreCase);
}

public sealed record VmfsExtent(string DiskName, int Partition);

public sealed record Network(string Key, string Name, string Type);

public sealed record Cluster(string Key, string Name, string Datacenter, bool DrsEnabled, bool HaEnabled, bool VsanEnabled);
