using System.Runtime.CompilerServices;
using System.Xml.Linq;
using Migrate.Executor.Destinations;
using Migrate.Executor.Domains;
using Migrate.Planner;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Tests.Domains;

public sealed class DomainDesignTests
{
    /// <summary>Name of the golden file, and the request that it is made of.</summary>
    private static readonly Dictionary<string, DomainRequest> Designs = new()
    {
        ["linux-bios-kvm"] = SampleVms.Request(SampleVms.Web),
        ["linux-bios-qemu"] = SampleVms.Request(SampleVms.Web, domainType: "qemu"),
        ["database-efi-kvm"] = SampleVms.Request(SampleVms.Database),
        ["database-efi-kvm-mapped-queues"] = SampleVms.Request(SampleVms.Database, SampleVms.Recent),
        ["windows-secure-boot-kvm"] = SampleVms.Request(SampleVms.Windows),
        ["linux-nvme-tcp"] = SampleVms.Request(SampleVms.Web) with
        {
            Disks = [DiskAttachment.NvmeTcp(2000, new Guid("01234567-89ab-cdef-0123-456789abcdef"))],
        },
        ["linux-no-io-uring-rotational"] = SampleVms.Request(SampleVms.Web, SampleVms.Debian12 with { IoUring = new IoUringState(false, "the sysctl kernel.io_uring_disabled is 2") }) with
        {
            Disks = [DiskAttachment.Backing(2000, "/srv/slow.raw", rotational: true, "xfs")],
        },
    };

    public static TheoryData<string> Names => [.. Designs.Keys];

    /// <summary>Set MIGRATE_WRITE_GOLDEN=1 to write the files anew, and read the difference before committing it.</summary>
    [Theory, MemberData(nameof(Names))]
    public void A_design_is_as_the_golden_file_has_it(string name)
    {
        var design = DomainDesign.For(Designs[name]);
        var path = Path.Combine(GoldenDirectory(), name + ".xml");
        if (Environment.GetEnvironmentVariable("MIGRATE_WRITE_GOLDEN") == "1")
        {
            File.WriteAllText(path, design.Xml + "\n");
        }
        File.Exists(path).ShouldBeTrue($"{path} is missing: set MIGRATE_WRITE_GOLDEN=1 once");
        design.Xml.ShouldBe(File.ReadAllText(path).TrimEnd('\n'));
    }

    /// <summary>Queue mapping is newer than the installed schema, so that design is judged by the next test alone.</summary>
    [Theory, MemberData(nameof(Names))]
    public async Task The_installed_schema_accepts_a_design(string name)
    {
        var design = DomainDesign.For(Designs[name]);
        var xml = XElement.Parse(design.Xml);
        foreach (var mapping in xml.Descendants("driver").Elements("iothreads").ToList())
        {
            mapping.Remove();
        }
        var (code, output) = await ValidateAsync(xml.ToString());
        code.ShouldBe(0, output);
    }

    [Fact]
    public async Task The_installed_schema_refuses_what_it_does_not_know_so_the_test_above_can_fail()
    {
        var xml = XElement.Parse(DomainDesign.For(Designs["linux-bios-kvm"]).Xml);
        xml.Descendants("disk").Single().Element("driver")!.SetAttributeValue("io", "sqpoll");
        (await ValidateAsync(xml.ToString())).Code.ShouldNotBe(0);
    }

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

    [Theory]
    [InlineData(0, "sda")]
    [InlineData(25, "sdz")]
    [InlineData(26, "sdaa")]
    [InlineData(701, "sdzz")]
    [InlineData(702, "sdaaa")]
    public void Disks_are_named_as_Linux_names_them(int position, string name) => DomainStorage.TargetName(position).ShouldBe(name);

    private static string GoldenDirectory([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "Golden");

    private static async Task<(int Code, string Output)> ValidateAsync(string xml)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, xml, cancellation);
            var (code, output, errors) = await Programs.RunAsync("virt-xml-validate", file, "domain");
            return (code, output + errors);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
