using Migrate.Target.Authentication;

namespace Migrate.Target.Tests.Authentication;

public sealed class DhChapSecretTests
{
    // Written by nvme-cli 2.4: nvme gen-dhchap-key --hmac=1 --nqn ..., and --hmac=0.
    [Theory]
    [InlineData("DHHC-1:01:X1JorD6mOjT9LW+kXQHU9CYSMIX7QAa0wbwYpaRTz5klT4l6:", DhChapHash.Sha256)]
    [InlineData("DHHC-1:00:GTN2BsDlUdjFEYw+dYsZ86NzCOF21iH+ECfVFZ6s5jqWX+Sl:", DhChapHash.None)]
    public void Secrets_of_nvme_cli_are_read_and_written_again(string text, DhChapHash hash)
    {
        var secret = DhChapSecret.Parse($" {text}\n");
        secret.Hash.ShouldBe(hash);
        secret.Reveal().ShouldBe(text);
    }

    [Theory]
    [InlineData(DhChapHash.None, 48)]
    [InlineData(DhChapHash.Sha256, 48)]
    [InlineData(DhChapHash.Sha384, 72)]
    [InlineData(DhChapHash.Sha512, 92)]
    public void A_new_secret_is_random_has_its_hashs_length_and_reads_back(DhChapHash hash, int characters)
    {
        var text = DhChapSecret.Generate(hash).Reveal();
        text.Split(':')[2].Length.ShouldBe(characters);
        DhChapSecret.Parse(text).Reveal().ShouldBe(text);
        DhChapSecret.Generate(hash).Reveal().ShouldNotBe(text);
    }

    [Theory]
    [InlineData("", "form")]
    [InlineData("DHHC-1:", "form")]
    [InlineData("DHHC-1:01:X1JorD6mOjT9LW+kXQHU9CYSMIX7QAa0wbwYpaRTz5klT4l6", "form")] // no colon at the end
    [InlineData("NVMeTLSkey-1:01:X1JorD6mOjT9LW+kXQHU9CYSMIX7QAa0wbwYpaRTz5klT4l6:", "form")]
    [InlineData("DHHC-1:04:X1JorD6mOjT9LW+kXQHU9CYSMIX7QAa0wbwYpaRTz5klT4l6:", "hash")]
    [InlineData("DHHC-1:0g:X1JorD6mOjT9LW+kXQHU9CYSMIX7QAa0wbwYpaRTz5klT4l6:", "hash")]
    [InlineData("DHHC-1:01:X1JorD6mOjT9LW+kXQHU9CYSMIX7QAa0wbwYpaRTz5klT4l7:", "CRC")] // the last character is wrong
    [InlineData("DHHC-1:01:X1JorD6mOjT9LW+kXQHU9CYSMIX7QAa0wbwYpaRTz5klT4?6:", "base64")]
    [InlineData("DHHC-1:01:X1JorD6mOjT9LW+kXQHU9CYSMIX7:", "32, 48 or 64")]
    public void What_is_no_secret_is_refused_with_its_reason_and_without_showing_it(string text, string reason)
    {
        var message = Should.Throw<FormatException>(() => DhChapSecret.Parse(text)).Message;
        message.ShouldContain(reason);
        message.ShouldNotContain("X1JorD6m");
    }

    [Fact]
    public void Printing_a_secret_does_not_show_it()
    {
        var secret = DhChapSecret.Parse("DHHC-1:01:X1JorD6mOjT9LW+kXQHU9CYSMIX7QAa0wbwYpaRTz5klT4l6:");
        $"{secret}".ShouldBe("DHHC-1:01:…:");
        $"{new HostKeys(secret, secret)}".ShouldNotContain("X1JorD6m");
    }
}
