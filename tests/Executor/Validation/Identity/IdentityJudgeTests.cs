using Migrate.Executor.Validation;
using Migrate.Executor.Validation.Identity;
using Migrate.Planner.Inventory;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Tests.Validation.Identity;

public sealed class IdentityJudgeTests
{
    private const string Mac = "00:50:56:aa:bb:01";

    private static readonly Dictionary<string, NetworkMapping> Bridged = new() { ["VM Network"] = new("bridge", "br0") };

    private static GuestIdentity Before { get; } = new()
    {
        ToldBy = "VMware Tools",
        At = DateTime.UnixEpoch,
        HostName = "web01.example.org",
        Interfaces = [Card("ens192", "192.0.2.10/24", "2001:db8::10/64", "fe80::1/64")],
        Gateways = ["192.0.2.1"],
        Routes = [new GuestRoute("198.51.100.0", 24, "192.0.2.2")],
        DnsServers = ["192.0.2.53", "192.0.2.54"],
        SearchDomains = ["example.org"],
    };

    private static GuestIdentity After { get; } = Before with { ToldBy = "QEMU guest agent 7.2", HostName = "WEB01", Interfaces = [Card("ens192", "192.0.2.10/24", "2001:db8:0::10/64", "fe80::2/64")], DnsServers = ["192.0.2.54", "192.0.2.53"] };

    [Fact]
    public void What_is_the_same_but_for_spelling_and_link_local_addresses_is_equal()
    {
        var finding = IdentityJudge.Judge(Before, After, Bridged);
        (finding.State, finding.Differences.Count, finding.NotCompared.Count).ShouldBe((IdentityState.Equal, 0, 0));
        IdentityJudge.Aspect(finding).Outcome.ShouldBe(Outcome.Pass);
    }

    public static TheoryData<string, GuestIdentity, string> Differences => new()
    {
        { "identity.host-name", After with { HostName = "localhost" }, "hostnamectl" },
        { "identity.host-name", After with { HostName = "web01.example.net" }, "hostnamectl" },
        { "identity.nic-missing", After with { Interfaces = [] }, "virtio_net" },
        { "identity.nic-missing", After with { Interfaces = [], IsWindows = true }, "ghost" },
        { "identity.address-missing", After with { Interfaces = [Card("enp1s0", "fe80::2/64")] }, $"printf '[Match]\\nMACAddress={Mac}\\n[Link]\\nName=ens192\\n' > /etc/systemd/network/10-ens192.link" },
        { "identity.address-differs", After with { Interfaces = [Card("ens192", "192.0.2.77/24", "2001:db8::10/64")] }, "DHCP gave another address" },
        { "identity.address-missing", After with { Interfaces = [Card("Ethernet 2", "169.254.3.4/16")], IsWindows = true }, "pnputil" },
        { "identity.prefix", After with { Interfaces = [Card("ens192", "192.0.2.10/16", "2001:db8::10/64")] }, "mask" },
        { "identity.gateway", After with { Gateways = [] }, "gateway" },
        { "identity.gateway", After with { Gateways = ["192.0.2.1", "10.0.0.1"] }, "wrong way" },
        { "identity.route", After with { Routes = [new GuestRoute("198.51.100.0", 24, "192.0.2.9")] }, "route" },
        { "identity.dns-missing", After with { DnsServers = [] }, "resolv.conf" },
        { "identity.dns", After with { DnsServers = ["192.0.2.53"] }, "resolv.conf" },
    };

