using System.Runtime.Versioning;
using Migrate.Target.Admin;
using Migrate.Target.Authentication;

namespace Migrate.Target.Tests.Authentication;

[SupportedOSPlatform("linux")]
public sealed class HostKeyFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("migrate-keys-").FullName;

    private string FilePath => Path.Combine(_directory, HostKeyFile.FileName);

    [Fact]
    public void Keys_survive_in_a_file_that_only_its_owner_may_read_and_another_reader_sees_changes()
    {
        var (host, controller) = (DhChapSecret.Generate(DhChapHash.Sha256), DhChapSecret.Generate(DhChapHash.Sha512));
        var reader = new HostKeyFile(_directory);
        reader.Find("any", RunningTarget.HostNqn).ShouldBeNull();

        var writer = new HostKeyFile(_directory);
        writer.Set(RunningTarget.HostNqn, host, controller);
        writer.Set(RunningTarget.OtherHostNqn, controller, null);

        File.GetUnixFileMode(FilePath).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var found = reader.Find("any", RunningTarget.HostNqn).ShouldNotBeNull();
        found.Host.ShouldNotBeNull().Reveal().ShouldBe(host.Reveal());
        found.Controller.ShouldNotBeNull().Reveal().ShouldBe(controller.Reveal());
        reader.HostNqns.ShouldBe([RunningTarget.HostNqn, RunningTarget.OtherHostNqn]);

        writer.Remove(RunningTarget.HostNqn).ShouldBeTrue();
        writer.Remove(RunningTarget.HostNqn).ShouldBeFalse();
        reader.Find("any", RunningTarget.HostNqn).ShouldBeNull();
        reader.Find("any", RunningTarget.OtherHostNqn).ShouldNotBeNull().Controller.ShouldBeNull();
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{ "version": 2, "hosts": [] }""")]
    [InlineData("""{ "version": 1, "hosts": [ { "hostNqn": "somebody", "hostKey": "x" } ] }""")]
    [InlineData("""{ "version": 1, "hosts": [ { "hostNqn": "nqn.2026-01.org.example:host", "hostKey": "DHHC-1:01:AAAA:" } ] }""")]
    public void A_damaged_file_is_an_error_and_stays_as_it_is(string content)
    {
        File.WriteAllText(FilePath, content);
        File.SetUnixFileMode(FilePath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var keys = new HostKeyFile(_directory);

        Should.Throw<TargetException>(() => keys.Find("any", RunningTarget.HostNqn)).Code.ShouldBe("target.host-keys-damaged");
        Should.Throw<TargetException>(() => keys.Set(RunningTarget.HostNqn, DhChapSecret.Generate(DhChapHash.None), null));
        File.ReadAllText(FilePath).ShouldBe(content);
    }

    [Fact]
    public void A_file_that_others_may_read_is_refused()
    {
        var keys = new HostKeyFile(_directory);
        keys.Set(RunningTarget.HostNqn, DhChapSecret.Generate(DhChapHash.None), null);
        File.SetUnixFileMode(FilePath, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);

        Should.Throw<TargetException>(() => new HostKeyFile(_directory).Find("any", RunningTarget.HostNqn)).Code.ShouldBe("target.host-keys-open");
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
