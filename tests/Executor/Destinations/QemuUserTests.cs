using System.Runtime.Versioning;
using System.Xml.Linq;
using Migrate.Executor.Destinations;

namespace Migrate.Executor.Tests.Destinations;

[SupportedOSPlatform("linux")]
public sealed class QemuUserTests : IDisposable
{
    private static readonly QemuUser Nobody = new(65534, 65534);
    private readonly string _directory = Directory.CreateTempSubdirectory("migrate-qemu-user-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void The_user_is_in_the_DAC_label_of_libvirts_capabilities() => QemuUser.Of(XElement.Parse("""
        <capabilities><host>
          <secmodel><model>apparmor</model><baselabel type='kvm'>x:y</baselabel></secmodel>
          <secmodel><model>dac</model><doi>0</doi><baselabel type='kvm'>+64055:+64056</baselabel></secmodel>
        </host></capabilities>
        """)).ShouldBe(new QemuUser(64055, 64056));

    [Fact]
    public void Without_a_DAC_label_nothing_is_said() => QemuUser.Of(XElement.Parse("<capabilities><host/></capabilities>")).ShouldBeNull();

    [Fact]
    public async Task The_first_directory_that_keeps_the_user_out_is_named()
    {
        Environment.IsPrivilegedProcess.ShouldBeTrue("this test becomes another user: run it as root");
        var shut = Directory.CreateDirectory(Path.Combine(_directory, "shut")).FullName;
        var inside = Directory.CreateDirectory(Path.Combine(shut, "open", "target")).FullName;
        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        File.SetUnixFileMode(_directory, OwnerOnly | UnixFileMode.OtherExecute);
        File.SetUnixFileMode(shut, OwnerOnly);

        (await Nobody.FirstClosedAsync(inside, TestContext.Current.CancellationToken)).ShouldBe(shut);

        File.SetUnixFileMode(shut, OwnerOnly | UnixFileMode.OtherExecute);
        (await Nobody.FirstClosedAsync(inside, TestContext.Current.CancellationToken)).ShouldBeNull();
    }

    [Fact]
    public async Task Root_is_let_in_everywhere()
    {
        File.SetUnixFileMode(_directory, UnixFileMode.None);
        (await new QemuUser(0, 0).FirstClosedAsync(_directory, TestContext.Current.CancellationToken)).ShouldBeNull();
        File.SetUnixFileMode(_directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
