using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Planner.Inventory;
using Migrate.Planner.Iser;
using Migrate.Planner.VSphere;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Planner.Tests.VSphere;

/// <summary>The storage side of an inventory against our simulator: iSER's chain, vSAN of both architectures, policies, NVMe over TCP.</summary>
public sealed class StorageDetailsTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_iSER_adapter_is_followed_to_RDMA_device_uplink_and_bound_VMkernel_adapter()
    {
        var inventory = await ReadAsync(new Estate { Datastores = [new EstateDatastore { Name = "iser1" }] });

        inventory.Gaps.ShouldBeEmpty();
        var host = inventory.Hosts[0];
        host.Adapters.Where(a => a.Kind == AdapterKind.Iser).Select(a => RdmaChain.Of(host, a).ToString())
            .ShouldBe(["vmhba66 → vmrdma0 → vmnic0 (vmk2)", "vmhba67 → vmrdma1 → vmnic1 (vmk3)"]);
        var reports = IserChecks.Of(host);
        reports.Count.ShouldBe(2);
        reports.SelectMany(r => r.Checks).Where(c => c.Outcome is not (RequirementOutcome.Met or RequirementOutcome.NotNeeded)).Select(c => c.Id).Distinct().ShouldBe(["iser.flow-control"]);
        var bound = host.VmkernelAdapters.Single(v => v.Device == "vmk2");
        (bound.PortGroup, bound.Mtu, bound.TeamingKnown).ShouldBe(("iSER-A", 9000, true));
        bound.ActiveUplinks.ShouldBe(["vmnic0"]);
        host.Adapters.Single(a => a.Device == "vmhba66").Targets.ShouldContain(t => t.Iqn!.StartsWith("iqn.2004-04.com.qnap:") && t.Port == 3260);
    }

    [Fact]
    public async Task Faults_of_iSER_are_found_in_what_the_host_says()
    {
        var inventory = await ReadAsync(new Estate
        {
            Datastores = [new EstateDatastore { Name = "iser1" }],
            Hosts =
            [
                new EstateHost
                {
                    Name = "esx01.example",
                    Nics = [new EstateNic { Device = "vmnic0", Rdma = "vmrdma0", SpeedMbps = 1000 }, new EstateNic { Device = "vmnic1", Rdma = "vmrdma1" }],
                    Adapters =
                    [
                        new EstateAdapter { Device = "vmhba66", Kind = EstateAdapterKind.Iser, Nic = "vmnic0", StandbyNic = "vmnic1" },
                        new EstateAdapter { Device = "vmhba67", Kind = EstateAdapterKind.Iser, Nic = "vmnic1", Bound = false },
                    ],
                },
            ],
        });

        var reports = IserChecks.Of(inventory.Hosts.ShouldHaveSingleItem());
        NotMet(reports[0]).ShouldBe(["iser.link-speed", "iser.port-binding", "iser.no-teaming", "iser.one-rdma-per-switch"]);
        reports[0].Checks.Single(c => c.Id == "iser.port-binding").Evidence.ShouldContain("IscsiFaultVnicHasMultipleUplinks");
        NotMet(reports[1]).ShouldContain("iser.port-binding");

        static IEnumerable<string> NotMet(IserReport report) => report.Checks.Where(c => c.Outcome == RequirementOutcome.NotMet).Select(c => c.Id);
    }

    [Fact]
    public async Task A_host_is_read_with_machine_time_services_and_switches()
    {
        var host = (await ReadAsync(new Estate())).Hosts[0];

        (host.Vendor, host.HardwareModel, host.CpuPackages, host.CpuThreads, host.NumaNodes).ShouldBe(("Dell Inc.", "PowerEdge R750", 2, 64, 2));
        (host.EvcMode, host.MaxEvcMode).ShouldBe((null, "intel-icelake"));
        host.TimeSync.Servers.ShouldBe(["ntp1.example", "ntp2.example"]);
        host.TimeSync.Running.ShouldBe(true);
        host.Services.Single(s => s.Key == "TSM-SSH").Running.ShouldBeFalse();
        host.Switches.Select(s => s.Name).ShouldBe(["vSwitch0", "vSwitch1", "vSwitch2"]);
        host.VmkernelAdapters.Single(v => v.Device == "vmk1").Services.ShouldBe(["management"]);
        host.PhysicalNics.ShouldAllBe(n => n.FullDuplex == true);
    }

    [Theory]
    [InlineData(true, false, MediaClass.Flash)]
    [InlineData(false, false, MediaClass.Flash)]
    [InlineData(false, true, MediaClass.Hybrid)]
    public async Task A_vSAN_cluster_is_read_with_its_devices_and_what_its_service_says(bool esa, bool hybrid, MediaClass media)
    {
        var inventory = await ReadAsync(VsanEstate(new EstateVsan { Esa = esa, Hybrid = hybrid, Deduplication = !esa, Encryption = true, Health = "yellow", DegradedObjects = 1, ResyncBytes = 7L << 30 }));

        inventory.Gaps.ShouldBeEmpty();
        var vsan = inventory.Clusters.ShouldHaveSingleItem().Vsan.ShouldNotBeNull();
        (vsan.Esa, vsan.Deduplication, vsan.Compression, vsan.Encryption, vsan.Checksum).ShouldBe((esa, !esa, true, true, true));
        vsan.Health.ShouldBe("yellow");
        vsan.HealthProblems.ShouldBe(["Data: yellow"]);
        (vsan.ResyncingObjects, vsan.ResyncBytes).ShouldBe((1, 7L << 30));
        vsan.Objects.ShouldContain(new VsanObjectHealth("reducedavailabilitywithnorebuild", 1));
        var datastore = inventory.Datastores.ShouldHaveSingleItem();
        (datastore.VsanClusterUuid, datastore.Media).ShouldBe((vsan.Uuid, media));
        foreach (var host in inventory.Hosts.Select(h => h.Vsan.ShouldNotBeNull()))
        {
            (host.ClusterUuid, host.Esa, host.VmkernelAdapters.Single()).ShouldBe((vsan.Uuid, esa, "vmk1"));
            (host.PoolDisks.Count, host.DiskGroups.Sum(g => 1 + g.CapacityDisks.Count)).ShouldBe(esa ? (3, 0) : (0, 3));
        }
    }

    [Fact]
    public async Task Two_sites_are_known_by_their_witness()
    {
        var estate = VsanEstate(new EstateVsan { Witness = "witness.example" }) with
        {
            Clusters = [new EstateCluster { Name = "c1", Vsan = true, VsanState = new EstateVsan { Witness = "witness.example" } }, new EstateCluster { Name = "w" }],
            Hosts = [new EstateHost { Name = "esx01.example" }, new EstateHost { Name = "witness.example", Cluster = "w" }],
        };
        var inventory = await ReadAsync(estate);

        inventory.Gaps.ShouldBeEmpty();
        var witness = inventory.Clusters.Single(c => c.Name == "c1").Vsan!.Witnesses.ShouldNotBeNull().ShouldHaveSingleItem();
        witness.HostKey.ShouldBe(inventory.Hosts.Single(h => h.Name == "witness.example").Key);
        witness.PreferredFaultDomain.ShouldBe("Preferred");
        (await ReadAsync(VsanEstate(new EstateVsan()))).Clusters.Single().Vsan!.Witnesses.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_disk_has_the_policy_that_the_policy_service_gives_it()
    {
        var estate = VsanEstate(new EstateVsan()) with
        {
            Policies = [new EstatePolicy { Name = "plain" }, new EstatePolicy { Name = "gold", ErasureCoding = true, FailuresToTolerate = 2, StripeWidth = 4, SpaceReservation = 100, IopsLimit = 5000, ChecksumDisabled = true }],
            Vms = [new EstateVm { Name = "db", Disks = [new EstateDisk(), new EstateDisk { Policy = "gold" }] }],
        };

        var disks = (await ReadAsync(estate)).Vms.ShouldHaveSingleItem().Disks;

        var plain = disks[0].Policy.ShouldNotBeNull();
        (plain.Name, plain.Raid, plain.FailuresToTolerate, plain.IopsLimit, plain.ChecksumDisabled).ShouldBe(("plain", "RAID-1", 1, null, false));
        var gold = disks[1].Policy.ShouldNotBeNull();
        (gold.Name, gold.Raid, gold.StripeWidth, gold.SpaceReservation, gold.IopsLimit, gold.ChecksumDisabled).ShouldBe(("gold", "RAID-6", 4, 100, 5000L, true));
    }

    [Fact]
    public async Task Policies_of_many_disks_are_asked_for_a_page_at_a_time()
    {
        var inventory = await ReadAsync(VsanEstate(new EstateVsan()) with
        {
            Vms = [.. Enumerable.Range(0, 400).Select(i => new EstateVm { Name = $"vm{i}", Disks = [new EstateDisk(), new EstateDisk()] })],
        });

        inventory.Vms.SelectMany(v => v.Disks).Count(d => d.Policy is not null).ShouldBe(800);
    }

    [Fact]
    public async Task Services_that_do_not_run_are_gaps_and_the_rest_is_read()
    {
        var inventory = await ReadAsync(VsanEstate(new EstateVsan { ServiceRuns = false }));

        inventory.Gaps.Count(g => g.StartsWith("vSAN ")).ShouldBe(5);
        inventory.Gaps.ShouldContain(g => g.StartsWith("storage policies") && g.Contains("/pbm/sdk answers HTTP 404"));
        inventory.Clusters.ShouldHaveSingleItem().Vsan.ShouldNotBeNull().Health.ShouldBeNull();
        inventory.Vms.ShouldHaveSingleItem().Disks.ShouldHaveSingleItem().Policy.ShouldBeNull();
    }

    [Fact]
    public async Task A_namespace_on_NVMe_over_TCP_is_followed_to_controller_adapter_and_uplink()
    {
        var inventory = await ReadAsync(new Estate
        {
            Datastores = [new EstateDatastore { Name = "nvme1", Lun = new EstateLun { Vendor = "NVMe", Model = "TrueNAS", Adapter = EstateAdapterKind.NvmeTcp, Policy = "LB-RR", ArrayPolicy = "HPP" } }],
        });

        inventory.Gaps.ShouldBeEmpty();
        var row = Topology.Of(inventory.Datastores.ShouldHaveSingleItem(), inventory.Hosts)[0];
        row.Lun.ShouldNotBeNull().Protocol.ShouldBe("nvme");
        var path = row.Paths[0];
        (path.Adapter!.Kind, path.Adapter.Uplink).ShouldBe((AdapterKind.NvmeTcp, "vmnic0"));
        var controller = path.Controller.ShouldNotBeNull();
        (controller.Transport, controller.Queues, controller.FusedOperations).ShouldBe(("tcp", 8, true));
        controller.SubsystemNqn.ShouldStartWith("nqn.2011-06.com.truenas:");
        controller.Namespaces.ShouldHaveSingleItem().CapacityBytes.ShouldBe(10L << 40);
    }

    private static Estate VsanEstate(EstateVsan vsan) => new()
    {
        Clusters = [new EstateCluster { Name = "c1", Vsan = true, VsanState = vsan }],
        Datastores = [new EstateDatastore { Name = "vsan1", Type = "vsan" }],
        Vms = [new EstateVm { Name = "web01", Disks = [new EstateDisk()] }],
    };

    private static async Task<SourceInventory> ReadAsync(Estate estate)
    {
        await using var server = await SimulatorServer.StartAsync(estate, cancellationToken: Cancel);
        await using var session = await VSphereSession.OpenAsync(
            new VSphereEndpoint(server.Url, server.UserName, server.Password, server.Thumbprint), TimeProvider.System, NullLoggerFactory.Instance, Cancel);
        return await session.ReadInventoryAsync(Cancel);
    }
}
