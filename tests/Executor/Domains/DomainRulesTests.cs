using System.Xml.Linq;
using Migrate.Executor.Destinations;
using Migrate.Executor.Domains;

namespace Migrate.Executor.Tests.Domains;

/// <summary>Each rule is broken in a design that is otherwise sound, so that exactly that rule must speak.</summary>
public sealed class DomainRulesTests
{
    private static XElement Sound => XElement.Parse(DomainDesign.For(SampleVms.Request(SampleVms.Database)).Xml);

    [Fact]
    public void A_sound_design_breaks_no_rule() => DomainRules.Check(Sound, SampleVms.Debian12).ShouldBeEmpty();

    [Fact]
    public void An_IOThread_on_a_scsi_disk() => Broken(x => FirstDriver(x).SetAttributeValue("iothread", 1)).ShouldContain("not on its disk");

    [Fact]
    public void Native_with_a_page_cache() => Broken(x =>
    {
        FirstDriver(x).SetAttributeValue("io", "native");
        FirstDriver(x).SetAttributeValue("cache", "writeback");
    }).ShouldContain("io=native needs cache none");

    [Fact]
    public void Io_uring_with_a_page_cache() => Broken(x => FirstDriver(x).SetAttributeValue("cache", "writeback")).ShouldContain("with cache none only");

    [Fact]
    public void An_IOThread_that_does_not_exist() =>
        Broken(x => x.Descendants("controller").First().Element("driver")!.SetAttributeValue("iothread", 9)).ShouldContain("there is no IOThread 9");

    [Fact]
    public void More_queues_than_vCPUs() =>
        Broken(x => x.Descendants("controller").First().Element("driver")!.SetAttributeValue("queues", 64)).ShouldContain("64 queues for 8 vCPUs");

    [Fact]
    public void A_queue_mapping_on_an_old_host() => Broken(x =>
    {
        var driver = x.Descendants("controller").First().Element("driver")!;
        driver.SetAttributeValue("iothread", null);
        driver.Add(new XElement("iothreads", new XElement("iothread", new XAttribute("id", 1))));
    }).ShouldContain("needs libvirt 11.2");

    [Fact]
    public void A_hard_coded_PCI_address() => Broken(x =>
        x.Descendants("controller").First().Add(new XElement("address", new XAttribute("type", "pci"), new XAttribute("bus", "0x04")))).ShouldContain("PCI address");

    [Fact]
    public void A_CPU_that_the_host_does_not_have() =>
        Broken(x => x.Element("cputune")!.Element("emulatorpin")!.SetAttributeValue("cpuset", 99)).ShouldContain("CPU 99, which the host is not known to have");

    [Fact]
    public void A_CPU_that_is_given_twice() =>
        Broken(x => x.Element("cputune")!.Element("iothreadpin")!.SetAttributeValue("cpuset", (string?)x.Element("cputune")!.Element("vcpupin")!.Attribute("cpuset"))).ShouldContain("vCPU 0 and IOThread 1 are pinned");

    [Fact]
    public void A_CPU_that_another_domain_has() =>
        DomainRules.Check(Sound, SampleVms.Debian12, [new CpuClaim("other", [(int)Sound.Descendants("emulatorpin").Single().Attribute("cpuset")!])])
            .ShouldHaveSingleItem().ShouldContain("which the domain other has for itself");

    [Fact]
    public void A_topology_that_makes_other_vCPUs() =>
        Broken(x => x.Element("cpu")!.Element("topology")!.SetAttributeValue("sockets", 3)).ShouldContain("does not make 8 vCPUs");

    [Fact]
    public void Physical_blocks_smaller_than_logical_ones() =>
        Broken(x => x.Descendants("blockio").First().SetAttributeValue("logical_block_size", 8192)).ShouldContain("physical blocks are smaller");

    [Fact]
    public void Two_disks_with_one_world_wide_name() =>
        Broken(x => x.Descendants("wwn").ElementAt(1).Value = x.Descendants("wwn").First().Value).ShouldContain("world-wide name");

    [Fact]
    public void Two_disks_at_one_address() => Broken(x =>
        x.Descendants("address").ElementAt(1).SetAttributeValue("unit", 0)).ShouldContain("two disks sit at 0:0:0:0");

    [Fact]
    public void One_file_for_two_disks() => Broken(x =>
        x.Descendants("disk").ElementAt(1).Element("source")!.SetAttributeValue("file", x.Descendants("disk").First().Element("source")!.Attribute("file")!.Value))
        .ShouldContain("is given to two disks");

    [Fact]
    public void A_serial_that_QEMU_would_refuse() =>
        Broken(x => x.Descendants("serial").First(s => !s.HasElements).Value = new string('a', 37)).ShouldContain("longer than 36");

    [Fact]
    public void Two_NICs_with_one_address() =>
        Broken(x => x.Descendants("mac").ElementAt(1).SetAttributeValue("address", "00:50:56:AA:BB:02")).ShouldContain("two NICs");

    [Fact]
    public void Host_passthrough_without_KVM() => Broken(x => x.SetAttributeValue("type", "qemu")).ShouldContain("host-passthrough needs KVM");

    [Fact]
    public void Io_uring_where_the_host_forbids_it() =>
        string.Join("\n", DomainRules.Check(Sound, SampleVms.Debian12 with { IoUring = new IoUringState(false, "sysctl says 2") })).ShouldContain("sysctl says 2");

    private static XElement FirstDriver(XElement domain) => domain.Descendants("disk").First().Element("driver")!;

    private static string Broken(Action<XElement> break_)
    {
        var xml = Sound;
        break_(xml);
        return DomainRules.Check(xml, SampleVms.Debian12).ShouldHaveSingleItem();
    }
}
