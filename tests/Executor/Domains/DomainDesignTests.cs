using System.Xml.Linq;
using Migrate.Executor.Domains;
using Migrate.Planner;
using Migrate.Planner.Inventory;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Tests.Domains;

public sealed class DomainDesignTests
{
    [Fact]
    public void Queues_are_mapped_to_several_IOThreads_only_where_libvirt_and_QEMU_can()
    {
        var recent = XElement.Parse(DomainDesign.For(SampleVms.Request(SampleVms.Database, SampleVms.Recent)).Xml);
        recent.Element("iothreads")!.Value.ShouldBe("4");
        recent.Descendants("controller").First().Descendants("iothread").Select(t => (int)t.Attribute("id")!).ShouldBe([1, 2, 3, 4]);

        var older = XElement.Parse(DomainDesign.For(SampleVms.Request(SampleVms.Database)).Xml);
        older.Descendants("controller").Elements("driver").Select(d => (int)d.Attribute("iothread")!).ShouldBe([1, 2, 3]);
        older.Descendants("iothread").ShouldBeEmpty();
    }

    [Fact]
    public void Disks_keep_their_unit_numbers_and_no_device_gets_a_PCI_address()
    {
        var xml = XElement.Parse(DomainDesign.For(SampleVms.Request(SampleVms.Database)).Xml);
        xml.Descendants("address").Select(a => $"{a.Attribute("controller")!.Value}:{a.Attribute("unit")!.Value}").ShouldBe(["0:0", "0:6", "0:8", "1:0", "2:0"]);
        xml.Descendants("address").ShouldAllBe(a => a.Attribute("type")!.Value == "drive");
        xml.Descendants("target").Select(t => (string?)t.Attribute("dev")).OfType<string>().ShouldBe(["sda", "sdb", "sdc", "sdd", "sde"]);
    }

    [Fact]
    public void Every_tuned_attribute_of_a_disk_has_a_reason()
    {
        var design = DomainDesign.For(SampleVms.Request(SampleVms.Web));
        var driver = XElement.Parse(design.Xml).Descendants("disk").Single().Element("driver")!;
        foreach (var attribute in driver.Attributes().Where(a => a.Name.LocalName is not ("name" or "type")))
        {
            design.Reasons.ShouldContain(r => r.Element == $"disk sda/@{attribute.Name}" && r.Value == attribute.Value && r.Why.Length > 10);
        }
    }

    [Fact]
    public void Everything_wrong_with_a_request_is_told_at_once()
    {
        var request = SampleVms.Request(SampleVms.Web with { CpuCount = 0 }, domainType: "xen") with
        {
            Policy = new PlanPolicy(),
            Disks = [DiskAttachment.Backing(2000, "/a.raw", null), DiskAttachment.Backing(2000, "/a.raw", null), DiskAttachment.Backing(9, "/b.raw", null)],
        };
        var error = Should.Throw<MigrateException>(() => DomainDesign.For(request));
        error.Code.ShouldBe("domain.design");
        foreach (var part in new[] { "no CPU", "\"xen\"", "disk 2000 is attached twice", "/b.raw", "\"VM Network\" is not mapped" })
        {
            error.Message.ShouldContain(part);
        }
    }

    [Fact]
    public void A_network_mapped_to_none_leaves_the_NIC_out_and_says_so()
    {
        var policy = new PlanPolicy { Networks = new Dictionary<string, NetworkMapping> { ["VM Network"] = new("none", "") } };
        var design = DomainDesign.For(SampleVms.Request(SampleVms.Web) with { Policy = policy });
        XElement.Parse(design.Xml).Descendants("interface").ShouldBeEmpty();
        design.Reasons.ShouldContain(r => r.Element == "interface Network adapter 1" && r.Value == "absent");
    }

    [Fact]
    public void Where_a_controller_has_one_IOThread_busy_disks_get_controllers_of_their_own()
    {
        XElement Draw(string host) => XElement.Parse(DomainDesign.For(SampleDesigns.Request("busy-disks", SampleDesigns.Hosts[host])).Xml);
        static IEnumerable<string> Places(XElement xml) => xml.Descendants("disk").Elements("address").Select(a => $"{(int)a.Attribute("controller")!}:{(int)a.Attribute("unit")!}");

        // 1,200 IOPS stay where they were, 900 and 300 move away, and 15 stay: they are no load.
        Places(Draw("libvirt-9.0")).ShouldBe(["0:0", "1:1", "0:2", "2:3"]);
        Draw("libvirt-9.0").Element("iothreads")!.Value.ShouldBe("3");
        Places(Draw("libvirt-11.3")).ShouldBe(["0:0", "0:1", "0:2", "0:3"], "queues are spread over the IOThreads there");
    }

