namespace Migrate.Executor.Destinations.Facts;

/// <summary>A storage pool of libvirt.</summary>
public sealed record HostPool(string Name, string Type, string? Path, bool Active, long CapacityBytes, long AvailableBytes);

/// <summary>A mounted file system that holds something, as df and the mount table have it.</summary>
/// <param name="Options">Mount options, e.g. rw,relatime,discard.</param>
public sealed record HostMount(string Point, string Source, string FileSystem, string Options, long SizeBytes, long FreeBytes);

/// <summary>A block device, as lsblk has it.</summary>
public sealed record HostBlockDevice
{
    public required string Path { get; init; }
    /// <summary>disk | part | lvm | crypt | raid1 | loop …</summary>
    public string Type { get; init; } = "";
    /// <summary>The devices that it lies on; empty for a disk.</summary>
    public IReadOnlyList<string> Parents { get; init; } = [];
    public long SizeBytes { get; init; }
    public bool Rotational { get; init; }
    /// <summary>The most that one discard takes; 0: the device takes none.</summary>
    public long DiscardMaxBytes { get; init; }
    public string? FileSystem { get; init; }
    public string? Scheduler { get; init; }
    public string? Transport { get; init; }
    public string? Serial { get; init; }
    public string? Wwn { get; init; }
    public IReadOnlyList<string> MountPoints { get; init; } = [];
}

/// <summary>Something that exports a file or device of the host to other machines.</summary>
/// <param name="By">lio | nvmet | tgt | scst.</param>
/// <param name="Name">What the exporter calls it.</param>
public sealed record HostExport(string By, string Name, string Path);
