using System.Runtime.Versioning;
using Migrate.Target.Admin;
using Migrate.Target.Authentication;
using Migrate.Target.Host;
using Migrate.Target.Protocol;

namespace Migrate.Target.Tests.Authentication;

/// <summary>Target and host together, each by its own half of the protocol.</summary>
[SupportedOSPlatform("linux")]
public sealed class AuthenticationTests
{
    private static readonly DhChapSecret HostKey = DhChapSecret.Generate(DhChapHash.Sha256);
    private static readonly DhChapSecret ControllerKey = DhChapSecret.Generate(DhChapHash.Sha384);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<DhChapHash, DhChapGroup> HashesAndGroups => new(
        from hash in new[] { DhChapHash.Sha256, DhChapHash.Sha384, DhChapHash.Sha512 }
        from chosen in Enum.GetValues<DhChapGroup>()
        select (hash, chosen));

    [Theory]
    [MemberData(nameof(HashesAndGroups))]
    public async Task Host_and_controller_authenticate_each_other_and_data_flows(DhChapHash hash, DhChapGroup group)
    {
        await using var target = await RunningTarget.StartAsync(change: o => o with { AuthenticationHashes = [hash], AuthenticationGroups = [group] });
        target.Target.SetHostKeys(RunningTarget.HostNqn, HostKey, ControllerKey);
        var one = await target.CreateAsync(1 << 20);
        await using var host = await target.ConnectAsync(o => o with { HostKey = HostKey, ControllerKey = ControllerKey, ConnectTimeout = TimeSpan.FromMinutes(1) });
        host.IoQueues.ShouldBe(2);
        var disk = await host.OpenAsync(one.Uuid, Cancel);
        await disk.WriteAsync(0, new byte[4096].Select((_, i) => (byte)i).ToArray(), Cancel);
        var read = new byte[4096];
        await disk.ReadAsync(0, read, Cancel);
        read[255].ShouldBe((byte)255);
    }

    [Fact]
    public async Task A_host_without_its_secret_or_with_another_is_refused_and_others_go_on()
    {
        var log = new LogOfWarnings();
        await using var target = await RunningTarget.StartAsync(loggers: log.Factory);
        target.Target.SetHostKeys(RunningTarget.HostNqn, HostKey);
        var one = await target.CreateAsync(1 << 20);
        await using var other = await target.ConnectAsync(hostNqn: RunningTarget.OtherHostNqn); // has no secret and needs none
        var disk = await other.OpenAsync(one.Uuid, Cancel);

        var silent = await Should.ThrowAsync<NvmeException>(() => target.ConnectAsync());
        silent.Message.ShouldContain("no secret");
        silent.DoNotRetry.ShouldBeTrue();
        var wrong = await Should.ThrowAsync<NvmeException>(() => target.ConnectAsync(o => o with { HostKey = DhChapSecret.Generate(DhChapHash.Sha256) }));
        wrong.Message.ShouldContain("refuses this host's authentication");
        wrong.IsConnectionLost.ShouldBeFalse(); // it is no use to try again
        await log.WaitForAsync("does not fit its secret");
        log.Lines.ShouldContain(l => l.Contains(RunningTarget.HostNqn) && l.Contains("does not fit its secret"));

        await disk.WriteAsync(0, new byte[4096], Cancel);
    }

    [Fact]
    public async Task A_target_that_cannot_prove_itself_is_refused_by_the_host()
    {
        var log = new LogOfWarnings();
        await using var target = await RunningTarget.StartAsync(loggers: log.Factory);
        var wanting = (NvmeHostOptions o) => o with { HostKey = HostKey, ControllerKey = ControllerKey };

        target.Target.SetHostKeys(RunningTarget.HostNqn, HostKey, DhChapSecret.Generate(DhChapHash.Sha384));
        (await Should.ThrowAsync<NvmeException>(() => target.ConnectAsync(wanting))).Message.ShouldContain("does not prove");
        await log.WaitForAsync("the host refuses");

        target.Target.SetHostKeys(RunningTarget.HostNqn, HostKey);
        await Should.ThrowAsync<NvmeException>(() => target.ConnectAsync(wanting));
        await log.WaitForAsync("wants the controller authenticated");

        target.Target.RemoveHostKeys(RunningTarget.HostNqn).ShouldBeTrue();
        await Should.ThrowAsync<NvmeException>(() => target.ConnectAsync(wanting)); // a target that asks for nothing proves nothing
    }

    [Fact]
    public async Task Where_authentication_is_required_hosts_without_a_secret_do_not_get_in_but_may_discover()
    {
        await using var target = await RunningTarget.StartAsync(change: o => o with { RequireAuthentication = true });
        target.Target.SetHostKeys(RunningTarget.HostNqn, HostKey);

        var refused = await Should.ThrowAsync<NvmeException>(() => target.ConnectAsync(hostNqn: RunningTarget.OtherHostNqn));
        (refused.StatusCodeType, refused.StatusCode).ShouldBe((1, 0x84));
        await using var host = await target.ConnectAsync(o => o with { HostKey = HostKey });
        using var discovery = new ScriptedHost(target.Target.EndPoint);
        discovery.Initialize();
        discovery.Connect(Nqn.Discovery, hostNqn: RunningTarget.OtherHostNqn).Status.ShouldBe((ushort)0);
    }

    [Fact]
    public async Task A_file_of_secrets_that_cannot_be_read_lets_nobody_in_and_says_why()
    {
        var log = new LogOfWarnings();
        await using var target = await RunningTarget.StartAsync(loggers: log.Factory);
        var path = Path.Combine(target.Target.Directory, HostKeyFile.FileName);
        await File.WriteAllTextAsync(path, "{", Cancel);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        var refused = await Should.ThrowAsync<NvmeException>(() => target.ConnectAsync());
        refused.DoNotRetry.ShouldBeFalse(); // hosts wait until it is repaired
        await log.WaitForAsync("host-keys.json cannot be read");

        File.Delete(path);
        await using var host = await target.ConnectAsync();
    }

    [Fact]
    public void Options_without_a_hash_or_a_group_are_refused()
    {
        var options = new TargetOptions { Directory = "x", AuthenticationHashes = [DhChapHash.None], AuthenticationGroups = [] };
        var problems = Should.Throw<TargetException>(() => TargetOptionsCheck.ThrowIfWrong(options)).Message;
        problems.ShouldContain("AuthenticationHashes");
        problems.ShouldContain("AuthenticationGroups");
    }
}
