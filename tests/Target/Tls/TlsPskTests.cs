using Migrate.Target.Tls;

namespace Migrate.Target.Tests.Tls;

public sealed class TlsPskTests
{
    private const string SubsystemNqn = "nqn.2026-01.org.migrate:target";

    // Computed by Python's hashlib and hmac from the formulas of the specification and of RFC 8446; the last one by libnvme's.
    [Theory]
    [InlineData("NVMeTLSkey-1:01:ICcuNTxDSlFYX2ZtdHuCiZCXnqWss7rByM/W3eTr8vmMpzdS:", 0, false, "", "27ebb3079125880d9b19757b5c8b2bf90e328e279fee7e8e4f1084428324e014")]
    [InlineData("NVMeTLSkey-1:01:ICcuNTxDSlFYX2ZtdHuCiZCXnqWss7rByM/W3eTr8vmMpzdS:", 1, false, "oVtVYwjKlrTDM++XJr0+g4wXevVaJSUaSrghci2WTKA=", "1bbb9e2b552e9e3b17990360d77e4dbe0937c2f94d20f6cccec076e9ce738417")]
    [InlineData("NVMeTLSkey-1:02:MDc+RUxTWmFob3Z9hIuSmaCnrrW8w8rR2N/m7fT7AgkQFx4lLDM6QUhPVl1ka3J51wkKvA==:", 0, false, "", "436317ab25a579bba4189d665a963881e9790c4d2a38c21e17c4ecd84f31357c65411223cb2bf79242c52ae1052d0370")]
    [InlineData("NVMeTLSkey-1:02:MDc+RUxTWmFob3Z9hIuSmaCnrrW8w8rR2N/m7fT7AgkQFx4lLDM6QUhPVl1ka3J51wkKvA==:", 1, false, "Ip1o5lcmj/TNBubaEmL12ssMylC//MduCmXvmoIuR7h3OkBHu5NaVPNz+29+PYXe", "6fe3bca8b13fb15bfeb230bbb2be36a5c0de293d484ca0e1995774c4331332b0136dd474d783462946f4c1afa173d2ab")]
    [InlineData("NVMeTLSkey-1:00:ICcuNTxDSlFYX2ZtdHuCiZCXnqWss7rByM/W3eTr8vmMpzdS:", 0, false, "", "4785fe1b5e31155866f4835ddb378ed25397bb7f737b51fec07ef25c75fd5926")]
    [InlineData("NVMeTLSkey-1:00:ICcuNTxDSlFYX2ZtdHuCiZCXnqWss7rByM/W3eTr8vmMpzdS:", 1, false, "U3aNZxWCMy5Ct76FmKRWtHuCPtg2/HDi5IsaWjqvu5M=", "20303bda13cc5b0a9417a300aa756e910c11d6aa0efab148604b5b412bec10c0")]
    [InlineData("NVMeTLSkey-1:00:MDc+RUxTWmFob3Z9hIuSmaCnrrW8w8rR2N/m7fT7AgkQFx4lLDM6QUhPVl1ka3J51wkKvA==:", 0, false, "", "7ae8f6301b2145422ecef3ed67c03576aee7443cbf453616171f8bf441f9e488f2019c381b09e4ec28c9d1f774240357")]
    [InlineData("NVMeTLSkey-1:00:MDc+RUxTWmFob3Z9hIuSmaCnrrW8w8rR2N/m7fT7AgkQFx4lLDM6QUhPVl1ka3J51wkKvA==:", 1, false, "pHSo7OTw3EirqT9oEQNyajOGpq0Gmxz2Hu90WMGugjU83JsR2zzJ/REZEmdy5XMl", "b9429654638a4d62fe57cdd7648d79bbbe8b26e0b9ce130adec9e5c90ac54923ff2a1b24a3b96746cba37aa3d0f1949f")]
    [InlineData("NVMeTLSkey-1:01:ICcuNTxDSlFYX2ZtdHuCiZCXnqWss7rByM/W3eTr8vmMpzdS:", 1, true, "ZzW4BKT0Bb7nfyaqaXsl7tRAqmBbBPdVkVjIb5/HyQ0=", "417b5a8d231d36315b4fde012985208980d6ff6f9c4df39ad5667684ffa60084")]
    public void Identity_and_key_are_those_of_another_implementation(string key, int version, bool compatible, string digest, string psk)
    {
        var derived = TlsKey.Parse(key).For(RunningTarget.HostNqn, SubsystemNqn, (TlsIdentityVersion)version,
            compatible ? TlsDerivation.Compatible : TlsDerivation.Standard);

        var hash = psk.Length == 64 ? "01" : "02";
        derived.Identity.ShouldBe($"NVMe{version}R{hash} {RunningTarget.HostNqn} {SubsystemNqn}{(version == 1 ? " " + digest : "")}");
        Convert.ToHexStringLower(derived.Key).ShouldBe(psk);
        var read = TlsPsk.ReadIdentity(derived.Identity).ShouldNotBeNull();
        ((int)read.Version).ShouldBe(version);
        read.Peers.ShouldBe(new TlsPeers(RunningTarget.HostNqn, SubsystemNqn));
        read.Hash.ShouldBe(derived.Hash);
    }

