namespace Migrate.Target.Admin;

/// <summary>A namespace as it is now.</summary>
/// <param name="Uuid">Its identity for good.</param>
/// <param name="Nsid">Its number in the subsystem; stays the same over restarts.</param>
/// <param name="CapacityBytes">Size in bytes.</param>
/// <param name="BlockSize">Bytes per logical block.</param>
/// <param name="BackingPath">The raw file behind it. Only an offline namespace's file may be opened by anybody else.</param>
/// <param name="Online">True while hosts see it; false after <see cref="NvmeTarget.TakeOfflineAsync"/>.</param>
/// <param name="GrantedHostNqn">The only host that may do I/O, or null when any host may.</param>
/// <param name="AllocatedBytes">Bytes of the file system that the sparse file really uses.</param>
public sealed record NamespaceInfo(
    Guid Uuid, uint Nsid, long CapacityBytes, int BlockSize, string BackingPath, bool Online, string? GrantedHostNqn, long AllocatedBytes);
