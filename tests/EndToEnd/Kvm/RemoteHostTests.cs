using Migrate.Executor.Destinations;
using Migrate.Planner;

namespace Migrate.EndToEnd.Tests.Kvm;

/// <summary>libvirt and commands by qemu+ssh, through an SSH server of the test's own on loopback to the libvirtd of this machine.</summary>
public sealed class RemoteHostTests : IAsyncLifetime
{
    private SshServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await SshServer.StartAsync();

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static string Uri(SshServer server, string? knownHosts = null) =>
        $"qemu+ssh://{SshServer.User}@{SshServer.Host}:{server.Port}/system?keyfile={server.Key}&known_hosts={knownHosts ?? server.KnownHosts}";

    [Fact]
    public async Task A_host_by_SSH_tells_the_same_as_here()
    {
        await using var remote = await LibvirtConnection.OpenAsync(Uri(_server), TimeProvider.System, Cancellation);
        var there = await new HostFactsReader(TimeProvider.System).ReadAsync(remote, HostFactsReader.CommandsFor(remote.Uri, TimeProvider.System), Cancellation);
        await using var local = await LibvirtFixture.ConnectAsync();
        var here = await new HostFactsReader(TimeProvider.System).ReadAsync(local, HostFactsReader.CommandsFor(local.Uri, TimeProvider.System), Cancellation);

        HostProbe.IsThisMachine(there.Uri).ShouldBeFalse();
        there.HostName.ShouldBe(here.HostName);
        (there.Libvirt, there.Qemu, there.Kernel, there.CpuModel, there.Cpus, there.MemoryBytes).ShouldBe((here.Libvirt, here.Qemu, here.Kernel, here.CpuModel, here.Cpus, here.MemoryBytes));
        there.Cpu.Flags.ShouldBe(here.Cpu.Flags);
        there.Cpu.Flags.ShouldContain("sse2");
        there.Cpu.MaxVcpus.ShouldNotBeNull().ShouldBeGreaterThan(1);
        there.IoUring.Usable.ShouldBe(here.IoUring.Usable);
        there.Software.ShouldBe(here.Software);
        there.Nics.Select(nic => nic.Name).ShouldContain("lo");
        there.Cells.Sum(cell => cell.Cpus.Count).ShouldBe(there.Cpus);
        there.Cells.ShouldAllBe(cell => cell.FreeBytes > 0 && cell.FreeBytes < cell.MemoryBytes);
        there.Gaps.Select(gap => gap.Fact).ShouldBe(here.Gaps.Select(gap => gap.Fact));
        there.ReadAt.ShouldNotBeNull();
        var clock = there.Clock.ShouldNotBeNull();
        Math.Abs(clock.OffsetSeconds).ShouldBeLessThan(clock.UncertaintySeconds + 0.5, "it is the same clock");
    }

    [Fact]
    public async Task A_wrong_host_key_is_named_with_its_fingerprint_and_nothing_is_opened()
    {
        var changed = await Should.ThrowAsync<MigrateException>(() => LibvirtConnection.OpenAsync(Uri(_server, _server.WrongKnownHosts), TimeProvider.System, Cancellation));
        changed.Code.ShouldBe("ssh.host-key-changed");
        changed.Message.ShouldContain(_server.Fingerprint);
        var unknown = await Should.ThrowAsync<MigrateException>(() => LibvirtConnection.OpenAsync(Uri(_server, _server.EmptyKnownHosts), TimeProvider.System, Cancellation));
        unknown.Code.ShouldBe("ssh.host-key-unknown");
    }

    /// <summary>A login that finds neither libvirt's helper nor netcat, as on a host without libvirt.</summary>
    [Fact]
    public async Task A_host_without_libvirt()
    {
        await using var bare = await SshServer.StartAsync("ForceCommand env PATH=/nonexistent /bin/sh -c \"$SSH_ORIGINAL_COMMAND\"");
        // "true" is a program to this shell, and the login is tried with it: it is a builtin of dash and bash.
        var error = await Should.ThrowAsync<MigrateException>(() => LibvirtConnection.OpenAsync(Uri(bare), TimeProvider.System, Cancellation));
        error.Code.ShouldBe("libvirt.daemon-missing", error.Message);
        error.Remedy.ShouldContain("Install libvirt");
    }

    [Fact]
    public async Task A_host_by_TLS_has_no_login_and_says_so()
    {
        HostFactsReader.CommandsFor("qemu+tls://kvm01/system", TimeProvider.System).ShouldBeNull();
        await using var local = await LibvirtFixture.ConnectAsync();
        var facts = await new HostFactsReader(TimeProvider.System).ReadAsync(local, commands: null, Cancellation);
        facts.Qemu.ShouldBeGreaterThan(new Version(5, 0));
        facts.Software.ShouldBeNull();
        facts.Gaps.ShouldContain(gap => gap.Reason.Contains("qemu+ssh"));
    }
}
