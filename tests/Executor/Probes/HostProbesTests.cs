using System.Net;
using System.Net.Sockets;
using Migrate.Executor.Probes;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Tests.Probes;

public sealed class HostProbesTests
{
    [Fact]
    public async Task A_name_that_nobody_knows_blocks_only_VMs_that_are_exported_from_the_host()
    {
        var probes = new HostProbes { Resolve = (name, _) => name == "esx02" ? throw new SocketException((int)SocketError.HostNotFound) : Here(), Connect = (_, _, _) => Task.CompletedTask };

        var exported = await RunAsync(probes, ReaderChoice.ExportLease);
        var folder = await RunAsync(probes, ReaderChoice.HttpsFolder);

        exported.Tried.ShouldBe(2);
        exported.Findings.ShouldHaveSingleItem().VmKey.ShouldBe("vm-2");
        (exported.Findings[0].Concern.Id, exported.Findings[0].Concern.Severity).ShouldBe(("probe.host-name", ConcernSeverity.Critical));
        folder.Findings.ShouldHaveSingleItem().VmKey.ShouldBeNull();
        folder.Findings[0].Concern.Severity.ShouldBe(ConcernSeverity.Warning);
    }

    [Theory]
    [InlineData(443, ReaderChoice.ExportLease, ConcernSeverity.Critical)]
    [InlineData(902, ReaderChoice.ExportLease, ConcernSeverity.Information)]
    [InlineData(902, ReaderChoice.Vddk, ConcernSeverity.Critical)]
    public async Task A_port_that_is_shut_is_named(int port, string reader, ConcernSeverity severity)
    {
        var probes = new HostProbes
        {
            Resolve = (name, _) => name == "esx02" ? Task.FromResult(new[] { IPAddress.Parse("192.0.2.2") }) : Here(),
            Connect = (address, asked, _) => asked == port && !IPAddress.IsLoopback(address) ? throw new SocketException((int)SocketError.ConnectionRefused) : Task.CompletedTask,
        };

        var finding = (await RunAsync(probes, reader)).Findings.ShouldHaveSingleItem();

        (finding.Concern.Id, finding.Concern.Severity, finding.Concern.Subject).ShouldBe(("probe.host-port", severity, $"esx02:{port}"));
    }

    [Fact]
    public async Task Only_hosts_are_asked_that_the_plan_s_VMs_are_on_or_may_be_moved_to()
    {
        EsxHost Host(string key, string? cluster) => new() { Key = key, Name = key, ClusterKey = cluster };
        Cluster Of(string key, bool moves, params string[] hosts) => new(key, key, "dc", DrsEnabled: moves, HaEnabled: false, VsanEnabled: false) { HostKeys = hosts };
        var pinned = new DrsRule { Key = 1, Name = "not there", Kind = DrsRuleKind.VmHostAntiAffinity, Enabled = true, Mandatory = true, VmKeys = ["vm-1"], HostKeys = ["a-3"] };
        var context = Context(
            [Host("a-1", "a"), Host("a-2", "a"), Host("a-3", "a"), Host("b-1", "b"), Host("b-2", "b"), Host("c-1", "c"), Host("alone", null)],
            [Of("a", moves: true, "a-1", "a-2", "a-3") with { Rules = [pinned] }, Of("b", moves: false, "b-1", "b-2"), Of("c", moves: true, "c-1")],
            Vm("vm-1", "a-1", ReaderChoice.ExportLease), Vm("vm-2", "b-1", ReaderChoice.ExportLease));
        var asked = new System.Collections.Concurrent.ConcurrentBag<string>();
        var probes = new HostProbes { Resolve = (name, _) => { asked.Add(name); return Here(); }, Connect = (_, _, _) => Task.CompletedTask };

        var result = await probes.RunAsync(context, TestContext.Current.CancellationToken);

        // a-3 is forbidden to the VM, b does not move VMs by itself, c has none of them.
        asked.Order().ToList().ShouldBe(["a-1", "a-2", "b-1"]);
        result.Tried.ShouldBe(3);
    }

    [Fact]
    public async Task A_real_port_is_connected_to_and_a_closed_one_is_not()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var open = ((IPEndPoint)listener.LocalEndpoint).Port;
        var real = new HostProbes();

        await real.Connect(IPAddress.Loopback, open, TestContext.Current.CancellationToken);
        listener.Stop();
        await Should.ThrowAsync<SocketException>(() => real.Connect(IPAddress.Loopback, open, TestContext.Current.CancellationToken));
    }

    private static Task<IPAddress[]> Here() => Task.FromResult(new[] { IPAddress.Loopback });

    private static Task<ProbeResult> RunAsync(HostProbes probes, string reader)
    {
        IReadOnlyList<EsxHost> hosts = [new() { Key = "host-1", Name = "esx01" }, new() { Key = "host-2", Name = "esx02" }];
        return probes.RunAsync(Context(hosts, [], Vm("vm-1", "host-1", reader), Vm("vm-2", "host-2", reader)), TestContext.Current.CancellationToken);
    }

    private static ProbeContext Context(IReadOnlyList<EsxHost> hosts, IReadOnlyList<Cluster> clusters, params ProbedVm[] vms) => new(
        new SourceInventory { About = new SourceAbout("vCenter", "VirtualCenter", "8.0", "u"), TakenAt = DateTime.UnixEpoch, Hosts = hosts, Clusters = clusters }, vms, Session: null!);

    private static ProbedVm Vm(string key, string host, string reader) => new(
        new Vm { Key = key, Name = key, PowerState = "poweredOff", HostKey = host },
        [new PlannedDisk { Key = 2000, Label = "Hard disk 1", CapacityBytes = 1 << 20, FileName = "[ds] a.vmdk", Reader = reader, Why = "", NamespaceUuid = Guid.NewGuid() }]);
}
