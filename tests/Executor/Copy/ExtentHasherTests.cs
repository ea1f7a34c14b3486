using System.Security.Cryptography;
using Migrate.Executor.Copy;

namespace Migrate.Executor.Tests.Copy;

/// <summary>Hashes that are made together, against those of the platform.</summary>
public sealed class ExtentHasherTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, Extent.Size)]
    [InlineData(9, Extent.Size)]
    [InlineData(11, Extent.Size)]
    [InlineData(16, Extent.Size)]
    [InlineData(53, Extent.Size)]
    [InlineData(20, 4096)]
    public async Task Each_extent_gets_its_own_hash_however_many_come_at_once(int count, int length)
    {
        using var hasher = new ExtentHasher();
        var extents = Enumerable.Range(0, count).Select(i => Bytes(i, length)).ToList();
        var hashes = await Task.WhenAll(extents.Select(e => Task.Run(async () => await hasher.HashAsync(e), Cancel)));
        hashes.Select(Convert.ToHexString).ShouldBe(extents.Select(e => Convert.ToHexString(SHA256.HashData(e))));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(64)]
    [InlineData(128)]
    [InlineData(64 * 1021)]
    public unsafe void Sixteen_messages_of_any_number_of_blocks(int length)
    {
        if (!Sha256Lanes.IsSupported)
        {
            return; // Nothing here uses it then, which the test above has shown to be right.
        }
        var all = Bytes(7, Sha256Lanes.Lanes * (length + 3));
        var hashes = new byte[Sha256Lanes.Lanes * SHA256.HashSizeInBytes];
        fixed (byte* start = all)
        {
            var messages = stackalloc byte*[Sha256Lanes.Lanes];
            for (var i = 0; i < Sha256Lanes.Lanes; i++)
            {
                messages[i] = start + (i * (length + 3)); // at any address
            }
            Sha256Lanes.Hash(messages, length, hashes);
        }
        for (var i = 0; i < Sha256Lanes.Lanes; i++)
        {
            Convert.ToHexString(hashes.AsSpan(i * 32, 32)).ShouldBe(Convert.ToHexString(SHA256.HashData(all.AsSpan(i * (length + 3), length))), $"message {i}");
        }
    }

    private static byte[] Bytes(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
