using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Planner.VSphere;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Planner.Tests.VSphere;

/// <summary>A source that is known by its IPv6 address: URLs write it in brackets, TLS does not.</summary>
public sealed class Ipv6Tests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pinned_source_at_an_IPv6_address_is_read_and_exports()
    {
        var estate = new Estate { Vms = [new EstateVm { Name = "web01", Power = EstatePower.Off, Disks = [new EstateDisk { Capacity = 1 << 20 }] }] };
        await using var server = await SimulatorServer.StartAsync(estate, new SimulatorOptions { Listen = IPAddress.IPv6Loopback }, Cancel);
        server.Url.Host.ShouldBe("[::1]");

        (await VSphereSession.ReadThumbprintAsync(server.Url, SourceAddresses.Usual, Cancel)).ShouldBe(server.Thumbprint);
        // The same address in another of its forms.
        await using var session = await OpenAsync(new Uri($"https://[0:0:0:0:0:0:0:1]:{server.Url.Port}"), server.Thumbprint);
        var vm = (await session.ReadInventoryAsync(Cancel)).Vms.ShouldHaveSingleItem();
        session.Login.Host.ShouldBe("::1");
        session.Login.Sha1Thumbprint.Length.ShouldBe(59);

        // The lease's addresses are of hosts that are vouched for by name, which is an address in brackets here.
        await using var lease = await session.OpenExportLeaseAsync(vm.Key, Cancel);
        using var answer = await session.Http.GetAsync(lease.Disks.ShouldHaveSingleItem().Url, Cancel);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);

        (await Should.ThrowAsync<MigrateException>(() => OpenAsync(server.Url, new string('A', 64)))).Code.ShouldBe("source.thumbprint-mismatch");
    }

    [Theory]
    [InlineData("[2001:db8::7]", "2001:db8::7")]
    [InlineData("2001:DB8:0:0::7", "[2001:db8::7]")]
    [InlineData("esx1.example", "ESX1.example")]
    public void A_host_that_the_source_named_is_the_same_however_its_address_is_written(string named, string connected)
    {
        using var key = RSA.Create(2048);
        using var certificate = new CertificateRequest("CN=esx", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
        var trust = new CertificateTrust(new Uri("https://vc.example"), null);
        trust.AcceptNamed(named, Thumbprint.Sha1Of(certificate));
        trust.Accept(connected, certificate, SslPolicyErrors.RemoteCertificateChainErrors).ShouldBeTrue();
    }

    private static Task<VSphereSession> OpenAsync(Uri url, string thumbprint) => VSphereSession.OpenAsync(
        new(url, "administrator@vsphere.local", "rehearsal", thumbprint), TimeProvider.System, NullLoggerFactory.Instance, Cancel);
}
