using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Baselines;
using Migrate.Planner.Baselines.Collection;
using Migrate.Planner.Baselines.Series;
using Migrate.Planner.Inventory;
using Migrate.Planner.Tests.Persistence;
using Migrate.Simulator.Estates;

namespace Migrate.Planner.Tests.Baselines.Collection;

[UsesDatabase]
public sealed class VsanCollectorTests(PostgresCluster postgres)
{
    private static readonly EstateLoad Load = new() { Gaps = 0, ReadIops = 2000, WriteIops = 1000, ReadLatencyUs = 4000, WriteLatencyUs = 8000 };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, InlineData(Provider.Sqlite), InlineData(Provider.Postgres)]
    public async Task A_week_is_there_at_once_and_every_hour_is_added_without_a_gap(Provider provider)
    {
        await using var bench = await CollectionBench.StartAsync(Estate(new EstateVsan()), await TestDatabase.CreateAsync(provider, postgres));
        var (vm, other) = await SyncAsync(bench);
        await bench.PollAsync();

        (await CollectAsync(bench)).ShouldBe(1 + (7 * 2), "one call for the units, and two spans of twelve hours a day");
        (await CollectAsync(bench)).ShouldBe(0, "within the hour nothing is due");
        var week = await bench.SeriesAsync(vm.Key, VsanSeries.InstanceOf("scsi0:0"));
        week.Count.ShouldBe(7 * 288);
        for (var hour = 0; hour < 3; hour++)
        {
            bench.Time.Now += TimeSpan.FromMinutes(61);
            (await CollectAsync(bench)).ShouldBe(2);
        }

        var series = await bench.SeriesAsync(vm.Key, VsanSeries.InstanceOf("scsi0:0"));
        series.Count.ShouldBe((7 * 288) + 36);
        series.Seconds.Zip(series.Seconds.Skip(1)).ShouldAllBe(pair => pair.Second - pair.First == VsanSeries.IntervalSeconds);
        (await bench.SeriesAsync(other.Key, VsanSeries.InstanceOf("scsi0:0"))).Count.ShouldBe(0, "its disk is not on vSAN");

        var store = new InventoryStore(bench.Database.Factory, bench.Time);
        var collected = (await new CollectedBaselines(bench.Database.Factory, bench.Samples, store).LoadAsync(bench.Source, vm, CollectedBaselines.DefaultWindow, Cancel)).ShouldNotBeNull();
        var profile = collected.Vsan.ShouldHaveSingleItem();
        (profile.IntervalSeconds, profile.Instance).ShouldBe((300, "scsi0:0"));
        profile.Whole.Read.LatencyUs!.Mean.ShouldBe(4000, 100);
        profile.Whole.Write.LatencyUs!.Mean.ShouldBe(8000, 200);
        profile.Whole.Read.Iops!.Mean.ShouldBe(2000, 60);
        profile.Whole.Read.BytesPerSecond!.Mean.ShouldBe(2000 * 16384, 2000 * 16384 * 0.03);
        collected.Disks.ShouldHaveSingleItem().IntervalSeconds.ShouldBe(20);
        collected.Trust.Reasons.ShouldContain(r => r.Code == "window-below-a-day", "means of five minutes judge nothing");
    }

    [Theory]
    [InlineData("time_ms", 0, false)]
    [InlineData("time_us", 120, true)]
    [InlineData("time_us", -345, false)]
    public async Task Units_time_zones_and_names_are_the_server_s(string unit, int zoneMinutes, bool vscsi)
    {
        await using var bench = await CollectionBench.StartAsync(
            Estate(new EstateVsan { PerformanceLatencyUnit = unit, PerformanceZoneMinutes = zoneMinutes, PerformanceNamesVscsi = vscsi }));
        var (vm, _) = await SyncAsync(bench);

        await CollectAsync(bench);

        var series = await bench.SeriesAsync(vm.Key, VsanSeries.InstanceOf("scsi0:0"));
        series.Count.ShouldBe(7 * 288);
        (bench.Time.Now - series.At(series.Count - 1)).ShouldBeInRange(TimeSpan.Zero, TimeSpan.FromMinutes(5));
        series.Column(DiskCounter.ReadLatencyUs).Average().ShouldBe(4000, 150);
    }

    [Fact]
    public async Task A_service_that_is_off_is_named_and_asked_again_and_costs_nothing_else()
    {
        await using var bench = await CollectionBench.StartAsync(Estate(new EstateVsan { PerformanceService = false }));
        var (vm, other) = await SyncAsync(bench);

        await CollectAsync(bench);

        await using (var db = bench.Database.Factory.CreateDbContext())
        {
            var watches = await db.BaselineWatches.ToDictionaryAsync(w => w.VmKey, Cancel);
            watches[vm.Key].VsanProblem!.ShouldContain("Switch vSAN's performance service on");
            watches[other.Key].VsanProblem.ShouldBeNull();
            watches.Values.ShouldAllBe(w => w.Error == null);
        }

        await bench.PollAsync();
        (await bench.SeriesAsync(vm.Key)).Count.ShouldBe(180);
    }

    [Fact]
    public async Task VMs_that_vSAN_cannot_tell_apart_are_named_and_the_others_are_read()
    {
        var estate = Estate(new EstateVsan());
        var uuid = "502a0000-0000-4000-8000-00000000c0de";
        await using var bench = await CollectionBench.StartAsync(estate with
        {
            Vms =
            [
                .. estate.Vms,
                .. new[] { "copy1", "copy2" }.Select(name => new EstateVm { Name = name, InstanceUuid = uuid, Datastore = "vsan1", Load = Load, Disks = [new EstateDisk { Capacity = 1 << 20 }] }),
            ],
        });
        var (vm, _) = await SyncAsync(bench);

        await CollectAsync(bench);

        (await bench.SeriesAsync(vm.Key, VsanSeries.InstanceOf("scsi0:0"))).Count.ShouldBe(7 * 288);
        await using var db = bench.Database.Factory.CreateDbContext();
        (await db.BaselineWatches.Where(w => w.VsanProblem != null).OrderBy(w => w.VmName).Select(w => w.VmName).ToListAsync(Cancel)).ShouldBe(["copy1", "copy2"]);
        (await db.BaselineWatches.FirstAsync(w => w.VmName == "copy1", Cancel)).VsanProblem!.ShouldContain(uuid);
    }

    private static Estate Estate(EstateVsan vsan) => new()
    {
        Clusters = [new EstateCluster { Name = "c1", Vsan = true, VsanState = vsan }],
        Hosts = [new EstateHost { Name = "esx1", Cluster = "c1" }],
        Datastores = [new EstateDatastore { Name = "vsan1", Type = "vsan" }, new EstateDatastore { Name = "ds1" }],
        Vms =
        [
            new EstateVm { Name = "db01", Datastore = "vsan1", Load = Load, Disks = [new EstateDisk { Capacity = 1 << 20 }] },
            new EstateVm { Name = "web01", Datastore = "ds1", Load = Load, Disks = [new EstateDisk { Capacity = 1 << 20 }] },
        ],
    };

    private static async Task<(Vm OnVsan, Vm Other)> SyncAsync(CollectionBench bench)
    {
        await using var session = await bench.OpenAsync();
        var inventory = await session.ReadInventoryAsync(Cancel);
        await new InventoryStore(bench.Database.Factory, bench.Time).SaveAsync(bench.Source, inventory, Cancel);
        return (inventory.Vms.Single(vm => vm.Name == "db01"), inventory.Vms.Single(vm => vm.Name == "web01"));
    }

    private static async Task<int> CollectAsync(CollectionBench bench)
    {
        await using var session = await bench.OpenAsync();
        return await new VsanCollector(bench.Database.Factory, new InventoryStore(bench.Database.Factory, bench.Time), bench.Time).CollectAsync(bench.Source, session, Cancel);
    }
}
