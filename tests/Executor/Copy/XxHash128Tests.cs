using Migrate.Executor.Copy;

namespace Migrate.Executor.Tests.Copy;

/// <summary>Against what the reference implementation (libxxhash 0.8.1, XXH3_128bits) says of the same bytes.</summary>
public sealed class XxHash128Tests
{
    [Theory]
    [InlineData(512, "17d1143c4bfb7ce017ec4809d1a9ad43")]
    [InlineData(1024, "53bd178b75ab292e1fd15e7d36f5e1bc")]
    [InlineData(1536, "f31cb20bfea3730931746714bfc2a769")]
    [InlineData(2048, "2e141090da5502aa81ec4a6a9ee23d55")]
    [InlineData(65536, "463ae68f708ee10132152aa15c5ff65a")]
    [InlineData((1 << 20) - 512, "7e3287ed06e2fe26bd4d58d8d636859a")]
    [InlineData(1 << 20, "490d2e4880066606e2786b358eab4a67")]
    public void It_is_what_the_reference_says_whole_and_in_pieces(int length, string expected)
    {
        var bytes = Bytes(length);

        XxHash128.Hash(bytes).ToString("x32").ShouldBe(expected);

        var inPieces = XxHash128.Start();
        var at = 0;
        for (; length - at > 3 * XxHash128.BlockBytes; at += 3 * XxHash128.BlockBytes)
        {
            inPieces.Append(bytes.AsSpan(at, 3 * XxHash128.BlockBytes));
        }
        inPieces.Finish(bytes.AsSpan(at)).ToString("x32").ShouldBe(expected);
    }

    [Fact]
    public unsafe void Without_vectors_the_sums_are_the_same()
    {
        var bytes = Bytes(4096);
        var secret = Bytes(4096 + 64).AsSpan(4096 - 512).ToArray();
        var (one, other) = (new ulong[8], new ulong[8]);
        fixed (byte* from = bytes, key = secret)
        fixed (ulong* byLane = one, byVector = other)
        {
            XxHash128.StripesByLane(byLane, from, 16, key);
            XxHash128.Stripes(byVector, from, 16, key);
        }
        one.ShouldBe(other);
    }

    [Fact]
    public void Any_bit_that_is_flipped_gives_another_value()
    {
        var bytes = Bytes(Extent.Size);
        var before = XxHash128.Hash(bytes);
        var random = new Random(11);
        for (var i = 0; i < 200; i++)
        {
            var (at, bit) = (random.Next(bytes.Length), (byte)(1 << random.Next(8)));
            bytes[at] ^= bit;
            XxHash128.Hash(bytes).ShouldNotBe(before);
            bytes[at] ^= bit;
        }
    }

    private static byte[] Bytes(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)((i * 2654435761L) >> 13))];
}
