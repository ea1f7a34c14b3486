using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Tests.Concerns;
using Migrate.Planner.VSphere;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Planner.Tests.VSphere;

/// <summary>Servers from 6.7 to 9, none of which has what came after it, and one that is newer than all that is known here.</summary>
public sealed class ServerVersionsTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("6.7")]
    [InlineData("6.7.3")]
    [InlineData("7.0.0.0")]
    [InlineData("7.0.3.2")]
    [InlineData("8.0.0.1")]
    [InlineData("8.0.3.0")]
    [InlineData("9.0.0.0")]
    public async Task Each_version_is_read_whole_and_what_it_cannot_have_is_no_gap(string version)
    {
        await using var server = await SimulatorServer.StartAsync(Everything(version), cancellationToken: Cancel);
        var inventory = await ReadAsync(server);

        inventory.Gaps.ShouldBeEmpty();
        inventory.About.ApiVersion.ShouldBe(version);
        var vm = inventory.Vms.Single(v => v.Name == "web01");
        vm.Tags.ShouldBe([new Tag("Team", "Shop")]);
        vm.Storage.ShouldSatisfyAllConditions(s => s.SwapPlacement.ShouldBe("hostLocal"), s => s.SnapshotDirectory.ShouldBe("[ds1] snapshots"), s => s.LogDirectory.ShouldBeNull());
        (vm.State.FaultToleranceState, vm.State.NeedSecondaryReason).ShouldBe(("needSecondary", "lostConnection"));
        var host = inventory.Hosts[0];
        host.Adapters.ShouldContain(a => a.Kind == AdapterKind.Iser);
        // What each version brought.
        host.RdmaDevices.Any().ShouldBe(AtLeast("7.0"));
        vm.Resources.CoresPerNumaNode.ShouldBe(AtLeast("8.0") ? 2 : null);
        vm.Security.TdxEnabled.ShouldBe(AtLeast("9.0"));
        vm.Disks.Select(d => (d.Format, d.SectorBytes)).ShouldBe(AtLeast("9.0") ? [("native_4k", 4096), ("native_512", 512)] : [(null, null), (null, null)]);
        inventory.Networks.Single(n => n.Name == "web").ShouldSatisfyAllConditions(n => n.Vlan.ShouldBe("100"), n => n.Switch.ShouldBe("dvs1"));

        bool AtLeast(string other) => Version.Parse(version) >= Version.Parse(other);
    }

    [Fact]
    public async Task A_disk_of_4096_byte_sectors_is_refused_on_the_servers_word()
    {
        await using var server = await SimulatorServer.StartAsync(Everything("9.0.0.0"), cancellationToken: Cancel);
        var inventory = await ReadAsync(server);
        var vm = inventory.Vms.Single(v => v.Name == "web01");

        Judged.By("disk.native-sectors", vm).ShouldFire(ConcernSeverity.Critical, "Hard disk 1");
        Judged.By("vm.confidential", vm).ShouldContain(c => c.Id == "vm.confidential" && c.Assessment.Contains("TDX"));
    }

    [Fact]
    public async Task Of_a_version_that_is_not_known_yet_what_is_new_becomes_a_gap_and_the_rest_is_there()
    {
        await using var server = await SimulatorServer.StartAsync(Everything("12.0.0.0"), cancellationToken: Cancel);
        server.Faults.Rewrite = text => text
            .Replace("\"VirtualUSBXHCIController\"", "\"VirtualQuantumController\"", StringComparison.Ordinal)
            .Replace(">native_4k<", ">native_64k<", StringComparison.Ordinal)
            .Replace(">poweredOff<", ">hibernated<", StringComparison.Ordinal)
            .Replace("\"HostPcieHba\"", "\"HostCxlHba\"", StringComparison.Ordinal)
            .Replace("<numCPU>", "<qubits>7</qubits><numCPU>", StringComparison.Ordinal);
        var inventory = await ReadAsync(server);

        inventory.About.ApiVersion.ShouldBe("12.0.0.0");
        inventory.Vms.Select(v => v.Name).Order().ShouldBe(["off01", "web01"]);
        inventory.Hosts.Count.ShouldBe(2);
        var vm = inventory.Vms.Single(v => v.Name == "web01");
        vm.CpuCount.ShouldBe(4);
        vm.Disks.Count.ShouldBe(2);
        inventory.Gaps.ShouldContain(g => g.StartsWith("VirtualQuantumController"));
        inventory.Gaps.ShouldContain(g => g.StartsWith("disk format 'native_64k'"));
        inventory.Gaps.ShouldContain(g => g.StartsWith("power state 'hibernated'"));
    }

    private static Estate Everything(string version) => new()
    {
        ApiVersion = version,
        Datacenters = [new EstateDatacenter { Name = "DC1" }],
        Datastores = [new EstateDatastore { Name = "ds1" }, new EstateDatastore { Name = "tcp1", Lun = new EstateLun { Adapter = EstateAdapterKind.SoftwareIscsi } }],
        Networks = [new EstateNetwork { Name = "web", Switch = "dvs1", Vlan = 100 }],
        Vms =
        [
            new EstateVm
            {
                Name = "web01", Cpus = 4, Datastore = "ds1", Tags = ["Team/Shop"], FaultTolerance = "primary", NeedSecondaryReason = "lostConnection", Tdx = true, SwapPlacement = "hostLocal",
                SnapshotDirectory = "[ds1] snapshots", Devices = new EstateDevices { Usb = true, Tpm = true },
                Resources = new EstateResources { CoresPerNumaNode = 2 }, Disks = [new EstateDisk { Format = "native_4k" }, new EstateDisk { Format = "native_512" }],
            },
            new EstateVm { Name = "off01", Power = EstatePower.Off, Datastore = "tcp1", Disks = [new EstateDisk()] },
        ],
    };

    private static async Task<SourceInventory> ReadAsync(SimulatorServer server)
    {
        await using var session = await VSphereSession.OpenAsync(
            new VSphereEndpoint(server.Url, server.UserName, server.Password, server.Thumbprint), TimeProvider.System, NullLoggerFactory.Instance, Cancel);
        return await session.ReadInventoryAsync(Cancel);
    }
}
