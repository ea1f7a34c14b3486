using System.Net;
using Migrate.Executor.Attachments;
using Migrate.Executor.Preflight.Paths;
using Migrate.Executor.Tests.Preflight;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Tests.Attachments;

public sealed class TargetAddressesTests
{
    private static readonly IPAddress[] Own = [IPAddress.Parse("192.168.1.5"), IPAddress.Parse("10.0.4.2"), IPAddress.Parse("fd00::2")];

    [Theory]
    [InlineData("qemu:///system", "backing", "", false)]
    [InlineData("qemu:///system", "nvme-tcp", "", true)]
    [InlineData("qemu:///system", "backing", "10.0.4.2:4420", true)]
    [InlineData("qemu+unix:///system?socket=/run/other", "backing", "", false)]
    [InlineData("qemu+ssh://root@kvm2/system", "backing", "", true)]
    public void A_host_attaches_by_network_where_it_was_said_or_the_files_are_on_another_machine(string uri, string attachment, string targets, bool byNetwork) =>
        new KvmHost { Name = "kvm2", Uri = uri, Attachment = attachment, TargetAddresses = targets }.AttachesByNetwork.ShouldBe(byNetwork);

    [Fact]
    public void What_an_operator_named_is_kept_and_all_of_it_connected()
    {
        var asked = new[] { "10.0.4.2", "10.0.5.2:4421", "[fd00::2]:4420", "10.0.4.2:4420" }.Select(one => AskedTarget.Parse(one, [])!);

        var ways = TargetAddresses.Of(Host(TargetAddresses.Kept(asked)), new IPEndPoint(IPAddress.Loopback, 4420), isHere: true, [], Own);

        ways.All.ShouldBeTrue();
        ways.Addresses.Select(one => one.ToString()).ShouldBe(["10.0.4.2:4420", "10.0.5.2:4421", "[fd00::2]:4420"]);
    }

    [Fact]
    public void The_address_that_the_target_listens_on_is_the_one()
    {
        Ways("10.0.4.2").ShouldBe(["10.0.4.2:4420"]);
        Ways("::ffff:10.0.4.2").ShouldBe(["10.0.4.2:4420"]);
    }

    [Fact]
    public void Of_all_addresses_those_in_a_network_of_the_host_come_first()
    {
        Ways("0.0.0.0").ShouldBe(["10.0.4.2:4420", "192.168.1.5:4420"]);
        Ways("::").ShouldBe(["10.0.4.2:4420", "192.168.1.5:4420", "[fd00::2]:4420"]);
    }

    [Fact]
    public void Loopback_leads_another_machine_to_itself()
    {
        var none = Should.Throw<MigrateException>(() => Ways("127.0.0.1"));
        none.Code.ShouldBe("host.target-address");
        none.Message.ShouldContain("it listens on 127.0.0.1 only");
        none.Remedy.ShouldNotBeNull().ShouldContain("--target-listen");
        TargetAddresses.Of(new KvmHost { Name = "kvm1", Uri = "qemu:///system" }, new IPEndPoint(IPAddress.Loopback, 4420), isHere: true, [], Own)
            .Addresses.ShouldHaveSingleItem().Address.ShouldBe(IPAddress.Loopback, "on the same machine it leads there");
    }

    [Fact]
    public void All_addresses_of_a_target_elsewhere_are_not_known_here() =>
        Should.Throw<MigrateException>(() => TargetAddresses.Of(Host(), new IPEndPoint(IPAddress.Any, 4420), isHere: false, [], Own)).Message.ShouldContain("not known here");

    private static KvmHost Host(string targets = "") => new() { Name = "kvm2", Uri = "qemu+ssh://root@kvm2/system", TargetAddresses = targets };

    private static IEnumerable<string> Ways(string listens) =>
        TargetAddresses.Of(Host(), new IPEndPoint(IPAddress.Parse(listens), 4420), isHere: true, [SampleHosts.Nic()], Own).Addresses.Select(one => one.ToString());
}
