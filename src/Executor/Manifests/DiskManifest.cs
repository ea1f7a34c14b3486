using System.Text.Json.Serialization;

namespace Migrate.Executor.Manifests;

/// <summary>The first line of a manifest: which disk, and what its hashes are. What follows it are the extents (see docs/manifests.md).</summary>
public sealed record DiskManifest
{
    public const string FormatName = "migrate-manifest";

    public string Format { get; init; } = FormatName;
    public int Version { get; init; } = 1;
    public required Guid Run { get; init; }
    /// <summary>Name of the VM.</summary>
    public required string Vm { get; init; }
    public required int DiskKey { get; init; }
    public required string Label { get; init; }
    public required Guid Namespace { get; init; }
    public required long CapacityBytes { get; init; }
    public required int ExtentBytes { get; init; }
    /// <summary>How many hashes follow, of extents that are not zero.</summary>
    public required long DataExtents { get; init; }
    /// <summary>SHA-256 over the extents' SHA-256 values: of what the source sent …</summary>
    public required string SourceHash { get; init; }
    /// <summary>… and of what is in the namespace: each extent was read back and found to be what was sent, by <see cref="ReadBackBy"/>. Equal, or there is no manifest.</summary>
    public required string DestinationHash { get; init; }
    public required DateTime? VerifiedAt { get; init; }
    /// <summary>How: ReadBack, or Source when that was read again as well; null in manifests of before this was said.</summary>
    public string? Verify { get; init; }
    /// <summary>
    /// What was compared of each extent that was read back: SHA-256, or XXH128, which finds damage as well and proves nothing against intent; null in
    /// manifests of before this was said, which compared by SHA-256.
    /// </summary>
    public string? ReadBackBy { get; init; }
    public required DateTime CreatedAt { get; init; }
    /// <summary>Version of the program.</summary>
    public required string Program { get; init; }
    /// <summary>Which key signed it.</summary>
    public required string KeyId { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DiskManifest))]
internal sealed partial class ManifestJson : JsonSerializerContext;
