using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Planner.Inventory;
using Migrate.Planner.VSphere;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Planner.Tests.VSphere;

/// <summary>Our client against our simulator: what govmomi's cannot show (pages, iSER, sessions that end, leases).</summary>
public sealed class SimulatorTests
{
    private static readonly Estate TwoVms = new()
    {
        Datastores = [new EstateDatastore { Name = "iser1" }, new EstateDatastore { Name = "vsan1", Type = "vsan" }],
        Vms =
        [
            new EstateVm { Name = "web01", Datastore = "iser1", Disks = [new EstateDisk { Capacity = 8 << 20 }] },
            new EstateVm
            {
                Name = "db01",
                Datastore = "vsan1",
                Power = EstatePower.Off,
                Disks = [new EstateDisk { Capacity = 4 << 20 }, new EstateDisk { Capacity = 6 << 20, Controller = EstateControllerKind.Nvme }],
            },
        ],
    };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_inventory_of_many_pages_is_read_whole_and_without_gaps()
    {
        await using var server = await SimulatorServer.StartAsync(EstateGenerator.Generate(vms: 700, hosts: 20), cancellationToken: Cancel);
        await using var session = await OpenAsync(server);
        var inventory = await session.ReadInventoryAsync(Cancel);

        inventory.Gaps.ShouldBeEmpty();
        inventory.Vms.Count.ShouldBe(700);
        inventory.Vms.Select(v => v.Key).ShouldBeUnique();
        inventory.Vms.ShouldAllBe(v => v.Disks.Count > 0 && v.Nics.Count > 0 && v.Datacenter == "DC00" && v.Folder.Length > 0);
        inventory.Vms.SelectMany(v => v.Disks).ShouldAllBe(d => d.Instance.Length > 0 && d.Uuid != null && d.CapacityBytes > 0 && d.Backing == DiskBacking.Flat);
        inventory.Vms.SelectMany(v => v.Disks).Select(d => d.Instance[..4]).Distinct().Order().ShouldBe(["nvme", "scsi"]);
        inventory.Vms.SelectMany(v => v.Nics).ShouldAllBe(n => n.NetworkKey != null && n.NetworkName.StartsWith("DC00-"));
        inventory.Vms.ShouldContain(v => v.SnapshotCount == 1);
        inventory.Vms.ShouldContain(v => v.OtherDevices.Any(d => d.Type == "VirtualTPM"));
        inventory.Clusters.ShouldContain(c => c.VsanEnabled);
    }

    [Fact]
    public async Task A_datastore_leads_over_extent_and_LUN_and_path_to_an_adapter_that_is_known_as_iSER()
    {
        await using var server = await SimulatorServer.StartAsync(TwoVms, cancellationToken: Cancel);
        await using var session = await OpenAsync(server);
        var inventory = await session.ReadInventoryAsync(Cancel);

        var datastore = inventory.Datastores.Single(d => d.Name == "iser1");
        var host = inventory.Hosts.Single(h => h.Key == datastore.HostKeys[0]);
        var lun = host.Luns.Single(l => l.CanonicalName == datastore.Extents.ShouldHaveSingleItem().DiskName);
        (lun.Vendor, lun.Model).ShouldBe(("QNAP", "iSCSI Storage"));
        lun.Paths.Count.ShouldBe(2);
        var adapter = host.Adapters.Single(a => a.Key == lun.Paths[0].AdapterKey);
        (adapter.Kind, adapter.Confidence, adapter.VimType).ShouldBe((AdapterKind.Iser, "certain", "HostInternetScsiHba"));
        lun.Paths[0].Transport.ShouldContain("iqn.");
        host.RdmaDevices.ShouldNotBeEmpty();
        host.RdmaDevices.ShouldAllBe(d => host.PhysicalNics.Any(n => n.Key == d.PairedUplinkKey));
        inventory.Datastores.Single(d => d.Name == "vsan1").IsVsan.ShouldBeTrue();
        inventory.Vms.Single(v => v.Name == "db01").Disks.ShouldAllBe(d => d.VsanObjectId != null);
    }

