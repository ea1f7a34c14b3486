namespace Migrate.Target.Admin;

/// <summary>A namespace as it is now.</summary>
/// <param name="Uuid">Its identity for good.</param>
/// <param name="Nsid">Its number in its subsystem; stays the same over restarts.</param>
/// <param name="CapacityBytes">Size in bytes.</param>
/// <param name="BlockSize">Bytes per logical block.</param>
/// <param name="BackingPath">The raw file behind it. Only an offline namespace's file may be opened by anybody else.</param>
/// <param name="Online">True while hosts see it; false after <see cref="NvmeTarget.TakeOfflineAsync"/>, or while it has a <see cref="Problem"/>.</param>
/// <param name="GrantedHostNqn">The only host that may do I/O, or null when any host may that the subsystem allows.</param>
/// <param name="AllocatedBytes">Bytes of the file system that the sparse file really uses.</param>
public sealed record NamespaceInfo(
    Guid Uuid, uint Nsid, long CapacityBytes, int BlockSize, string BackingPath, bool Online, string? GrantedHostNqn, long AllocatedBytes)
{
    /// <summary>NQN of its subsystem.</summary>
    public required string SubsystemNqn { get; init; }

    /// <summary>Its ANA group in the subsystem.</summary>
    public required uint AnaGroup { get; init; }

    /// <summary>Why it is offline although nobody took it offline: its backing could not be opened. <see cref="NvmeTarget.BringOnlineAsync"/> tries again.</summary>
    public NamespaceProblem? Problem { get; init; }
}

/// <summary>Why a namespace cannot be served.</summary>
/// <param name="Code">As of <see cref="TargetException"/>, e.g. <c>target.backing-missing</c>.</param>
/// <param name="Cause">What is wrong.</param>
/// <param name="Remedy">What to do about it.</param>
public sealed record NamespaceProblem(string Code, string Cause, string Remedy);
