using Migrate.Executor.Destinations.Commands;
using Migrate.Planner;

namespace Migrate.Executor.Tests.Destinations.Commands;

/// <summary>Commands here and by a real OpenSSH server on loopback: the same is expected of both.</summary>
public sealed class HostCommandsTests : IAsyncLifetime
{
    private SshServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await SshServer.StartAsync();

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private SshAddress Address => new(SshServer.Host, SshServer.User, _server.Port) { KeyFile = _server.Key, KnownHosts = _server.KnownHosts };

    private IHostCommands[] Both => [new LocalCommands(TimeProvider.System), new SshCommands(Address, TimeProvider.System)];

    [Fact]
    public async Task Arguments_arrive_as_they_were_given()
    {
        string[] words = ["two words", "it's", "$HOME", "`id`", "", "-n", "a\"b\\c", "x\ny", "*", "~", "ü", "; exit 7", "'"];
        foreach (var commands in Both)
        {
            var result = await commands.RunAsync(new HostCommand(["printf", "<%s>", .. words]), Cancellation);
            result.ShouldBe(new HostCommandResult(0, string.Concat(words.Select(word => $"<{word}>")), ""), commands.Where);
        }
    }

    [Fact]
    public async Task What_a_program_reads_says_and_ends_with_comes_back()
    {
        foreach (var commands in Both)
        {
            var result = await commands.RunAsync(new HostCommand("sh", "-c", "tr a-z A-Z; echo trouble >&2; exit 3") { Input = "heard" }, Cancellation);
            result.ShouldBe(new HostCommandResult(3, "HEARD", "trouble\n"), commands.Where);
            result.LastWords.ShouldBe("trouble");
            (await commands.RunAsync(new HostCommand("sh", "-c", "exit 255"), Cancellation)).ExitCode.ShouldBe(255, "a program's own 255 is no failed login");
        }
    }

    [Fact]
    public async Task A_program_that_takes_too_long_or_says_too_much_is_ended()
    {
        foreach (var commands in Both)
        {
            var slow = await Should.ThrowAsync<MigrateException>(() => commands.RunAsync(new HostCommand("sleep", "25") { Limit = TimeSpan.FromSeconds(2) }, Cancellation));
            slow.Code.ShouldBe("command.timeout", commands.Where);
            slow.Message.ShouldContain("sleep");
            var loud = await Should.ThrowAsync<MigrateException>(() => commands.RunAsync(new HostCommand("yes") { MaxOutput = 100_000 }, Cancellation));
            loud.Code.ShouldBe("command.output-too-long", commands.Where);
        }
    }

    [Fact]
    public async Task A_program_that_is_not_there()
    {
        var here = await Should.ThrowAsync<MigrateException>(() => Both[0].RunAsync(new HostCommand("no-such-program"), Cancellation));
        here.Code.ShouldBe("command.missing");
        (await Both[1].RunAsync(new HostCommand("no-such-program"), Cancellation)).ExitCode.ShouldBe(127);
    }

    [Fact]
    public async Task A_host_key_that_is_not_known_is_refused_with_its_fingerprint()
    {
        var error = await RefusedAsync(Address with { KnownHosts = _server.EmptyKnownHosts });
        error.Code.ShouldBe("ssh.host-key-unknown");
        error.Message.ShouldContain(_server.Fingerprint);
        error.Remedy.ShouldContain($"ssh-keyscan -p {_server.Port}");
        (await File.ReadAllTextAsync(_server.EmptyKnownHosts, Cancellation)).ShouldBeEmpty("nothing is accepted by itself");
    }

    [Fact]
    public async Task A_host_key_that_changed_is_refused_with_both()
    {
        var error = await RefusedAsync(Address with { KnownHosts = _server.WrongKnownHosts });
        error.Code.ShouldBe("ssh.host-key-changed");
        error.Message.ShouldContain(_server.Fingerprint);
        error.Message.ShouldContain(_server.WrongKnownHosts + ":1");
        error.Remedy.ShouldContain("ssh-keygen -R");
        // A command finds the same, not only the login that is made to try.
        (await Should.ThrowAsync<MigrateException>(() => new SshCommands(Address with { KnownHosts = _server.WrongKnownHosts }, TimeProvider.System).RunAsync(new HostCommand("true"), Cancellation)))
            .Code.ShouldBe("ssh.host-key-changed");
    }

    [Fact]
    public async Task Other_failures_of_a_login_have_names_of_their_own()
    {
        (await RefusedAsync(Address with { KeyFile = _server.Stranger })).Code.ShouldBe("ssh.denied");
        (await RefusedAsync(Address with { Host = "no-such-host.invalid" })).Code.ShouldBe("ssh.name-unknown");
        var refused = await RefusedAsync(Address with { Port = 1 });
        refused.Code.ShouldBe("ssh.unreachable");
        refused.IsTransient.ShouldBeTrue();
        await new SshCommands(Address, TimeProvider.System).LogInAsync(Cancellation);
    }

    /// <summary>ssh itself says what it makes of our options beside a user's configuration that would accept anything and ask for a password.</summary>
    [Fact]
    public async Task A_users_configuration_cannot_make_a_login_less_strict()
    {
        var file = Path.Combine(Path.GetTempPath(), $"migrate-ssh-config-{Guid.NewGuid():N}");
        await File.WriteAllTextAsync(file, "Host *\n  StrictHostKeyChecking no\n  BatchMode no\n  ForwardAgent yes\n", Cancellation);
        try
        {
            var effective = (await Programs.OutputOfAsync("ssh", [.. Address.Options, "-F", file, "-G", .. Address.Destination])).Split('\n');
            effective.ShouldContain("stricthostkeychecking true");
            effective.ShouldContain("batchmode yes");
            effective.ShouldContain("forwardagent no");
            effective.ShouldContain($"userknownhostsfile {_server.KnownHosts}");
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static Task<MigrateException> RefusedAsync(SshAddress address) => Should.ThrowAsync<MigrateException>(() => new SshCommands(address, TimeProvider.System).LogInAsync(Cancellation));
}
