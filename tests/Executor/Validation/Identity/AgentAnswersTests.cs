using System.Text.Json;
using Migrate.Executor.Validation.Identity;

namespace Migrate.Executor.Tests.Validation.Identity;

/// <summary>Answers in the form that QEMU's qga/qapi-schema.json and Linux describe.</summary>
public sealed class AgentAnswersTests
{
    [Fact]
    public void Interfaces_come_with_their_addresses_and_loopbacks_do_not()
    {
        using var answer = JsonDocument.Parse(
            """
            [{"name":"lo","hardware-address":"00:00:00:00:00:00","ip-addresses":[{"ip-address":"127.0.0.1","ip-address-type":"ipv4","prefix":8}]},
             {"name":"eth0","hardware-address":"00:50:56:AA:BB:01","ip-addresses":[{"ip-address":"192.0.2.10","ip-address-type":"ipv4","prefix":24},
              {"ip-address":"fe80::250:56ff:feaa:bb01","ip-address-type":"ipv6","prefix":64}]},
             {"name":"eth1","hardware-address":"00:50:56:aa:bb:02"}]
            """);
        var cards = AgentAnswers.Interfaces(answer.RootElement);
        cards.Select(x => (x.Name, x.Mac, x.Addresses.Count)).ShouldBe([("eth0", "00:50:56:aa:bb:01", 2), ("eth1", "00:50:56:aa:bb:02", 0)]);
        cards[0].Addresses.Where(x => x.Lasts).ShouldHaveSingleItem().ToString().ShouldBe("192.0.2.10/24");
    }

    [Fact]
    public void Routes_of_the_agent_are_those_by_a_gateway()
    {
        using var answer = JsonDocument.Parse(
            """
            [{"iface":"eth0","destination":"0.0.0.0","gateway":"192.0.2.1","mask":"0.0.0.0","metric":0,"version":4},
             {"iface":"eth0","destination":"192.0.2.0","gateway":"0.0.0.0","mask":"255.255.255.0","metric":0,"version":4},
             {"iface":"eth0","destination":"198.51.100.128","gateway":"192.0.2.2","mask":"255.255.255.128","metric":0,"version":4},
             {"iface":"eth0","destination":"2001:db8:1::","desprefixlen":"48","nexthop":"2001:db8::1","metric":0,"version":6},
             {"iface":"eth0","destination":"fe80::","desprefixlen":"64","nexthop":"::","metric":0,"version":6}]
            """);
        AgentAnswers.Routes(answer.RootElement).ShouldBe([new("0.0.0.0", 0, "192.0.2.1"), new("198.51.100.128", 25, "192.0.2.2"), new("2001:db8:1::", 48, "2001:db8::1")]);
    }

    [Fact]
    public void Routes_of_the_kernel_are_those_by_a_gateway_that_are_up()
    {
        const string Table = """
            Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
            eth0	00000000	010200C0	0003	0	0	0	00000000	0	0	0
            eth0	000200C0	00000000	0001	0	0	0	00FFFFFF	0	0	0
            eth0	006433C6	020200C0	0003	0	0	0	00FFFFFF	0	0	0
            """;
        KernelRoutes.IPv4(Table).ShouldBe([new("0.0.0.0", 0, "192.0.2.1"), new("198.51.100.0", 24, "192.0.2.2")]);
        const string Six = """
            20010db8000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000002 00000000 00000001     eth0
            00000000000000000000000000000000 00 00000000000000000000000000000000 00 20010db8000000000000000000000001 00000400 00000001 00000000 00000003     eth0
            """;
        KernelRoutes.IPv6(Six).ShouldBe([new("::", 0, "2001:db8::1")]);
    }

    [Fact]
    public void Of_the_resolver_servers_and_the_last_search_line_count()
    {
        const string File = "# made by hand\nsearch a.example\nnameserver 192.0.2.53\nnameserver 2001:db8::53\noptions edns0\nsearch b.example c.example\n";
        ResolverFile.Servers(File).ShouldBe(["192.0.2.53", "2001:db8::53"]);
        ResolverFile.SearchDomains(File).ShouldBe(["b.example", "c.example"]);
        ResolverFile.Servers("").ShouldBeEmpty();
    }

    [Theory]
    [InlineData(192, "ens192")]
    [InlineData(33, "ens33")]
    [InlineData(1184, "ens161")]
    [InlineData(0, null)]
    [InlineData(null, null)]
    public void Cards_on_VMware_are_named_by_their_slots(int? slot, string? name) => NicNames.OnVmware(slot).ShouldBe(name);
}
