using System.Numerics;
using Migrate.Target.Authentication;

namespace Migrate.Target.Tests.Authentication;

public sealed class DiffieHellmanTests
{
    // RFC 7919, appendix A: p = 2^b - 2^(b-64) + (floor(2^(b-130) e) + X) 2^64 - 1, g = 2. Here by BigInteger, the product uses OpenSSL.
    [Theory]
    [InlineData(DhChapGroup.Ffdhe2048, 560316)]
    [InlineData(DhChapGroup.Ffdhe3072, 2625351)]
    [InlineData(DhChapGroup.Ffdhe4096, 5736041)]
    [InlineData(DhChapGroup.Ffdhe6144, 15705020)]
    [InlineData(DhChapGroup.Ffdhe8192, 10965728)]
    public void The_shared_secret_is_that_of_plain_arithmetic(DhChapGroup group, int x)
    {
        var bits = group.Length() * 8;
        var prime = BigInteger.Pow(2, bits) - BigInteger.Pow(2, bits - 64) + ((Euler(bits - 130) + x) * BigInteger.Pow(2, 64)) - 1;
        var secret = new BigInteger(Enumerable.Range(1, 40).Select(i => (byte)i).ToArray(), isUnsigned: true);
        using var ours = new DiffieHellman(group);

        var agreed = ours.Agree(Bytes(BigInteger.ModPow(2, secret, prime)));

        agreed.ShouldBe(Bytes(BigInteger.ModPow(new BigInteger(ours.PublicKey, isUnsigned: true, isBigEndian: true), secret, prime)));

        byte[] Bytes(BigInteger value)
        {
            var bytes = value.ToByteArray(isUnsigned: true, isBigEndian: true);
            return [.. new byte[group.Length() - bytes.Length], .. bytes];
        }
    }

    [Fact]
    public void Keys_that_give_the_secret_away_or_have_another_length_are_refused()
    {
        using var ours = new DiffieHellman(DhChapGroup.Ffdhe2048);
        byte[] one = [.. new byte[255], 1];
        byte[] all = [.. Enumerable.Repeat((byte)0xFF, 256)]; // larger than the prime
        foreach (var key in new[] { new byte[256], one, all, new byte[128], [] })
        {
            Should.Throw<AuthenticationFault>(() => ours.Agree(key)).Failure.ShouldBe(AuthenticationFailure.GroupNotUsable);
        }

        using var other = new DiffieHellman(DhChapGroup.Ffdhe2048);
        ours.Agree(other.PublicKey).ShouldBe(other.Agree(ours.PublicKey));
    }

    // floor(2^shift e), from e = 1/0! + 1/1! + ... with 64 bits to spare.
    private static BigInteger Euler(int shift)
    {
        var term = BigInteger.Pow(2, shift + 64);
        var sum = BigInteger.Zero;
        for (var k = 1; !term.IsZero; k++)
        {
            sum += term;
            term /= k;
        }

        return sum >> 64;
    }
}