    [Fact]
    public async Task A_session_that_the_server_ended_is_renewed_without_anybody_noticing()
    {
        await using var server = await SimulatorServer.StartAsync(TwoVms, cancellationToken: Cancel);
        await using var session = await OpenAsync(server);
        var before = await session.ReadInventoryAsync(Cancel);
        server.Faults.ExpireSessions();
        (await session.ReadInventoryAsync(Cancel)).Vms.Count.ShouldBe(before.Vms.Count);
        server.Faults.ExpireSessions();
        await Task.WhenAll(before.Vms.Concat(before.Vms).Select(async v => (await session.ReadVmAsync(v.Key, Cancel)).ShouldNotBeNull()));
    }

    [Fact]
    public async Task A_server_that_is_busy_for_a_moment_is_asked_again()
    {
        await using var server = await SimulatorServer.StartAsync(TwoVms, cancellationToken: Cancel);
        await using var session = await OpenAsync(server);
        server.Faults.FailHttp(2);
        (await session.ReadInventoryAsync(Cancel)).Vms.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_VM_that_vanished_is_null()
    {
        await using var server = await SimulatorServer.StartAsync(TwoVms, cancellationToken: Cancel);
        await using var session = await OpenAsync(server);
        var key = await KeyOfAsync(session, "web01");
        server.Faults.VanishVm("web01");
        (await session.ReadVmAsync(key, Cancel)).ShouldBeNull();
    }

    [Fact]
    public async Task A_guest_shuts_down_and_its_VM_starts_again()
    {
        await using var server = await SimulatorServer.StartAsync(TwoVms, cancellationToken: Cancel);
        await using var session = await OpenAsync(server);
        var key = await KeyOfAsync(session, "web01");
        await session.ShutdownGuestAsync(key, Cancel);
        server.PowerStateOf("web01").ShouldBe("poweredOff");
        await session.PowerOnAsync(key, Cancel);
        server.PowerStateOf("web01").ShouldBe("poweredOn");
        await session.PowerOffAsync(key, Cancel);
        server.PowerStateOf("web01").ShouldBe("poweredOff");
    }

    [Fact]
    public async Task A_VM_that_runs_cannot_be_exported_and_the_refusal_says_so()
    {
        await using var server = await SimulatorServer.StartAsync(TwoVms, cancellationToken: Cancel);
        await using var session = await OpenAsync(server);
        var key = await KeyOfAsync(session, "web01");
        var refused = await Should.ThrowAsync<MigrateException>(() => session.OpenExportLeaseAsync(key, Cancel));
        refused.Code.ShouldBe("source.power-state");
    }

    [Fact]
    public async Task A_lease_stays_alive_without_data_and_gives_every_disk()
    {
        var options = new SimulatorOptions { LeaseTimeout = TimeSpan.FromSeconds(15) };
        await using var server = await SimulatorServer.StartAsync(TwoVms, options, Cancel);
        await using var session = await OpenAsync(server);
        var key = await KeyOfAsync(session, "db01");
        var disks = (await session.ReadVmAsync(key, Cancel)).ShouldNotBeNull().Disks;

        await using var lease = await session.OpenExportLeaseAsync(key, Cancel);
        lease.Disks.Select(d => (d.Key, d.CapacityBytes)).ShouldBe(disks.Select(d => (d.Key, d.CapacityBytes)), ignoreOrder: true);
        lease.Disks.ShouldAllBe(d => d.Url.Host == server.Url.Host);

        // Nothing but the heartbeat talks to the server for longer than the lease's patience.
        await Task.Delay(TimeSpan.FromSeconds(20), Cancel);
        foreach (var disk in lease.Disks)
        {
            var vmdk = await session.Http.GetByteArrayAsync(disk.Url, Cancel);
            vmdk[..4].ShouldBe("KDMV"u8.ToArray());
        }

        await lease.CompleteAsync(Cancel);
    }

    [Fact]
    public async Task A_baseline_is_the_disk_s_load_in_microseconds_and_bytes()
    {
        var load = new EstateLoad { ReadIops = 100, WriteIops = 50, ReadLatencyUs = 180, WriteLatencyUs = 2500, ReadBytes = 16384, WriteBytes = 8192, Gaps = 0.1 };
        var estate = new Estate { Vms = [new EstateVm { Name = "db02", Load = load, Disks = [new EstateDisk(), new EstateDisk { Controller = EstateControllerKind.Nvme }] }] };
        await using var server = await SimulatorServer.StartAsync(estate, cancellationToken: Cancel);
        await using var session = await OpenAsync(server);
        var vm = (await session.ReadInventoryAsync(Cancel)).Vms.Single();
        var baseline = await session.ReadBaselineAsync(vm, Cancel);

        baseline.MissingCounters.ShouldBeEmpty();
        baseline.Disks.Select(d => (d.DiskKey, d.Instance)).ShouldBe(vm.Disks.Select(d => (d.Key, d.Instance)));
        foreach (var samples in baseline.Disks.Select(d => d.Samples))
        {
            samples.Count.ShouldBe(180);
            samples.Zip(samples.Skip(1)).All(p => p.Second.At - p.First.At == TimeSpan.FromSeconds(20)).ShouldBeTrue();
            // The simulator's noise stays within a tenth; what it leaves out (-1) is null, and never taken from the millisecond counter.
            var reads = samples.Select(s => s.ReadLatencyUs).OfType<double>().ToList();
            reads.Count.ShouldBeInRange(120, 179);
            reads.All(us => us is > 160 and < 200).ShouldBeTrue();
            samples.Select(s => s.WriteLatencyUs).OfType<double>().All(us => us is > 2200 and < 2800).ShouldBeTrue();
            var full = samples.Where(s => s.ReadIops != null && s.ReadBytesPerSecond != null).ToList();
            full.Average(s => s.ReadBytesPerSecond!.Value / s.ReadIops!.Value).ShouldBeInRange(16384 * 0.95, 16384 * 1.05);
        }
    }

    [Fact]
    public async Task A_VM_that_is_off_has_a_baseline_without_samples()
    {
        await using var server = await SimulatorServer.StartAsync(TwoVms, cancellationToken: Cancel);
        await using var session = await OpenAsync(server);
        var vm = (await session.ReadInventoryAsync(Cancel)).Vms.Single(v => v.Name == "db01");
        var baseline = await session.ReadBaselineAsync(vm, Cancel);
        baseline.Disks.SelectMany(d => d.Samples).Where(s => s.ReadIops != null).ShouldBeEmpty();
        baseline.MissingCounters.ShouldContain("virtualDisk.readLatencyUS.latest");
    }

    [Fact]
    public async Task A_lease_that_is_given_up_frees_the_VM_for_the_next()
    {
        await using var server = await SimulatorServer.StartAsync(TwoVms, cancellationToken: Cancel);
        await using var session = await OpenAsync(server);
        var key = await KeyOfAsync(session, "db01");
        await using (await session.OpenExportLeaseAsync(key, Cancel))
        {
        }

        await using var second = await session.OpenExportLeaseAsync(key, Cancel);
        await second.AbortAsync("the test is over", Cancel);
    }

    private static async Task<string> KeyOfAsync(VSphereSession session, string name) => (await session.ReadInventoryAsync(Cancel)).Vms.Single(v => v.Name == name).Key;

    private static Task<VSphereSession> OpenAsync(SimulatorServer server) =>
        VSphereSession.OpenAsync(new(server.Url, server.UserName, server.Password, server.Thumbprint), TimeProvider.System, NullLoggerFactory.Instance, Cancel);
}
