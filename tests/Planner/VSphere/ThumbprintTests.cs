using Migrate.Planner.VSphere;

namespace Migrate.Planner.Tests.VSphere;

public sealed class ThumbprintTests
{
    private static readonly string Hex = string.Concat(Enumerable.Range(0, 32).Select(i => i.ToString("x2", System.Globalization.CultureInfo.InvariantCulture)));

    [Theory]
    [InlineData("")]
    [InlineData(":")]
    [InlineData(" ")]
    [InlineData("-")]
    public void Any_spelling_of_the_same_hash_is_the_same_thumbprint(string separator)
    {
        var spelled = string.Join(separator, Hex.Chunk(2).Select(c => new string(c)));
        Thumbprint.Parse(spelled).ShouldStartWith("00:01:02:");
        Thumbprint.Parse(spelled.ToUpperInvariant()).ShouldBe(Thumbprint.Parse(spelled));
    }

    [Theory]
    [InlineData("")]
    [InlineData("AB:CD")]
    [InlineData("DA39A3EE5E6B4B0D3255BFEF95601890AFD80709")] // a SHA-1
    [InlineData("zz000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e")]
    public void What_is_no_SHA_256_is_refused(string text) =>
        Should.Throw<MigrateException>(() => Thumbprint.Parse(text)).Code.ShouldBe("source.thumbprint-invalid");

    [Fact]
    public void An_endpoint_does_not_tell_its_password() =>
        new VSphereEndpoint(new Uri("https://vc1"), "root", "s3cret", null).ToString().ShouldBe("root@vc1:443");
}