    // nvme-cli 2.13: nvme check-tls-key --keydata ... --identity=1 --insert --keyfile ..., which writes the identity and the key.
    [Theory]
    [InlineData("NVMeTLSkey-1:01:CO/YuyQp+CLEFSpxGMH0lR9tIujMAJ9epVqKI8tU9tjGuT93:", "R01", "S1ekkJr9ILPPwArL0hXVLxvfFRfT5bN6M6YzMe/7+RY=",
        "9kvTPAE6HcnxMn41lkvs0HFeX0o6sq+aQ7fIJWeuJIE=")]
    [InlineData("NVMeTLSkey-1:02:VIg/whRgU++nLjs2NuUmRlgH/MYD4KADpNJ81Q9CIxPPSmf6m+TPU3G5rzZi6FZzU342Cg==:", "R02",
        "yF3guYxzB/HZsztMxADRr+m61As3c2G+7w/SAT12qCaJXQVRKf87+xQSRZ7rywTW", "/ep4/skG9PSqERFZvfYRtsTjAeEqmEnGOynEJMbZxRp45Swbl8AxwUY50Xt+HR8I")]
    public void Nvme_cli_before_2_16_derives_the_compatible_key(string key, string hash, string digest, string psk)
    {
        const string host = "nqn.2014-08.org.nvmexpress:uuid:11111111-2222-3333-4444-555555555555";
        var derived = TlsKey.Parse(key).For(host, SubsystemNqn, TlsIdentityVersion.Digest, TlsDerivation.Compatible);

        derived.Identity.ShouldBe($"NVMe1{hash} {host} {SubsystemNqn} {digest}");
        Convert.ToBase64String(derived.Key).ShouldBe(psk);
    }

    [Theory]
    [InlineData("")]
    [InlineData("NVMe0R03 a b")]
    [InlineData("NVMe0R01 a b c")]
    [InlineData("NVMe1R01 a b")]
    [InlineData("Client_identity")]
    public void Other_identities_are_none(string identity) => TlsPsk.ReadIdentity(identity).ShouldBeNull();

    [Theory]
    [InlineData("DHHC-1:01:X1JorD6mOjT9LW+kXQHU9CYSMIX7QAa0wbwYpaRTz5klT4l6:", "form")]
    [InlineData("NVMeTLSkey-1:03:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAcOwG6H:", "hash")]
    [InlineData("NVMeTLSkey-1:02:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAcOwG6H:", "length")]
    [InlineData("NVMeTLSkey-1:01:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAcOwG6I:", "CRC")]
    [InlineData("NVMeTLSkey-1:01:!AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAcOwG6H:", "base64")]
    public void What_is_no_key_is_refused_with_its_reason(string text, string reason) =>
        Should.Throw<FormatException>(() => TlsKey.Parse(text)).Message.ShouldContain(reason);

    // The first by nvme-cli: nvme gen-tls-key --hmac=1 --secret=0...07.
    [Fact]
    public void Keys_are_written_as_they_were_read_and_do_not_print()
    {
        const string text = "NVMeTLSkey-1:01:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAcOwG6H:";
        TlsKey.Parse(text).Reveal().ShouldBe(text);
        $"{TlsKey.Parse(text)}".ShouldBe("NVMeTLSkey-1:01:…:");
        var made = TlsKey.Generate(sha384: true).Reveal();
        made.ShouldStartWith("NVMeTLSkey-1:02:");
        TlsKey.Parse(made).Reveal().ShouldBe(made);
    }
}
