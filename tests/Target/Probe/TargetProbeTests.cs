using System.Net;
using System.Security.Cryptography;
using Migrate.Target.Admin;
using Migrate.Target.Host;
using Migrate.Target.Probe;

namespace Migrate.Target.Tests.Probe;

public sealed class TargetProbeTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(200);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_probe_finds_the_subsystem_by_discovery_and_says_what_it_is_and_how_fast()
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(8 << 20, blockSize: 4096);

        var report = await ProbeAsync(target, o => o with { Host = o.Host with { SubsystemNqn = "" } });

        report.Discovered.ShouldContain(d => d.Nqn == target.Target.SubsystemNqn && d.Transport == "tcp" && d.Port == $"{target.Target.EndPoint.Port}" && !d.IsDiscovery);
        report.Discovered.ShouldContain(d => d.IsDiscovery);
        report.Controller.SubsystemNqn.ShouldBe(target.Target.SubsystemNqn);
        report.Controller.Model.ShouldBe("Migrate NVMe/TCP target");
        report.Controller.Version.ShouldBe("2.0.0");
        report.Namespaces.ShouldBe([new ProbedNamespace(created.Nsid, created.Uuid, 8 << 20, 4096)]);
        report.Measured.ShouldBe(created.Uuid);
        report.Measurements.Select(m => (m.BlockBytes, m.QueueDepth)).ShouldBe([(4096, 1), (4096, 32), (131072, 8)]);
        report.Measurements.ShouldAllBe(m => m.Commands > 0 && m.P50Us > 0 && m.P50Us <= m.P99Us && m.BytesPerSecond > 0);
        report.Digests.ShouldBe(new DigestCheck(true, true, 4 << 20, null));
        report.Path.LocalAddress.ShouldBe("127.0.0.1");
        report.Path.SegmentBytes.ShouldBeInRange(1000, 65536);
        report.Path.RoundTripUs.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_probe_writes_only_where_it_was_told_to()
    {
        await using var target = await RunningTarget.StartAsync();
        var kept = await target.CreateAsync(1 << 20);
        var given = await target.CreateAsync(1 << 20);
        var content = RandomNumberGenerator.GetBytes(1 << 20);
        await using var host = await target.ConnectAsync();
        foreach (var uuid in new[] { kept.Uuid, given.Uuid })
        {
            await (await host.OpenAsync(uuid, Cancel)).WriteAsync(0, content, Cancel);
        }

        await ProbeAsync(target, o => o);
        (await ReadAsync(host, kept.Uuid)).ShouldBe(content);
        (await ReadAsync(host, given.Uuid)).ShouldBe(content);
        await Should.ThrowAsync<ArgumentException>(() => ProbeAsync(target, o => o with { Write = true }));

        var report = await ProbeAsync(target, o => o with { Write = true, Namespace = given.Uuid });

        report.Measurements.Count.ShouldBe(6);
        (await ReadAsync(host, kept.Uuid)).ShouldBe(content);
        (await ReadAsync(host, given.Uuid)).ShouldNotBe(content);
    }

    [Fact]
    public async Task Several_subsystems_are_listed_and_one_must_be_named()
    {
        await using var target = await RunningTarget.StartAsync();
        const string other = "nqn.2026-01.org.migrate.test:other";
        await target.Target.PutSubsystemAsync(new SubsystemSpec(other) { AllowAnyHost = true }, Cancel);

        var error = await Should.ThrowAsync<NvmeException>(() => ProbeAsync(target, o => o with { Host = o.Host with { SubsystemNqn = "" } }));
        error.Message.ShouldContain(other);
        error.Message.ShouldContain(target.Target.SubsystemNqn);

        var report = await ProbeAsync(target, o => o with { Host = o.Host with { SubsystemNqn = other } });
        report.Controller.SubsystemNqn.ShouldBe(other);
        report.Measurements.ShouldBeEmpty("it has no namespace");
    }

    [Theory]
    [InlineData("127.0.0.1", 65536, 65535, 65483, 0, null)]
    [InlineData("10.0.0.1", 1500, 1500, 1448, 0, "Standard frames")]
    [InlineData("10.0.0.1", 9000, 9000, 8948, 0, null)]
    [InlineData("10.0.0.1", 9000, 9000, 1448, 0, "smaller MTU")]
    [InlineData("10.0.0.1", 9000, 1500, 1448, 0, "smaller MTU")]
    [InlineData("10.0.0.1", 9000, 9000, 8948, 500, "-s 8972")]
    public void The_hint_follows_from_what_TCP_knows(string local, int mtu, int pathMtu, int segment, int again, string? hint)
    {
        var given = NetworkPath.HintFor(IPAddress.Parse(local), mtu, pathMtu, segment, again);

        if (hint is null)
        {
            given.ShouldBeNull();
        }
        else
        {
            given.ShouldNotBeNull().ShouldContain(hint);
        }
    }

    private static Task<ProbeReport> ProbeAsync(RunningTarget target, Func<ProbeOptions, ProbeOptions> change) => TargetProbe.RunAsync(
        change(new ProbeOptions { Host = target.HostOptions(RunningTarget.OtherHostNqn), Duration = Short }), TimeProvider.System, Cancel);

    private static async Task<byte[]> ReadAsync(NvmeHost host, Guid uuid)
    {
        var read = new byte[1 << 20];
        await (await host.OpenAsync(uuid, Cancel)).ReadAsync(0, read, Cancel);
        return read;
    }
}
