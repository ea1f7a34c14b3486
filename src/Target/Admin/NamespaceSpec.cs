namespace Migrate.Target.Admin;

/// <summary>A namespace to create.</summary>
/// <param name="Uuid">Its identity for good: hosts see <c>/dev/disk/by-id/nvme-uuid.&lt;uuid&gt;</c>. NGUID holds the same 16 bytes.</param>
/// <param name="CapacityBytes">Size in bytes, a multiple of <paramref name="BlockSize"/>.</param>
/// <param name="BlockSize">Bytes per logical block: 512 or 4096.</param>
public sealed record NamespaceSpec(Guid Uuid, long CapacityBytes, int BlockSize = 512);
