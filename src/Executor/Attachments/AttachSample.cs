using System.Security.Cryptography;
using Migrate.Executor.Copy;
using Migrate.Executor.Manifests;

namespace Migrate.Executor.Attachments;

/// <summary>
/// Which extents the host's kernel is made to read before a domain does: enough to find the wrong disk, another's data or a way that garbles, and
/// not all of it, since the guest is down meanwhile and every extent was read back already.
/// </summary>
internal static class AttachSample
{
    private const int DataExtents = 48;
    private const int ZeroExtents = 8;

    /// <summary>Extents with their SHA-256 in hex, ascending: the first and last with data, some in between, and some that are zero.</summary>
    public static IReadOnlyList<(long Extent, string Hash)> Of(ManifestFile manifest, Random random) =>
        Of(manifest.Extents, manifest.IsZero, index => manifest.HashOf(index), manifest.Manifest.CapacityBytes, random);

    /// <inheritdoc cref="Of(ManifestFile, Random)"/>
    public static IReadOnlyList<(long Extent, string Hash)> Of(ExtentHashes hashes, long capacityBytes, Random random) => Of(
        hashes.Count,
        hashes.IsZero,
        index =>
        {
            var hash = new byte[SHA256.HashSizeInBytes];
            hashes.CopyHash(index, hash);
            return hash;
        },
        capacityBytes,
        random);

    private static List<(long Extent, string Hash)> Of(long count, Func<long, bool> isZero, Func<long, byte[]> hashOf, long capacityBytes, Random random)
    {
        var data = new Reservoir(DataExtents, random);
        var zero = new Reservoir(ZeroExtents, random);
        var (first, last) = (-1L, -1L);
        for (var index = 0L; index < count; index++)
        {
            if (isZero(index))
            {
                zero.Offer(index);
                continue;
            }

            data.Offer(index);
            (first, last) = (first < 0 ? index : first, index);
        }

        return
        [
            .. data.Kept.Concat(zero.Kept).Concat(first < 0 ? [] : [first, last]).Distinct().Order()
                .Select(index => (index, Convert.ToHexStringLower(isZero(index) ? SHA256.HashData(new byte[Extent.LengthOf(index, capacityBytes)]) : hashOf(index)))),
        ];
    }

    /// <summary>Of all that it is offered it keeps so many, each with the same probability (Vitter, algorithm R).</summary>
    private sealed class Reservoir(int size, Random random)
    {
        private long _offered;

        public List<long> Kept { get; } = [];

        public void Offer(long index)
        {
            _offered++;
            if (Kept.Count < size)
            {
                Kept.Add(index);
            }
            else if (random.NextInt64(_offered) is var place && place < size)
            {
                Kept[(int)place] = index;
            }
        }
    }
}
