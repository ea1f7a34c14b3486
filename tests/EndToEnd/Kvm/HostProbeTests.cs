using System.Globalization;
using System.Xml.Linq;
using Migrate.Executor.Destinations;

namespace Migrate.EndToEnd.Tests.Kvm;

public sealed class HostProbeTests
{
    [Fact]
    public async Task A_real_hosts_facts_agree_with_what_its_kernel_says()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var connection = await LibvirtFixture.ConnectAsync();
        var facts = await HostProbe.ProbeAsync(connection, cancellation);
        facts.Libvirt.ShouldBeGreaterThan(new Version(6, 3));
        facts.Qemu.ShouldBeGreaterThan(new Version(5, 0));
        facts.Cpus.ShouldBe(Environment.ProcessorCount);
        var total = long.Parse((await File.ReadAllLinesAsync("/proc/meminfo", cancellation))[0].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
        facts.MemoryBytes.ShouldBe(total);
        facts.DomainTypes.ShouldContain("qemu");
        facts.Kernel.ShouldBe((await File.ReadAllTextAsync("/proc/sys/kernel/osrelease", cancellation)).Trim());
        XElement.Parse(await connection.DomainCapabilitiesAsync("qemu", cancellation)).Element("iothreads")!.Attribute("supported")!.Value.ShouldBe("yes");
    }

    /// <summary>libvirt drops what it does not understand; nothing that the design asks for may be missing from what it kept.</summary>
    [Theory]
    [InlineData("bios", "debian12_64Guest")]
    [InlineData("efi", "rhel9_64Guest")]
    [InlineData("efi", "windows2019srv_64Guest")]
    public async Task A_real_libvirt_keeps_every_setting_of_a_design(string firmware, string guestId)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var connection = await LibvirtFixture.ConnectAsync();
        var name = Guests.NewName();
        var vm = Guests.Vm(name) with { Firmware = firmware, GuestId = guestId, CpuCount = 4, CoresPerSocket = 2 };
        var design = await Guests.DesignAsync(connection, vm, "/var/tmp/never-opened.raw", "/var/tmp/never-written.log");
        try
        {
            await connection.DefineAsync(design.Xml, cancellation);
            var kept = XElement.Parse(await connection.ReadXmlAsync(name, inactive: true, cancellation));
            foreach (var asked in XElement.Parse(design.Xml).DescendantsAndSelf().Where(e => e.HasAttributes && e.Name.LocalName is not ("type" or "run")))
            {
                kept.DescendantsAndSelf(asked.Name).ShouldContain(
                    k => asked.Attributes().All(a => a.Name.LocalName == "unit" && asked.Name == "memory" || (string?)k.Attribute(a.Name) == a.Value), asked.ToString());
            }
            kept.Descendants(XName.Get("run", "urn:migrate:run:1")).ShouldHaveSingleItem();
        }
        finally
        {
            await connection.UndefineAsync(name, removeNvram: true, CancellationToken.None);
        }
    }
}
