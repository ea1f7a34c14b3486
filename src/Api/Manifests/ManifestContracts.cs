namespace Migrate.Api.Manifests;

/// <summary>A manifest that a run made of one of its disks.</summary>
/// <param name="DiskKey">The disk's key in its VM.</param>
/// <param name="Label">The disk's name.</param>
/// <param name="Bytes">Size of the manifest.</param>
public sealed record ManifestView(int DiskKey, string Label, long Bytes);

/// <summary>What reading a namespace against its manifest found; the manifest's signature is right, or there would be a problem instead.</summary>
/// <param name="DiskKey">The disk's key in its VM.</param>
/// <param name="Label">The disk's name.</param>
/// <param name="Equal">True when every extent is what was copied and read back then.</param>
/// <param name="Extents">Extents of 1 MiB that were read.</param>
/// <param name="Differing">How many of them are something else now.</param>
/// <param name="FirstOffsets">Bytes at which the first of these begin, at most 100.</param>
/// <param name="Seconds">Time taken.</param>
/// <param name="Converted">How many of those that differ lie where virt-v2v wrote when it converted the guest, after the manifest was made; they are not among the first offsets.</param>
public sealed record VerificationView(int DiskKey, string Label, bool Equal, long Extents, long Differing, IReadOnlyList<long> FirstOffsets, double Seconds, long Converted);
