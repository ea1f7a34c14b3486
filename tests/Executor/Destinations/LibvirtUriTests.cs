using Migrate.Executor.Destinations;
using Migrate.Executor.Destinations.Commands;
using Migrate.Planner;

namespace Migrate.Executor.Tests.Destinations;

public sealed class LibvirtUriTests
{
    [Theory]
    [InlineData("qemu:///system", true)]
    [InlineData("qemu+unix:///session?socket=/run/x", true)]
    [InlineData("qemu+ssh://root@kvm01/system", false)]
    [InlineData("qemu+ssh://localhost/system", false)]
    [InlineData("qemu+tls://kvm01/system", false)]
    [InlineData("qemu://kvm01/system", false)]
    public void Those_that_can_be_used(string uri, bool here)
    {
        LibvirtUri.Parse(uri).IsThisMachine.ShouldBe(here);
        HostProbe.IsThisMachine(uri).ShouldBe(here);
    }

    [Theory]
    [InlineData("kvm01", "form")]
    [InlineData("esx://esx01/system", "'esx'")]
    [InlineData("qemu+tcp://kvm01/system", "neither encrypted")]
    [InlineData("qemu+libssh2://kvm01/system", "'libssh2'")]
    [InlineData("qemu+ssh:///system", "name of a host")]
    [InlineData("qemu+ssh://kvm01/", "/system is meant")]
    [InlineData("qemu+ssh://kvm01/system?no_verify=1", "any host's key")]
    [InlineData("qemu+tls://kvm01/system?no_verify=1", "any host's key or certificate")]
    [InlineData("qemu+ssh://kvm01/system?command=/tmp/x", "set by Migrate")]
    [InlineData("qemu+ssh://kvm01/system?keyfil=/x", "'keyfil'")]
    [InlineData("qemu+ssh://-oProxyCommand=x@kvm01/system", "begin with '-'")]
    public void Those_that_cannot_say_why(string uri, string why)
    {
        var error = Should.Throw<MigrateException>(() => LibvirtUri.Parse(uri));
        error.Code.ShouldBe("host.uri");
        error.Message.ShouldContain(why);
    }

    [Fact]
    public void All_problems_are_told_and_no_password()
    {
        var error = Should.Throw<MigrateException>(() => LibvirtUri.Parse("qemu+tcp://root:hunter2@kvm01/nowhere"));
        error.Message.ShouldContain("password");
        error.Message.ShouldContain("tcp");
        error.Message.ShouldContain("/nowhere");
        error.Message.ShouldNotContain("hunter2");
    }

    [Fact]
    public void By_SSH_libvirt_gets_a_client_of_ours_and_what_is_the_clients_stays_with_it()
    {
        var uri = LibvirtUri.Parse("qemu+ssh://admin@[fd00::2]:2222/system?keyfile=/keys/a%20b&known_hosts=/keys/known&proxy=native");
        uri.Ssh.ShouldBe(new SshAddress("fd00::2", "admin", 2222) { KeyFile = "/keys/a b", KnownHosts = "/keys/known" });
        uri.ForLibvirt("/tmp/a&b/ssh").ShouldBe("qemu+ssh://admin@[fd00::2]:2222/system?proxy=native&no_tty=1&command=%2Ftmp%2Fa%26b%2Fssh");
        LibvirtUri.Parse("qemu:///system").ForLibvirt(null).ShouldBe("qemu:///system");
    }
}
