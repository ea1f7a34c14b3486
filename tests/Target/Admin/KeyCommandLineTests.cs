using Migrate.Target.Admin;
using Migrate.Target.Authentication;
using Migrate.Target.Tls;

namespace Migrate.Target.Tests.Admin;

public sealed class KeyCommandLineTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("migrate-key-").FullName;

    [Fact]
    public async Task Secrets_come_by_standard_input_or_a_file_and_are_listed_by_host_only()
    {
        var (host, controller, tls) = (await RunAsync("", "generate"), await RunAsync("", "generate", "--hash", "sha512"), await RunAsync("", "generate-tls", "--hash", "sha384"));
        host.ShouldStartWith("DHHC-1:01:");
        controller.ShouldStartWith("DHHC-1:03:");
        tls.ShouldStartWith("NVMeTLSkey-1:02:");
        var file = Path.Combine(_directory, "secret");
        await File.WriteAllTextAsync(file, tls, TestContext.Current.CancellationToken);

        await RunAsync(host + controller, "set", "--directory", _directory, "--host", RunningTarget.HostNqn);
        await RunAsync("", "set-tls", "--directory", _directory, "--host", RunningTarget.HostNqn, "--from", file, "--compat");

        var keys = new HostKeyFile(_directory).Find("any", RunningTarget.HostNqn).ShouldNotBeNull();
        keys.Host.ShouldNotBeNull().Reveal().ShouldBe(host.Trim());
        keys.Controller.ShouldNotBeNull().Reveal().ShouldBe(controller.Trim());
        keys.Tls.ShouldNotBeNull().Key.Reveal().ShouldBe(tls.Trim());
        keys.Tls.Derivation.ShouldBe(TlsDerivation.Compatible);
        (await RunAsync("", "list", "--directory", _directory)).Trim().ShouldBe(RunningTarget.HostNqn);

        await RunAsync("", "remove", "--directory", _directory, "--host", RunningTarget.HostNqn);
        (await RunAsync("", "list", "--directory", _directory)).ShouldBeEmpty();
        (await Should.ThrowAsync<TargetException>(() => RunAsync("", "remove", "--directory", _directory, "--host", RunningTarget.HostNqn)))
            .Code.ShouldBe("target.no-host-keys");
    }

    [Theory]
    [InlineData("", "set")] // no line
    [InlineData("DHHC-1:01:X1JorD6mOjT9LW+kXQHU9CYSMIX7QAa0wbwYpaRTz5klT4l7:", "set")] // a wrong CRC
    [InlineData("DHHC-1:01:X1JorD6mOjT9LW+kXQHU9CYSMIX7QAa0wbwYpaRTz5klT4l6:", "set-tls")] // another kind of secret
    [InlineData("a\nb\nc", "set")]
    public async Task What_is_no_secret_changes_nothing_and_is_not_shown(string input, string verb)
    {
        var failure = await Should.ThrowAsync<TargetException>(() => RunAsync(input, verb, "--directory", _directory, "--host", RunningTarget.HostNqn));
        failure.Code.ShouldBe("target.invalid-secret");
        failure.Message.ShouldNotContain("X1JorD6m");
        File.Exists(Path.Combine(_directory, HostKeyFile.FileName)).ShouldBeFalse();
    }

    [Theory]
    [InlineData("set")]
    [InlineData("set", "--directory", "x")]
    [InlineData("generate", "--hash", "md5")]
    [InlineData("generate-tls", "--hash", "sha512")]
    [InlineData("generate", "--secret", "x")]
    [InlineData("forge")]
    public Task Wrong_arguments_are_refused(params string[] args) => Should.ThrowAsync<FormatException>(() => RunAsync("", args));

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static async Task<string> RunAsync(string input, params string[] args)
    {
        var output = new StringWriter();
        await KeyCommandLine.RunAsync(args, new StringReader(input), output);
        return output.ToString();
    }
}
