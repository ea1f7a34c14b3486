using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Api.Hosting;
using Migrate.Api.Security;
using Migrate.Planner;

namespace Migrate.Api.Tests.Security;

/// <summary>Keys that are encrypted to a certificate at rest.</summary>
public sealed class KeyCertificateTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("migrate-keys-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private DataDirectory Data => new(Path.Combine(_directory, "data"));

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Without_its_certificate_a_key_opens_nothing_and_the_server_does_not_start()
    {
        var (first, second) = (KeyCertificates.Read(Rsa("first")), KeyCertificates.Read(Rsa("second")));
        string closed;
        await using (var server = await StartAsync(first))
        {
            closed = Protector(server).Protect("S3cret");
        }

        var stored = await File.ReadAllTextAsync(Directory.GetFiles(Data.Keys, "key-*.xml").ShouldHaveSingleItem(), Cancel);
        stored.ShouldContain("EncryptedData");
        stored.ShouldNotContain("<value>");
        foreach (var others in (X509Certificate2[][])[[], [second]])
        {
            var refused = await Should.ThrowAsync<MigrateException>(() => StartAsync(others));
            (refused.Code, refused.Remedy).ShouldBe(("keys.closed", "Name the certificate that it was encrypted to with --key-certificate, beside newer ones; or restore the folder from a backup."));
        }

        // Its follower, with the former one beside it.
        await using (var server = await StartAsync(second, first))
        {
            Protector(server).Unprotect(closed).ShouldBe("S3cret");
        }
    }

    [Fact]
    public async Task Keys_from_before_there_was_a_certificate_still_open()
    {
        string closed;
        await using (var server = await StartAsync())
        {
            closed = Protector(server).Protect("S3cret");
        }

        await using (var server = await StartAsync(KeyCertificates.Read(Rsa("later"))))
        {
            Protector(server).Unprotect(closed).ShouldBe("S3cret");
        }
    }

    [Fact]
    public void What_cannot_be_used_is_refused_with_the_reason()
    {
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = new CertificateRequest("CN=keys", curve, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
        Should.Throw<FormatException>(() => KeyCertificates.Read(Write("curve", other.ExportCertificatePem() + "\n" + curve.ExportPkcs8PrivateKeyPem()))).Message.ShouldContain("no RSA key");
        Should.Throw<FormatException>(() => KeyCertificates.Read(Write("half", other.ExportCertificatePem()))).Message.ShouldContain("cannot be read as a PEM file");
        Should.Throw<FormatException>(() => KeyCertificates.Read(Path.Combine(_directory, "none"))).Message.ShouldContain("cannot be read as a PEM file");
        var open = Rsa("open");
        File.SetUnixFileMode(open, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        Should.Throw<FormatException>(() => KeyCertificates.Read(open)).Message.ShouldContain("chmod 600");
    }

    private static IDataProtector Protector(MigrateServer server) => server.Services.GetRequiredService<IDataProtectionProvider>().CreateProtector("test");

    private Task<MigrateServer> StartAsync(params X509Certificate2[] certificates) => MigrateServer.StartAsync(
        new ServeOptions { Data = Data, KeyCertificates = certificates, Urls = "http://127.0.0.1:0", TargetPort = 0, DiscoveryPort = null }, Cancel, _ => { });

    private string Rsa(string name)
    {
        using var key = RSA.Create(2048);
        using var certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
        return Write(name, certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem());
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_directory, name + ".pem");
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }
}
