using System.Net;
using System.Security.Cryptography;
using Migrate.EndToEnd.Tests.Guest;
using Migrate.Target.Host;
using Migrate.Target.Probe;

namespace Migrate.EndToEnd.Tests.Target;

/// <summary>Our host against a target that we did not write: the Linux kernel's nvmet-tcp in a guest.</summary>
public sealed class KernelTargetTests
{
    private const string SubsystemNqn = "nqn.2026-01.org.migrate.test:kernel";

    private static readonly Guid Uuid = Guid.Parse("5c0ffee0-1234-4567-89ab-0123456789ab");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Our_host_reads_writes_flushes_and_zeroes_on_the_kernels_target()
    {
        var image = await GuestImage.PrepareAsync(Cancel);
        await using var guest = await KernelTarget.StartAsync(image, SubsystemNqn, Uuid, "", Cancel);
        foreach (var digests in new[] { false, true })
        {
            await ExerciseAsync(guest.Port, digests);
        }

        await ProbeAsync(guest.Port);
    }

    private static NvmeHostOptions Options(int port, bool digests) => new()
    {
        EndPoint = new IPEndPoint(IPAddress.Loopback, port),
        SubsystemNqn = SubsystemNqn,
        HostNqn = "nqn.2014-08.org.nvmexpress:uuid:7c3f1c4e-0000-4000-8000-00000000000a",
        HostId = Guid.Parse("7c3f1c4e-0000-4000-8000-00000000000a"),
        HeaderDigest = digests,
        DataDigest = digests,
        ConnectTimeout = TimeSpan.FromMinutes(1),
    };

    private static async Task ExerciseAsync(int port, bool digests)
    {
        await using var host = await NvmeHost.ConnectAsync(Options(port, digests), TimeProvider.System, null, Cancel);
        host.IoQueues.ShouldBe(2);
        var disk = await host.OpenAsync(Uuid, Cancel);
        disk.CapacityBytes.ShouldBe(64 << 20);

        // In the capsule, by one R2T, and in many commands at once.
        foreach (var length in new[] { 512, 16 * 1024, 128 * 1024, 4 * 1024 * 1024 })
        {
            var written = RandomNumberGenerator.GetBytes(length);
            await disk.WriteAsync(length, written, Cancel);
            var read = new byte[length];
            await disk.ReadAsync(length, read, Cancel);
            read.AsSpan().SequenceEqual(written).ShouldBeTrue($"{length} bytes, digests {digests}");
        }

        await disk.FlushAsync(Cancel);
        await disk.WriteZeroesAsync(4 << 20, 2 << 20, Cancel);
        var zeroed = new byte[4 << 20];
        await disk.ReadAsync(4 << 20, zeroed, Cancel);
        zeroed.AsSpan(0, 2 << 20).ContainsAnyExcept((byte)0).ShouldBeFalse();
        zeroed.AsSpan(2 << 20).ContainsAnyExcept((byte)0).ShouldBeTrue();
    }

    private static async Task ProbeAsync(int port)
    {
        var report = await TargetProbe.RunAsync(new ProbeOptions { Host = Options(port, digests: false) with { SubsystemNqn = "" } }, TimeProvider.System, Cancel);

        TestContext.Current.TestOutputHelper?.WriteLine($"{report.Controller} {report.Path} {string.Join(' ', report.Measurements)}");
        report.Discovered.ShouldContain(d => d.Nqn == SubsystemNqn && d.Transport == "tcp");
        report.Controller.SubsystemNqn.ShouldBe(SubsystemNqn);
        report.Controller.Model.ShouldBe("Linux");
        report.Namespaces.ShouldBe([new ProbedNamespace(1, Uuid, 64 << 20, 512)]);
        report.Measurements.Count.ShouldBe(3);
        report.Measurements.ShouldAllBe(m => m.Commands > 0);
        report.Digests.ShouldBe(new DigestCheck(true, true, 4 << 20, null));
    }
}
