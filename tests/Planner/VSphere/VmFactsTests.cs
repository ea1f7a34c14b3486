using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Planner.Inventory;
using Migrate.Planner.VSphere;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Planner.Tests.VSphere;

/// <summary>What decides about VMs, over the wire and against the schema that the simulator holds its answers to.</summary>
public sealed class VmFactsTests
{
    private static readonly Estate Rich = new()
    {
        Clusters =
        [
            new EstateCluster
            {
                Name = "c1", DrsAutomation = "partiallyAutomated", Dpm = true, Evc = "intel-broadwell",
                Rules =
                [
                    new EstateRule { Name = "apart", Kind = EstateRuleKind.Apart, Mandatory = true, Vms = ["db01", "web01"] },
                    new EstateRule { Name = "licence", Kind = EstateRuleKind.On, Vms = ["db01"], Hosts = ["esx2"] },
                ],
            },
        ],
        Hosts = [new EstateHost { Name = "esx1", Cluster = "c1" }, new EstateHost { Name = "esx2", Cluster = "c1" }],
        Vms =
        [
            new EstateVm
            {
                Name = "db01", Tags = ["Owner/team-a", "Tier/gold"], Attributes = new Dictionary<string, string> { ["backup"] = "nightly", ["cost centre"] = "42" },
                Resources = new EstateResources
                {
                    CpuReservation = 1500, CpuLimit = 4000, MemoryReservation = 1L << 30, MemoryLocked = true, NumaNodes = [1], CoresPerNumaNode = 2,
                    CpuHotAdd = true, NestedVirtualization = true, PerformanceCounters = true,
                },
                CpuAffinity = ["2", "3"], Extra = new Dictionary<string, string> { ["numa.nodeAffinity"] = "1", ["guestinfo.userdata"] = "hunter2" },
                Ips = ["192.0.2.10"], Gateway = "192.0.2.1", Snapshots = ["one", "two"],
                GuestDisks = [new EstateGuestDisk { Path = "/", Capacity = 1 << 30, Free = 1 << 20, FileSystem = "xfs", Disks = [0, 1] }],
                Disks = [new EstateDisk { Capacity = 1 << 30 }, new EstateDisk { Capacity = 1 << 30 }],
                Devices = new EstateDevices { Iso = "[iso] debian.iso", SerialUri = "telnet://:7001", Watchdog = true, PrecisionClock = true, DynamicPassthrough = ["gpus"], Usb = true },
            },
            new EstateVm { Name = "web01", Tags = ["Owner/team-a"] },
        ],
    };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Everything_that_an_estate_says_of_its_VMs_and_rules_is_read()
    {
        await using var server = await SimulatorServer.StartAsync(Rich, cancellationToken: Cancel);
        await using var session = await OpenAsync(server);
        var inventory = await session.ReadInventoryAsync(Cancel);
        inventory.Gaps.ShouldBeEmpty();

        var vm = inventory.Vms.Single(v => v.Name == "db01");
        vm.Tags.ShouldBe([new("Owner", "team-a"), new("Tier", "gold")]);
        vm.CustomAttributes.ShouldBe([new("backup", "nightly"), new("cost centre", "42")]);
        (vm.Resources.Cpu.Reservation, vm.Resources.Cpu.Limit, vm.Resources.Memory.Reservation, vm.Resources.Memory.Limit).ShouldBe((1500, 4000, 1L << 30, null));
        (vm.Resources.MemoryReservationLocked, vm.Resources.CoresPerNumaNode, vm.Resources.NestedVirtualization, vm.Resources.PerformanceCounters, vm.CpuHotAddEnabled).ShouldBe((true, 2, true, true, true));
        vm.Resources.CpuAffinity.ShouldBe([2, 3]);
        vm.Resources.MemoryAffinity.ShouldBe([1]);
        vm.AdvancedSettings.ShouldContain(new AdvancedSetting("numa.nodeAffinity", "1"));
        vm.AdvancedSettings.ShouldContain(new AdvancedSetting("guestinfo.userdata", null));
        vm.Snapshots.Select(s => (s.Name, s.Depth, s.IsCurrent)).ShouldBe([("one", 1, false), ("two", 2, true)]);
        vm.Snapshots[1].ParentKey.ShouldBe(vm.Snapshots[0].Key);
        vm.Disks.ShouldAllBe(d => d.ParentFiles.Count == 2 && d.ChangeTrackingKey == true && d.CommittedBytes > 0);
        vm.Storage.CommittedBytes.ShouldBeGreaterThan(0);
        (vm.ChangeTrackingSupported, vm.ResourcePool, vm.ResourcePoolKey).ShouldBe((true, "", vm.ResourcePoolKey.ShouldNotBeNull()));
        vm.State.BootedAt.ShouldNotBeNull();

        vm.Guest.Disks.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            d => (d.Path, d.CapacityBytes, d.FreeBytes, d.FileSystem).ShouldBe(("/", 1L << 30, 1L << 20, "xfs")), d => d.DiskKeys.ShouldBe(vm.Disks.Select(x => x.Key)));
        vm.Guest.Stacks.ShouldHaveSingleItem().Gateways.ShouldBe(["192.0.2.1"]);
        vm.Guest.Nics[0].Addresses.ShouldHaveSingleItem().ShouldSatisfyAllConditions(a => a.Address.ShouldBe("192.0.2.10"), a => a.PrefixLength.ShouldBe(24));
        (vm.Guest.Family, vm.Guest.ToolsStatus).ShouldBe(("linuxGuest", "toolsOk"));

