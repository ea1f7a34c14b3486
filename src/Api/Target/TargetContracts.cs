namespace Migrate.Api.Target;

/// <summary>The embedded NVMe/TCP target.</summary>
/// <param name="Address">IP address and port that it listens on.</param>
/// <param name="SubsystemNqn">Name of its subsystem.</param>
/// <param name="Directory">Where its backing files are.</param>
/// <param name="NamespaceCount">How many namespaces it has.</param>
public sealed record TargetView(string Address, string SubsystemNqn, string Directory, int NamespaceCount);

/// <summary>A namespace: one migrated disk.</summary>
/// <param name="Uuid">Derived from the VM and its disk; also in /dev/disk/by-id/nvme-uuid.UUID on a KVM host.</param>
/// <param name="Nsid">Namespace id in the subsystem.</param>
/// <param name="CapacityBytes">Size that hosts see.</param>
/// <param name="AllocatedBytes">What the backing file takes up.</param>
/// <param name="BlockSize">Bytes per logical block.</param>
/// <param name="BackingPath">The raw file.</param>
/// <param name="Online">False while a domain has the backing file open: then the target does not serve it.</param>
/// <param name="GrantedHostNqn">The only host that may do I/O; null for any.</param>
public sealed record NamespaceView(
    Guid Uuid,
    long Nsid,
    long CapacityBytes,
    long AllocatedBytes,
    int BlockSize,
    string BackingPath,
    bool Online,
    string? GrantedHostNqn);
