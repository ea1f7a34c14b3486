using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Executor.Destinations.Commands;
using Migrate.Executor.Destinations.Facts;
using Migrate.Executor.Preflight.Paths;
using Migrate.Target.Admin;

namespace Migrate.Executor.Tests.Preflight.Paths;

public sealed class TargetPathsTests
{
    private static readonly HostNic Storage = SampleHosts.Nic();
    private static readonly HostNic Office = new() { Name = "eno1", Kind = "physical", Mtu = 1500, State = "up", DefaultRoute = true, Addresses = ["192.0.2.7/24"], Errors = new NicErrors(0, 0, 0, 0, 0, 0, 0) };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("10.0.4.2", "10.0.4.2", 4420, "4420 8009")]
    [InlineData("10.0.4.2:4421", "10.0.4.2", 4421, "4421")]
    [InlineData("fd00::2", "fd00::2", 4420, "4420 8009")]
    [InlineData("[fd00::2]:8009", "fd00::2", 8009, "8009")]
    public void An_address_is_one_with_a_port_or_without(string text, string address, int port, string ports)
    {
        var problems = new List<string>();
        var asked = AskedTarget.Parse(text, problems).ShouldNotBeNull(string.Join("; ", problems));
        (asked.Address.ToString(), asked.Port, string.Join(' ', asked.Ports)).ShouldBe((address, port, ports));
    }

    [Theory]
    [InlineData("", "no IP address")]
    [InlineData("storage1", "no IP address")]
    [InlineData("10", "no IP address")]
    [InlineData("10.0.4.2:99999", "no IP address")]
    [InlineData("10.0.4.2; reboot", "no IP address")]
    [InlineData("0.0.0.0", "not the address of one machine")]
    [InlineData("224.0.0.1:4420", "not the address of one machine")]
    [InlineData("ff02::1", "not the address of one machine")]
    [InlineData("fe80::1", "link-local")]
    public void What_is_no_address_of_a_machine_is_refused(string text, string problem)
    {
        var problems = new List<string>();
        AskedTarget.Parse(text, problems).ShouldBeNull();
        problems.ShouldHaveSingleItem().ShouldContain(problem);
    }

    [Fact]
    public async Task A_target_answers_by_its_port_and_tells_its_names()
    {
        var directory = Directory.CreateTempSubdirectory("migrate-paths-").FullName;
        await using (var target = await NvmeTarget.StartAsync(
            new TargetOptions { Directory = directory, Listen = IPAddress.Loopback, Port = 0, DiscoveryPort = null }, TimeProvider.System, NullLoggerFactory.Instance, Cancellation))
        {
            var asked = new AskedTarget(IPAddress.Loopback, target.EndPoint.Port);
            var port = (await TargetPaths.PortsAsync(new LocalCommands(TimeProvider.System), "kvm1", asked, Cancellation)).ShouldHaveSingleItem();
            port.Outcome.ShouldBe(PortOutcome.Nvme, port.Words);
            var (nqns, problem) = await TargetPaths.NqnsAsync(asked, TimeProvider.System, Cancellation);
            problem.ShouldBeNull();
            nqns.ShouldBe([target.SubsystemNqn]);
        }

        Directory.Delete(directory, recursive: true);
        var (none, why) = await TargetPaths.NqnsAsync(new AskedTarget(IPAddress.Loopback, 1), TimeProvider.System, Cancellation);
        none.ShouldBeEmpty();
        why.ShouldNotBeNull().ShouldContain("127.0.0.1:1");
    }

    [Fact]
    public async Task A_path_is_tried_by_the_interface_in_its_network_and_behind_a_router_by_the_kernels_choice()
    {
        var host = new Recorder();
        var direct = (await PathAsync(host, "10.0.4.2")).ShouldNotBeNull();
        (direct.Interface, direct.Mtu, direct.Payload).ShouldBe(("ens1f0", 9000, 8972));
        host.Asked[^1].ShouldContain("-I ens1f0 10.0.4.2");
        var routed = (await PathAsync(host, "10.9.9.9")).ShouldNotBeNull();
        (routed.Interface, routed.Mtu, routed.Payload).ShouldBe((null, 1500, 1472));
        host.Asked[^1].ShouldNotContain(" -I ", Case.Sensitive);
        (await PathAsync(host, "10.0.4.7")).ShouldBeNull("it is the host's own address");
        (await PathAsync(host, "127.0.0.1")).ShouldBeNull();

        var untried = (await TargetPaths.PathAsync(host, "kvm1", [Storage], IPAddress.Parse("10.9.9.9"), Cancellation)).ShouldNotBeNull();
        (untried.Outcome, untried.Words).ShouldBe((PathOutcome.NotTried, "no interface leads there"));
    }

    [Fact]
    public async Task A_host_that_runs_no_commands_leaves_everything_untried()
    {
        var asked = new AskedTarget(IPAddress.Parse("10.0.4.2"), AskedTarget.IoPort);
        var ports = await TargetPaths.PortsAsync(null, "kvm3", asked, Cancellation);
        ports.Select(port => (port.From, port.Port, port.Outcome)).ShouldBe([("kvm3", 4420, PortOutcome.NotTried), ("kvm3", 8009, PortOutcome.NotTried)]);
        (await TargetPaths.PathAsync(null, "kvm3", [], asked.Address, Cancellation)).ShouldNotBeNull().Outcome.ShouldBe(PathOutcome.NotTried);
    }

    private static Task<PathResult?> PathAsync(Recorder host, string address) => TargetPaths.PathAsync(host, "kvm1", [Office, Storage], IPAddress.Parse(address), Cancellation);

    private sealed class Recorder : IHostCommands
    {
        public List<string> Asked { get; } = [];

        public string Where => "root@kvm1";

        public Task<HostCommandResult> RunAsync(HostCommand command, CancellationToken cancellationToken)
        {
            Asked.Add(string.Join(' ', command.Arguments));
            return Task.FromResult(new HostCommandResult(0, "2 packets transmitted, 2 received, 0% packet loss, time 500ms\n", ""));
        }
    }
}
