using System.Text;
using Migrate.Target.Protocol;

namespace Migrate.Target.Tests.Protocol;

public sealed class Crc32CTests
{
    // The vectors of RFC 3720, B.4, and the check value of the CRC catalogue.
    [Fact]
    public void Known_vectors_come_out()
    {
        Crc32C.Compute(new byte[32]).ShouldBe(0x8A9136AAu);
        Crc32C.Compute(Enumerable.Repeat((byte)0xFF, 32).ToArray()).ShouldBe(0x62A8AB43u);
        Crc32C.Compute(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray()).ShouldBe(0x46DD794Eu);
        Crc32C.Compute(Enumerable.Range(0, 32).Select(i => (byte)(31 - i)).ToArray()).ShouldBe(0x113FDB5Cu);
        Crc32C.Compute(Encoding.ASCII.GetBytes("123456789")).ShouldBe(0xE3069283u);
    }

    // Long data takes other ways than short, by the CPU's abilities; all must agree with the definition, bit by bit.
    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(511)]
    [InlineData(512)]
    [InlineData(575)]
    [InlineData(576)]
    [InlineData(3071)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(131072)]
    [InlineData(200003)]
    public void Every_length_is_as_defined(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        Crc32C.Compute(bytes).ShouldBe(~ByDefinition(uint.MaxValue, bytes));
    }

    [Fact]
    public void Parts_of_any_length_give_what_the_whole_gives()
    {
        var random = new Random(7);
        var bytes = new byte[50_000];
        random.NextBytes(bytes);
        for (var round = 0; round < 200; round++)
        {
            var crc = uint.MaxValue;
            for (var at = 0; at < bytes.Length;)
            {
                var part = Math.Min(random.Next(1, 9000), bytes.Length - at);
                crc = Crc32C.Append(crc, bytes.AsSpan(at, part));
                at += part;
            }

            (~crc).ShouldBe(Crc32C.Compute(bytes));
        }
    }

    private static uint ByDefinition(uint crc, byte[] bytes)
    {
        foreach (var one in bytes)
        {
            crc ^= one;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0x82F63B78u);
            }
        }

        return crc;
    }
}
