using System.Xml.Linq;
using Migrate.Executor.Destinations;
using Migrate.Planner;

namespace Migrate.EndToEnd.Tests.Kvm;

/// <summary>What a real libvirtd refuses comes out named, with its own words, and leaves nothing.</summary>
public sealed class LibvirtErrorTests : IAsyncLifetime
{
    private readonly string _directory = LibvirtFixture.NewDirectory();
    private readonly string _name = Guests.NewName();
    private LibvirtConnection _connection = null!;

    private string Disk => Path.Combine(_directory, "disk.raw");

    public async ValueTask InitializeAsync()
    {
        _connection = await LibvirtFixture.ConnectAsync();
        await using var disk = File.Create(Disk);
        disk.SetLength(1 << 20);
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DestroyAsync(_name, CancellationToken.None);
        await _connection.UndefineAsync(_name, removeNvram: true, CancellationToken.None);
        await _connection.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_daemon_that_is_not_there()
    {
        var error = await Should.ThrowAsync<MigrateException>(
            () => LibvirtConnection.OpenAsync("qemu+unix:///system?socket=/nonexistent/libvirt-sock", TimeProvider.System, TestContext.Current.CancellationToken));
        error.Code.ShouldBe("libvirt.unreachable");
        error.Message.ShouldContain("/nonexistent/libvirt-sock");
        error.IsTransient.ShouldBeTrue();
    }

    [Fact]
    public async Task A_URI_of_no_hypervisor()
    {
        var error = await Should.ThrowAsync<MigrateException>(
            () => LibvirtConnection.OpenAsync("nosuch:///system", TimeProvider.System, TestContext.Current.CancellationToken));
        error.Code.ShouldBe("libvirt.unreachable");
        error.Message.ShouldContain("nosuch");
    }

    [Fact]
    public async Task XML_that_the_schema_does_not_know_is_refused_and_not_silently_dropped()
    {
        var xml = await XmlAsync();
        xml.Descendants("disk").Single().Element("driver")!.SetAttributeValue("io", "sqpoll");
        await RefusedAsync(xml, "libvirt.refused-xml", "failed to validate against schema");

        xml = await XmlAsync();
        xml.Element("devices")!.Add(new XElement("warpdrive"));
        await RefusedAsync(xml, "libvirt.refused-xml", "failed to validate against schema");
    }

    [Fact]
    public async Task XML_that_the_schema_knows_and_libvirt_does_not_want()
    {
        var xml = await XmlAsync();
        xml.Descendants("disk").Single().Element("driver")!.SetAttributeValue("iothread", 1);
        await RefusedAsync(xml, "libvirt.refused-xml", "IOThreads not available for bus scsi");
    }

    [Fact]
    public async Task A_name_that_another_domain_has()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var first = await XmlAsync();
        await _connection.DefineAsync(first.ToString(), cancellation);
        var second = await XmlAsync();
        var error = await Should.ThrowAsync<MigrateException>(() => _connection.DefineAsync(second.ToString(), cancellation));
        error.Code.ShouldBe("libvirt.domain-exists");
        error.Message.ShouldContain(first.Element("uuid")!.Value);
        (await _connection.FindAsync(_name, cancellation)).ShouldBe(Guid.Parse(first.Element("uuid")!.Value), "the other domain must stay as it was");

        // The same domain once more is no clash.
        await _connection.DefineAsync(first.ToString(), cancellation);
    }

    [Fact]
    public async Task A_disk_that_is_not_there()
    {
        var xml = await XmlAsync();
        File.Delete(Disk);
        await DoesNotStartAsync(xml, "libvirt.disk-missing", Disk);
    }

    /// <summary>libvirt as root gives the file to QEMU's user, but not the directories above it.</summary>
    [Fact]
    public async Task A_disk_that_QEMU_may_not_open()
    {
        var xml = await XmlAsync();
        File.SetUnixFileMode(_directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await DoesNotStartAsync(xml, "libvirt.disk-denied", "Permission denied");
    }

    [Fact]
    public async Task A_domain_that_does_not_exist()
    {
        var cancellation = TestContext.Current.CancellationToken;
        (await Should.ThrowAsync<MigrateException>(() => _connection.StartAsync(_name, cancellation))).Code.ShouldBe("libvirt.no-domain");
        (await Should.ThrowAsync<MigrateException>(() => _connection.StateAsync(_name, cancellation))).Code.ShouldBe("libvirt.no-domain");
        (await _connection.FindAsync(_name, cancellation)).ShouldBeNull();
    }

    [Fact]
    public async Task A_monitor_command_that_QEMU_does_not_know()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await _connection.DefineAndStartAsync(_name, (await XmlAsync()).ToString(), cancellation);
        var error = await Should.ThrowAsync<MigrateException>(() => _connection.MonitorCommandAsync(_name, """{"execute":"warp"}""", cancellation));
        error.Code.ShouldBe("libvirt.monitor");
        error.Message.ShouldContain("warp");
    }

    private async Task<XElement> XmlAsync() =>
        XElement.Parse((await Guests.DesignAsync(_connection, Guests.Vm(_name), Disk, Path.Combine(_directory, "console.log"))).Xml);

    private async Task RefusedAsync(XElement xml, string code, string words)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var error = await Should.ThrowAsync<MigrateException>(() => _connection.DefineAndStartAsync(_name, xml.ToString(), cancellation));
        error.Code.ShouldBe(code, error.Message);
        error.Message.ShouldContain(words);
        (await _connection.ExistsAsync(_name, cancellation)).ShouldBeFalse();
    }

    private async Task DoesNotStartAsync(XElement xml, string code, string words)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var error = await Should.ThrowAsync<MigrateException>(() => _connection.DefineAndStartAsync(_name, xml.ToString(), cancellation));
        error.Code.ShouldBe(code, error.Message);
        error.Message.ShouldContain(words);
        error.Remedy.ShouldNotBeEmpty();
        (await _connection.ExistsAsync(_name, cancellation)).ShouldBeFalse("what did not start must not stay defined");
    }
}
