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
        SourceInventory inventory = new()
        {
            About = new SourceAbout("vCenter", "VirtualCenter", "8.0", "u"),
            TakenAt = DateTime.UnixEpoch,
            Hosts = [new EsxHost { Key = "host-1", Name = "esx01" }, new EsxHost { Key = "host-2", Name = "esx02" }],
        };
        var context = new ProbeContext(inventory, [Vm("vm-1", "host-1", reader), Vm("vm-2", "host-2", reader)], Session: null!);
        return probes.RunAsync(context, TestContext.Current.CancellationToken);
    }

    private static ProbedVm Vm(string key, string host, string reader) => new(
        new Vm { Key = key, Name = key, PowerState = "poweredOff", HostKey = host },
        [new PlannedDisk { Key = 2000, Label = "Hard disk 1", CapacityBytes = 1 << 20, FileName = "[ds] a.vmdk", Reader = reader, Why = "", NamespaceUuid = Guid.NewGuid() }]);
}
