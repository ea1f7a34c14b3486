using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.EndToEnd.Tests.Guest;
using Migrate.Target.Admin;
using Migrate.Target.Authentication;
using Migrate.Target.Host;
using Migrate.Target.Tls;

namespace Migrate.EndToEnd.Tests.Target;

/// <summary>TLS 1.3 with pre-shared keys between the Linux kernel's initiator (handshake by tlshd and GnuTLS, records by the kernel) and our target.</summary>
public sealed class KernelTlsTests
{
    private const string GuestNqn = "nqn.2014-08.org.nvmexpress:uuid:11111111-2222-3333-4444-555555555555"; // as eng/guest/initramfs.sh has it

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Our_host_connects_by_tls_to_the_kernels_target()
    {
        const string subsystemNqn = "nqn.2026-01.org.migrate.test:kernel";
        var uuid = Guid.Parse("5c0ffee0-1234-4567-89ab-0123456789ab");
        var hostId = Guid.Parse("7c3f1c4e-0000-4000-8000-00000000000a");
        var key = TlsKey.Generate();
        var hostNqn = $"nqn.2014-08.org.nvmexpress:uuid:{hostId}";
        await using var guest = await KernelTarget.StartAsync(
            await GuestImage.PrepareForTlsAsync(Cancel), subsystemNqn, uuid, $"TLS_KEY={key.Reveal()} TLS_HOST={hostNqn}", Cancel);
        var options = new NvmeHostOptions
        {
            EndPoint = new IPEndPoint(IPAddress.Loopback, guest.Port),
            SubsystemNqn = subsystemNqn,
            HostNqn = hostNqn,
            HostId = hostId,
            TlsKey = key,
            TlsCompatible = true,
            ConnectTimeout = TimeSpan.FromMinutes(2),
        };

        await using var host = await NvmeHost.ConnectAsync(options, TimeProvider.System, null, Cancel);
        var disk = await host.OpenAsync(uuid, Cancel);
        var written = RandomNumberGenerator.GetBytes(1 << 20);
        await disk.WriteAsync(0, written, Cancel);
        var read = new byte[written.Length];
        await disk.ReadAsync(0, read, Cancel);
        read.AsSpan().SequenceEqual(written).ShouldBeTrue();
        await Should.ThrowAsync<NvmeException>(() => NvmeHost.ConnectAsync(options with { TlsKey = TlsKey.Generate() }, TimeProvider.System, null, Cancel));
    }

    [Fact]
    public async Task Linux_connects_by_tls_and_authenticates_and_keeps_its_data_but_not_with_another_key()
    {
        var image = await GuestImage.PrepareForTlsAsync(Cancel);
        var root = Directory.CreateTempSubdirectory("migrate-tls-").FullName;
        var uuid = Guid.NewGuid();
        var secret = DhChapSecret.Generate(DhChapHash.Sha256);
        var targets = new List<NvmeTarget>();
        try
        {
            var words = new List<string>();
            foreach (var version in new[] { 0, 1 })
            {
                // SHA-256: GnuTLS before 3.8.11, which Debian 13's tlshd uses, does not do the binders of SHA-384.
                var key = TlsKey.Generate();
                var target = await NvmeTarget.StartAsync(new TargetOptions
                {
                    Directory = Path.Combine(root, $"{version}"),
                    Port = 0,
                    MorePorts = [new PortSpec(10, IPAddress.Loopback, 0, Tls: true)],
                    HandshakeTimeout = TimeSpan.FromMinutes(5), // the guest's machine is emulated
                }, TimeProvider.System, NullLoggerFactory.Instance, Cancel);
                targets.Add(target);
                await target.CreateNamespaceAsync(new NamespaceSpec(uuid, 16 << 20), Cancel);
                target.SetTlsKey(GuestNqn, key, compatible: true); // the guest has Debian 13's nvme-cli 2.13
                target.SetHostKeys(GuestNqn, secret);
                words.Add($"{target.ListPorts().Single(p => p.Tls).EndPoint.Port},{key.Reveal()},{version}");
            }

            var job = $"""
                NQN={targets[0].SubsystemNqn} UUID={uuid} HOST_SECRET={secret.Reveal()} PLAIN_PORT={targets[0].EndPoint.Port}
                TARGETS='{string.Join(' ', words)}' WRONG_KEY={TlsKey.Generate().Reveal()}
                {await File.ReadAllTextAsync(Repository.PathOf("tests", "EndToEnd", "Target", "tls.sh"), Cancel)}
                """;

            var run = await GuestRun.RunAsync(image, job, null, TimeSpan.FromMinutes(15), ["-m", "512"], Cancel);

            run.Status.ShouldBe(0, run.Console);
            run.Console.ShouldContain("ALL-GOOD");
            run.Console.ShouldContain($"SECURED {targets[0].ListPorts().Single(p => p.Tls).EndPoint.Port} by an identity of version 0");
            run.Console.ShouldContain($"SECURED {targets[1].ListPorts().Single(p => p.Tls).EndPoint.Port} by an identity of version 1");
        }
        finally
        {
            foreach (var target in targets)
            {
                await target.DisposeAsync();
            }

            Directory.Delete(root, recursive: true);
        }
    }
}