        vm.OtherDevices.Where(d => d.Backing is not null).Select(d => (d.Kind, d.Backing)).ShouldBe(
        [
            (DeviceKind.Cdrom, "[iso] debian.iso"), (DeviceKind.SerialPort, "telnet://:7001"), (DeviceKind.PrecisionClock, "ntp"),
            (DeviceKind.DynamicPciPassthrough, "gpus"), (DeviceKind.Usb, "path:0/1/4"),
        ], ignoreOrder: true);
        vm.OtherDevices.Single(d => d.Kind == DeviceKind.Watchdog).IsActive.ShouldBeTrue();
        vm.OtherDevices.Single(d => d.Kind == DeviceKind.Usb).Ids.ShouldBe(["0529:0001"]);
        vm.OtherDevices.ShouldAllBe(d => d.Kind != DeviceKind.Unknown);

        var cluster = inventory.Clusters.Single();
        (cluster.DrsAutomation, cluster.DpmEnabled, cluster.EvcMode, cluster.HostKeys.Count).ShouldBe(("partiallyAutomated", true, "intel-broadwell", 2));
        var keys = inventory.Vms.ToDictionary(v => v.Name, v => v.Key);
        cluster.Rules.Select(r => (r.Name, r.Kind, r.Mandatory)).ShouldBe([("apart", DrsRuleKind.VmAntiAffinity, true), ("licence", DrsRuleKind.VmHostAffinity, false)]);
        cluster.Rules[0].VmKeys.ShouldBe([keys["db01"], keys["web01"]]);
        cluster.Rules[1].VmKeys.ShouldBe([keys["db01"]]);
        cluster.Rules[1].HostKeys.ShouldBe([inventory.Hosts.Single(h => h.Name == "esx2").Key]);
    }

    [Fact]
    public async Task Two_readings_of_the_same_estate_have_the_same_lasting_part()
    {
        await using var server = await SimulatorServer.StartAsync(Rich, cancellationToken: Cancel);
        await using var session = await OpenAsync(server);
        var first = await session.ReadInventoryAsync(Cancel);
        var second = await session.ReadInventoryAsync(Cancel);
        second.Vms.Select(Text).ShouldBe(first.Vms.Select(Text));

        static string Text(Vm vm) => System.Text.Json.JsonSerializer.Serialize(Lasting.Of(vm), PlannerJson.Default.Vm);
    }

    [Fact]
    public async Task A_reading_leaves_no_session_of_the_tagging_service_behind()
    {
        await using var server = await SimulatorServer.StartAsync(Rich, cancellationToken: Cancel);
        await using var session = await OpenAsync(server);
        await session.ReadInventoryAsync(Cancel);
        var before = server.OpenSessions;
        await session.ReadInventoryAsync(Cancel);
        server.OpenSessions.ShouldBe(before);
    }

    [Fact]
    public async Task Custom_attributes_of_a_host_are_read_by_their_names()
    {
        var estate = new Estate { Hosts = [new EstateHost { Name = "esx1", Attributes = new Dictionary<string, string> { ["Rack"] = "B7", ["Owner"] = "storage" } }, new EstateHost { Name = "esx2" }] };
        await using var server = await SimulatorServer.StartAsync(estate, cancellationToken: Cancel);
        await using var session = await OpenAsync(server);
        var hosts = (await session.ReadInventoryAsync(Cancel)).Hosts;
        hosts.Single(h => h.Name == "esx1").CustomAttributes.ShouldBe([new("Owner", "storage"), new("Rack", "B7")], ignoreOrder: true);
        hosts.Single(h => h.Name == "esx2").CustomAttributes.ShouldBeEmpty();
    }

    [Fact]
    public async Task One_VM_is_read_as_in_the_whole_inventory_but_for_its_tags_and_policies_and_costs_the_same_in_a_large_one()
    {
        await using var server = await SimulatorServer.StartAsync(EstateGenerator.Generate(vms: 40, hosts: 6), cancellationToken: Cancel);
        await using var session = await OpenAsync(server);
        var inventory = await session.ReadInventoryAsync(Cancel);
        var before = server.Faults.ApiCalls.Values.Sum();
        foreach (var vm in inventory.Vms)
        {
            var alone = await session.ReadVmAsync(vm.Key, Cancel);
            System.Text.Json.JsonSerializer.Serialize(alone).ShouldBe(System.Text.Json.JsonSerializer.Serialize(vm with { Tags = [], Disks = [.. vm.Disks.Select(d => d with { Policy = null })] }));
        }

        // Itself, the way up from its folder, host and pool, its networks by kind, its host's and the names of custom attributes.
        (server.Faults.ApiCalls.Values.Sum() - before).ShouldBeLessThanOrEqualTo(40 * 18);
        server.Faults.ApiCalls["/api/session"].ShouldBe(2, "tags were read with the inventory only");
    }

    private static Task<VSphereSession> OpenAsync(SimulatorServer server) =>
        VSphereSession.OpenAsync(new(server.Url, server.UserName, server.Password, server.Thumbprint), TimeProvider.System, NullLoggerFactory.Instance, Cancel);
}