    [Fact]
    public void Never_more_than_four_controllers_come_of_busy_disks()
    {
        var busy = SampleVms.Web with { CpuCount = 8, Disks = [.. Enumerable.Range(0, 7).Select(u => SampleVms.Disk(2000 + u, 1000, u, null))] };
        var design = DomainDesign.For(SampleVms.Request(busy) with { MeanIops = busy.Disks.ToDictionary(d => d.Key, d => 1000.0 - d.Key + 2000) });
        var xml = XElement.Parse(design.Xml);
        xml.Descendants("controller").Count(c => c.Attribute("type")!.Value == "scsi").ShouldBe(4);
        xml.Descendants("address").Select(a => (int)a.Attribute("controller")!).GroupBy(c => c).ShouldAllBe(g => g.Count() <= 2);
    }

    [Fact]
    public void Latency_sensitive_VMs_have_CPUs_of_their_own_in_one_NUMA_node_and_leave_the_hosts_core_alone()
    {
        var xml = XElement.Parse(DomainDesign.For(SampleVms.Request(SampleVms.Database)).Xml);
        var pins = xml.Element("cputune")!.Elements().Select(e => (int)e.Attribute("cpuset")!).ToList();
        pins.Count.ShouldBe(8 + 3 + 1);
        pins.ShouldBeUnique();
        pins.ShouldAllBe(cpu => cpu % 24 < 12 && cpu % 24 != 0);
        xml.Element("numatune")!.Element("memory")!.Attribute("nodeset")!.Value.ShouldBe("0");
    }

    [Fact]
    public void Domains_that_are_placed_after_each_other_share_no_CPU_until_the_host_is_full()
    {
        List<CpuClaim> claims = [];
        for (var n = 0; ; n++)
        {
            var request = SampleVms.Request(SampleVms.Database with { Key = $"vm-{n}", Name = $"db{n}" }) with { Claims = claims, RunId = new Guid(n, 1, 2, new byte[8]) };
            var xml = XElement.Parse(DomainDesign.For(request).Xml);
            if (xml.Element("cputune") is not { } tune)
            {
                n.ShouldBeGreaterThanOrEqualTo(2, "12 CPUs each, 22 to give in each of two nodes");
                return;
            }
            var cpus = tune.Elements().Select(e => (int)e.Attribute("cpuset")!).ToList();
            cpus.Intersect(claims.SelectMany(c => c.Cpus)).ShouldBeEmpty();
            claims.AddRange(CpuClaims.Of([xml.ToString()], Guid.Empty));
            claims[^1].Cpus.ShouldBe(cpus.Order());
            CpuClaims.Of([xml.ToString()], request.RunId).ShouldBeEmpty("a run's own domain is no obstacle to it");
        }
    }

    [Fact]
    public void A_wide_VM_is_spread_over_nodes_and_knows_it()
    {
        var xml = XElement.Parse(DomainDesign.For(SampleDesigns.Request("wide-two-nodes", SampleDesigns.Hosts["libvirt-11.3"])).Xml);
        xml.Element("cpu")!.Element("numa")!.Elements("cell").Select(c => c.Attribute("cpus")!.Value).ShouldBe(["0-15", "16-31"]);
        xml.Element("numatune")!.Elements("memnode").Select(m => m.Attribute("nodeset")!.Value).ShouldBe(["0", "1"]);
    }

    [Fact]
    public void What_the_policy_insists_on_and_the_host_has_not_refuses_the_domain()
    {
        var host = SampleVms.Debian12 with { Cells = [], TpmEmulator = false };
        var request = SampleVms.Request(SampleVms.Web with { Security = new VmSecurity { HasVirtualTpm = true } }, host) with
        {
            Policy = SampleVms.Policy with { Domain = new DomainPolicy { Pinning = Choice.Always, HugePages = Choice.Always } },
        };
        var error = Should.Throw<MigrateException>(() => DomainDesign.For(request));
        foreach (var part in new[] { "pinning was asked for", "huge pages were asked for", "the VM needs a TPM" })
        {
            error.Message.ShouldContain(part);
        }
    }

    [Theory]
    [InlineData(0, "sda")]
    [InlineData(25, "sdz")]
    [InlineData(26, "sdaa")]
    [InlineData(701, "sdzz")]
    [InlineData(702, "sdaaa")]
    public void Disks_are_named_as_Linux_names_them(int position, string name) => DomainDisks.TargetName(position).ShouldBe(name);
}
