namespace Migrate.Target.Admin;

/// <summary>A namespace to create.</summary>
/// <param name="Uuid">Its identity for good: hosts see <c>/dev/disk/by-id/nvme-uuid.&lt;uuid&gt;</c>. NGUID holds the same 16 bytes.</param>
/// <param name="CapacityBytes">Size in bytes, a multiple of <paramref name="BlockSize"/>.</param>
/// <param name="BlockSize">Bytes per logical block: 512 or 4096.</param>
public sealed record NamespaceSpec(Guid Uuid, long CapacityBytes, int BlockSize = 512)
{
    /// <summary>NQN of the subsystem to create it in; null for the default one.</summary>
    public string? SubsystemNqn { get; init; }

    /// <summary>Its number in the subsystem, 1 to 1024; null for the next free one.</summary>
    public uint? Nsid { get; init; }

    /// <summary>Its ANA group, 1 to 32, for good: namespaces that change their paths together are one group.</summary>
    public uint AnaGroup { get; init; } = 1;
}
