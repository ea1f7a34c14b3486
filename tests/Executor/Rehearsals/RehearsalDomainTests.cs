using System.Xml.Linq;
using Migrate.Executor.Domains;
using Migrate.Executor.Rehearsals;
using Migrate.Executor.Tests.Domains;

namespace Migrate.Executor.Tests.Rehearsals;

public sealed class RehearsalDomainTests
{
    private static readonly RehearsalRecord Record = new() { State = RehearsalState.Running, StartedAt = DateTime.UnixEpoch, Domain = "web01-rehearsal", Directory = "/data/rehearsals/1", Console = "/data/consoles/1-rehearsal.log" };

    public static TheoryData<string> Designs => [.. SampleDesigns.All.Keys];

    /// <summary>Whatever the design: nothing of it reaches a network, a disk that was copied, or what libvirt keeps of the real domain.</summary>
    [Theory]
    [MemberData(nameof(Designs))]
    public void It_is_the_design_with_overlays_and_without_a_way_out(string name)
    {
        var design = XElement.Parse(DomainDesign.For(SampleDesigns.Request(name, SampleDesigns.Hosts["libvirt-11.3"])).Xml);
        List<string> disks = [.. design.Descendants("disk").Elements("source").Attributes("file").Select(x => x.Value)];
        disks.ShouldNotBeEmpty();

        var domain = XElement.Parse(RehearsalDomain.Of(design.ToString(), Record, disks.ToDictionary(x => x, x => x + ".overlay")));

        domain.Element("name")!.Value.ShouldBe("web01-rehearsal");
        domain.Element("uuid")!.Value.ShouldBe(design.Element("uuid")!.Value, "the guest knows its machine by it");
        domain.Descendants("disk").Elements("source").Attributes("file").Select(x => x.Value).ShouldBe(disks.Select(x => x + ".overlay"));
        domain.Descendants("disk").Elements("driver").Attributes("type").ShouldAllBe(x => x.Value == "qcow2");
        var cards = domain.Descendants("interface").ToList();
        cards.Count.ShouldBe(design.Descendants("interface").Count());
        cards.ShouldAllBe(x => x.Attribute("type")!.Value == "user" && x.Element("source") == null && x.Elements("link").Single().Attribute("state")!.Value == "down");
        cards.Elements("mac").Select(x => x.Attribute("address")!.Value).ShouldBe(design.Descendants("interface").Elements("mac").Select(x => x.Attribute("address")!.Value));
        domain.Descendants("tpm").ShouldBeEmpty();
        domain.Descendants("log").Attributes("file").ShouldAllBe(x => x.Value == Record.Console);
        domain.Descendants("nvram").Select(x => x.Value).ShouldBe((string?)design.Element("os")!.Attribute("firmware") == "efi" ? ["/data/rehearsals/1/nvram.fd"] : []);
        var kept = domain.Descendants().Where(x => x.Name.LocalName is "controller" or "cpu" or "features" or "clock" or "memory" or "iothreads" or "vcpu").Select(x => x.ToString());
        kept.ShouldBe(design.Descendants().Where(x => x.Name.LocalName is "controller" or "cpu" or "features" or "clock" or "memory" or "iothreads" or "vcpu").Select(x => x.ToString()));
    }
}