    [Theory]
    [MemberData(nameof(Differences))]
    public void What_differs_is_named_with_what_to_do(string code, GuestIdentity after, string remedy)
    {
        var finding = IdentityJudge.Judge(Before, after, Bridged);
        finding.State.ShouldBe(IdentityState.Differs);
        finding.Differences.Where(x => x.Code == code).ShouldHaveSingleItem().Remedy.ShouldContain(remedy);
        var aspect = IdentityJudge.Aspect(finding);
        aspect.Outcome.ShouldBe(Outcome.Fail);
        aspect.Reasons.ShouldContain(x => x.Contains(code, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("identity.interface-renamed")]
    [InlineData("identity.address-added")]
    [InlineData("identity.search-domain")]
    public void What_differs_while_the_guest_is_reached_as_before_is_left_open(string code)
    {
        var after = code switch
        {
            "identity.interface-renamed" => After with { Interfaces = [Card("enp1s0", "192.0.2.10/24", "2001:db8::10/64")] },
            "identity.address-added" => After with { Interfaces = [Card("ens192", "192.0.2.10/24", "192.0.2.99/24", "2001:db8::10/64")] },
            _ => After with { SearchDomains = [] },
        };
        var finding = IdentityJudge.Judge(Before, after, Bridged);
        finding.Differences.ShouldHaveSingleItem().Code.ShouldBe(code);
        IdentityJudge.Aspect(finding).Outcome.ShouldBe(Outcome.Inconclusive);
    }

    [Fact]
    public void A_name_that_the_guest_gives_by_itself_is_none_by_place() =>
        IdentityJudge.Judge(Before, After with { Interfaces = [Card("eth0", "192.0.2.10/24", "2001:db8::10/64")] }, Bridged).State.ShouldBe(IdentityState.Equal);

    [Fact]
    public void What_one_side_did_not_tell_is_never_equal()
    {
        var finding = IdentityJudge.Judge(Before, null, Bridged, "no agent answered");
        (finding.State, finding.NotCompared.Single()).ShouldBe((IdentityState.NotCompared, "no agent answered"));
        IdentityJudge.Aspect(finding).Outcome.ShouldBe(Outcome.Inconclusive);

        var partly = IdentityJudge.Judge(Before, After with { DnsServers = null, Gateways = null, Routes = null, Untold = ["routes", "DNS servers"] }, Bridged);
        partly.NotCompared.ShouldBe(["routes", "DNS servers", "default gateways: QEMU guest agent 7.2 told none"]);
        IdentityJudge.Aspect(partly).Outcome.ShouldBe(Outcome.Inconclusive);
    }

    [Theory]
    [InlineData("user")]
    [InlineData("none")]
    public void A_card_that_the_plan_takes_out_of_its_network_is_not_compared(string kind)
    {
        var finding = IdentityJudge.Judge(
            Before, After with { Interfaces = [], Gateways = ["10.0.2.2"] }, new Dictionary<string, NetworkMapping> { ["VM Network"] = new(kind, "") });
        (finding.State, finding.Differences.Count).ShouldBe((IdentityState.Equal, 0));
        finding.NotCompared.ShouldContain(x => x.Contains($"to {kind}", StringComparison.Ordinal));
        IdentityJudge.Aspect(finding).Outcome.ShouldBe(Outcome.Inconclusive);
    }

    [Fact]
    public void Tools_tell_what_a_guest_was_known_by()
    {
        var vm = new Vm
        {
            Key = "vm-1",
            Name = "web01",
            PowerState = "poweredOn",
            GuestHostName = "web01",
            Nics = [new Nic(4000, "Network adapter 1", "VirtualVmxnet3", Mac, "network-1", "VM Network", true) { PciSlot = 192 }],
            Guest = new VmGuest
            {
                Nics =
                [
                    new GuestNic { DeviceKey = 4000, MacAddress = Mac.ToUpperInvariant(), Network = "VM Network", Dhcp = true, Addresses = [new("192.0.2.10", 24, "dhcp"), new("2001:DB8::99", 64, "random")] },
                    new GuestNic { Addresses = [new("172.17.0.1", null, null)] },
                ],
                Stacks = [new GuestStack { Gateways = ["192.0.2.1"], DnsServers = ["192.0.2.53"] }],
            },
        };
        var card = GuestIdentity.OfTools(vm, DateTime.UnixEpoch)!.Interfaces.ShouldHaveSingleItem("an interface without a card has no MAC address that moves");
        (card.Mac, card.Name, card.Dhcp).ShouldBe((Mac, "ens192", true));
        card.Addresses.ShouldBe([new("192.0.2.10", 24, true), new("2001:db8::99", 64, false)]);
        GuestIdentity.OfTools(vm with { Guest = new() }, DateTime.UnixEpoch).ShouldBeNull();
    }

    private static IdentityInterface Card(string name, params string[] addresses) => new()
    {
        Mac = Mac,
        Name = name,
        Network = "VM Network",
        Addresses = [.. addresses.Select(x => x.Split('/')).Select(x => IdentityAddress.Of(x[0], int.Parse(x[1], System.Globalization.CultureInfo.InvariantCulture))!)],
    };
}
