using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Xml.Linq;
using Migrate.Executor.Domains;
using Migrate.Executor.Runs;

namespace Migrate.Executor.Tests.Domains;

/// <summary>Each sample on each host: the XML that is expected, a reason for everything in it, and libvirt's schema.</summary>
public sealed class GoldenDesignTests
{
    public static TheoryData<string, string> Designs
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var (host, name) in SampleDesigns.Hosts.Keys.SelectMany(host => SampleDesigns.All.Keys.Select(name => (host, name))))
            {
                data.Add(host, name);
            }
            return data;
        }
    }

    /// <summary>Set MIGRATE_WRITE_GOLDEN=1 to write the files anew, and read the difference before committing it.</summary>
    [Theory, MemberData(nameof(Designs))]
    public void A_design_is_as_the_golden_file_has_it(string host, string name)
    {
        var design = DomainDesign.For(SampleDesigns.Request(name, SampleDesigns.Hosts[host]));
        Compare(Path.Combine(Golden(), host, name + ".xml"), design.Xml);
    }

    [Fact]
    public void Reasons_are_as_the_golden_file_has_them()
    {
        var design = DomainDesign.For(SampleDesigns.Request("busy-disks", SampleDesigns.Hosts["libvirt-9.0"]));
        var reasons = JsonSerializer.Deserialize<JsonElement>(JsonSerializer.Serialize(design.Reasons, RunsJson.Default.IReadOnlyListSettingReason));
        Compare(Path.Combine(Golden(), "libvirt-9.0", "busy-disks.reasons.json"), JsonSerializer.Serialize(reasons, Indented));
    }

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    [Theory, MemberData(nameof(Designs))]
    public void Everything_in_a_design_has_a_reason(string host, string name)
    {
        var (_, _, xml, _) = DomainDesign.Draw(new DomainDraft(SampleDesigns.Request(name, SampleDesigns.Hosts[host])));
        DomainDraft.Unexplained(xml).ShouldBeEmpty();
    }

    [Fact]
    public void What_has_no_reason_is_found()
    {
        var (_, _, xml, _) = DomainDesign.Draw(new DomainDraft(SampleDesigns.Request("linux-bios", SampleDesigns.Hosts["libvirt-9.0"])));
        xml.Element("devices")!.Add(new XElement("panic"));
        xml.Element("devices")!.Elements("disk").First().SetAttributeValue("snapshot", "no");
        DomainDraft.Unexplained(xml).ShouldBe(["domain/devices/disk/@snapshot", "domain/devices/panic"]);
    }

    [Fact]
    public void Reasons_name_the_facts_that_they_come_from()
    {
        var design = DomainDesign.For(SampleDesigns.Request("busy-disks", SampleDesigns.Hosts["libvirt-9.0"]));
        design.Reasons.Select(r => r.From).Distinct().Order().ShouldBe(["baseline", "host", "inventory", "policy", "product"]);
        design.Reasons.Where(r => r.From != "product").ShouldAllBe(r => !string.IsNullOrEmpty(r.Fact));
        design.Reasons.ShouldContain(r => r.Element == "disk sda/@io" && r.From == "host");
        design.Reasons.ShouldContain(r => r.Element == "vcpu" && r.From == "inventory" && r.Fact == "cpuCount");
    }

    /// <summary>The newer host's designs are judged by their own libvirt's schema in tests/EndToEnd.</summary>
    [Fact]
    public async Task The_installed_schema_accepts_the_designs_for_its_libvirt()
    {
        var directory = Directory.CreateTempSubdirectory("migrate-schema-").FullName;
        try
        {
            foreach (var name in SampleDesigns.All.Keys)
            {
                await File.WriteAllTextAsync(
                    Path.Combine(directory, name + ".xml"), DomainDesign.For(SampleDesigns.Request(name, SampleDesigns.Hosts["libvirt-9.0"])).Xml, TestContext.Current.CancellationToken);
            }
            var (code, _, errors) = await ValidateAsync(directory);
            code.ShouldBe(0, errors);

            // What the schema does not know makes it fail, so that the above means something.
            var file = Path.Combine(directory, "linux-bios.xml");
            await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).Replace("io=\"io_uring\"", "io=\"sqpoll\"", StringComparison.Ordinal), TestContext.Current.CancellationToken);
            (await ValidateAsync(directory)).ExitCode.ShouldNotBe(0);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static Task<ProgramResult> ValidateAsync(string directory) =>
        Programs.RunAsync("xmllint", ["--noout", "--relaxng", "/usr/share/libvirt/schemas/domain.rng", .. Directory.EnumerateFiles(directory, "*.xml")]);

    private static void Compare(string path, string text)
    {
        if (Environment.GetEnvironmentVariable("MIGRATE_WRITE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text + "\n");
        }
        File.Exists(path).ShouldBeTrue($"{path} is missing: set MIGRATE_WRITE_GOLDEN=1 once");
        text.ShouldBe(File.ReadAllText(path).TrimEnd('\n'));
    }

    private static string Golden([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "Golden");
}
