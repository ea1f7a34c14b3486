using System.Security.Cryptography;

namespace Migrate.Executor.Copy;

/// <summary>
/// The hash of a whole disk: SHA-256 over the SHA-256 values (32 raw bytes each) of every 1 MiB extent in order, the last one as long
/// as the disk leaves it. Extents can so be hashed in parallel and out of order, and a resumed copy need not read the disk again to
/// name its hash. In Python:
/// <c>sha256(b"".join(sha256(disk[o:o + 1048576]).digest() for o in range(0, len(disk), 1048576))).hexdigest()</c>.
/// </summary>
public static class DiskHash
{
    /// <summary>Lower-case hex.</summary>
    public static async Task<string> OfStreamAsync(Stream disk, CancellationToken cancellationToken)
    {
        using var whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var extent = new byte[Extent.Size];
        while (await disk.ReadAtLeastAsync(extent, extent.Length, throwOnEndOfStream: false, cancellationToken) is var length and > 0)
        {
            whole.AppendData(SHA256.HashData(extent.AsSpan(0, length)));
        }
        return Convert.ToHexStringLower(whole.GetHashAndReset());
    }

    internal static string Of(ExtentHashes hashes)
    {
        using var whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        // Many at a time: a disk of 62 TiB has 65 million of them.
        const int AtOnce = 1024;
        var batch = new byte[AtOnce * SHA256.HashSizeInBytes];
        for (var first = 0L; first < hashes.Count; first += AtOnce)
        {
            var count = (int)Math.Min(AtOnce, hashes.Count - first);
            for (var i = 0; i < count; i++)
            {
                if (!hashes.IsKnown(first + i))
                {
                    throw new InvalidOperationException($"Extent {first + i} is in no journal: the disk has no hash yet.");
                }
                hashes.CopyHash(first + i, batch.AsSpan(i * SHA256.HashSizeInBytes, SHA256.HashSizeInBytes));
            }
            whole.AppendData(batch, 0, count * SHA256.HashSizeInBytes);
        }
        return Convert.ToHexStringLower(whole.GetHashAndReset());
    }
}
