using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>What the server says about a file that a lease sent.</summary>
/// <param name="DeviceKey">The lease's name of the disk.</param>
/// <param name="Bytes">Bytes of the stream; null when it does not say.</param>
/// <param name="Sha1">Lower-case hex; null when it does not say.</param>
/// <param name="Sha256">Lower-case hex; null when it does not say (before vSphere 6.7).</param>
public sealed record ExportManifestEntry(string DeviceKey, long? Bytes, string? Sha1, string? Sha256)
{
    internal static ExportManifestEntry Of(HttpNfcLeaseManifestEntry entry)
    {
        var checksum = Hex(entry.Checksum);
        var type = entry.ChecksumType?.Replace("-", "", StringComparison.Ordinal).ToUpperInvariant();
        return new ExportManifestEntry(entry.Key ?? "", entry.Size > 0 ? entry.Size : null,
            Hex(entry.Sha1) ?? (type == "SHA1" ? checksum : null), type == "SHA256" ? checksum : null);
    }

    private static string? Hex(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim().ToLowerInvariant();
}
