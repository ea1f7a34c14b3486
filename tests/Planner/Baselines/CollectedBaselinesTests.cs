using System.Text.Json;
using Migrate.Planner.Baselines;
using Migrate.Planner.Baselines.Profiles;
using Migrate.Planner.Baselines.Trust;
using Migrate.Planner.Inventory;
using Migrate.Planner.Tests.Baselines.Collection;
using Migrate.Planner.Tests.Persistence;
using Migrate.Simulator.Estates;

namespace Migrate.Planner.Tests.Baselines;

/// <summary>From the simulated source's load to figures: what is configured there must come out here.</summary>
[UsesDatabase]
public sealed class CollectedBaselinesTests(PostgresCluster postgres)
{
    private static readonly EstateLoad Load = new() { Gaps = 0, ReadIops = 2000, WriteIops = 1000, ReadLatencyUs = 4000, WriteLatencyUs = 8000, SequentialShare = 0.4, DailySwing = 0.5 };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, InlineData(Provider.Sqlite), InlineData(Provider.Postgres)]
    public async Task A_day_of_polls_gives_the_profile_that_the_source_was_told_to_have(Provider provider)
    {
        await using var bench = await CollectionBench.StartAsync(
            new Estate { Vms = [new EstateVm { Name = "db01", Load = Load, Disks = [new EstateDisk { Capacity = 1 << 20 }] }] }, await TestDatabase.CreateAsync(provider, postgres));
        var (baselines, vm) = await CollectAsync(bench, TimeSpan.FromHours(30));
        var collected = (await baselines.LoadAsync(bench.Source, vm, CollectedBaselines.DefaultWindow, Cancel)).ShouldNotBeNull();

        var disk = collected.Disks.ShouldHaveSingleItem();
        disk.ReadLatency.ShouldBe(LatencyUnit.Microseconds);
        disk.Whole.SequentialShare!.Value.ShouldBe(0.4, 0.01);
        disk.Whole.Read.BytesPerIo.ShouldBe(16384);
        disk.Whole.Read.LatencyUs!.Mean.ShouldBe(4000, 100);
        disk.Whole.ChangeBytesPerSecond!.Value.ShouldBe(disk.Whole.Write.Iops!.Mean * 8192, 8192);
        var afternoon = disk.Hours[DiskProfile.SlotOf(new DateTime(2026, 3, 2, 14, 30, 0, DateTimeKind.Utc))];
        var night = disk.Hours[DiskProfile.SlotOf(new DateTime(2026, 3, 3, 2, 30, 0, DateTimeKind.Utc))];
        afternoon.Samples.ShouldBe(180);
        (afternoon.Read.Iops!.Mean / night.Read.Iops!.Mean).ShouldBe(3, 0.3, "1.5 times by day, half by night");
        collected.Trust.Reasons.Select(r => r.Code).ShouldContain("window-below-a-week");
        collected.Trust.Reasons.ShouldNotContain(r => r.Code == "littles-law", "the simulator's queue follows its load and latency");
        collected.Trust.Reasons.ShouldNotContain(r => r.Code == "coverage");
    }

    [Fact]
    public async Task Hours_in_which_nothing_was_collected_are_a_gap_and_never_an_idle_disk()
    {
        await using var bench = await CollectionBench.StartAsync(new Estate { Vms = [new EstateVm { Name = "db01", Load = Load with { DailySwing = 0 }, Disks = [new EstateDisk { Capacity = 1 << 20 }] }] });
        var (baselines, vm) = await CollectAsync(bench, TimeSpan.FromHours(2)); // Until 10:30:07.
        bench.Time.Now += TimeSpan.FromHours(5); // Nobody polls, as while the server is down; the last hour is still there afterwards.
        await bench.PollAsync();
        bench.Time.Now += TimeSpan.FromMinutes(50);
        await bench.PollAsync();

        var collected = (await baselines.LoadAsync(bench.Source, vm, CollectedBaselines.DefaultWindow, Cancel)).ShouldNotBeNull();

        var disk = collected.Disks.ShouldHaveSingleItem();
        foreach (var hour in (int[])[11, 12, 13])
        {
            var slot = disk.Hours[DiskProfile.SlotOf(new DateTime(2026, 3, 2, hour, 0, 0, DateTimeKind.Utc))];
            (slot.Samples, slot.Read.Iops, slot.Write.LatencyUs, slot.ChangeBytesPerSecond).ShouldBe((0, null, null, null), $"{hour} h");
        }

        disk.Hours[DiskProfile.SlotOf(new DateTime(2026, 3, 2, 15, 0, 0, DateTimeKind.Utc))].Samples.ShouldBe(180);
        disk.Whole.Read.Iops!.Mean.ShouldBe(2000, 60, "a gap would draw the mean towards 0");
        var coverage = collected.Trust.Reasons.Single(r => r.Code == TrustCode.Coverage);
        coverage.AtMost.ShouldBe(TrustLevel.Low);
        coverage.Message.ShouldContain("from 2026-03-02 10:30 to 2026-03-02 14:30 UTC: The source was not reached");
    }

    [Fact]
    public async Task A_run_gets_what_was_collected_with_the_last_hour_behind_it_and_finds_it_again()
    {
        await using var bench = await CollectionBench.StartAsync(new Estate { Vms = [new EstateVm { Name = "db01", Load = Load with { AbortsPerHour = 20 }, Disks = [new EstateDisk { Capacity = 1 << 20 }] }] });
        var (baselines, vm) = await CollectAsync(bench, TimeSpan.FromHours(5));
        bench.Time.Now += TimeSpan.FromMinutes(50);
        var store = new BaselineStore(bench.Database.Factory);
        await using var session = await bench.OpenAsync();

        var (baseline, series) = await baselines.ForRunAsync(bench.Source, vm, session, bench.Time.Now, Cancel);
        var samples = baseline.Disks.ShouldHaveSingleItem().Samples;
        samples.Count.ShouldBeGreaterThan(6 * 180);
        samples.Zip(samples.Skip(1)).ShouldAllBe(pair => pair.Second.At - pair.First.At == TimeSpan.FromSeconds(20));
        baseline.Trust!.Level.ShouldBe(TrustLevel.Low);
        baseline.Trust.Reasons.ShouldContain(r => r.Code == "aborted-commands");
        var id = await store.SaveAsync(bench.Source, baseline, Cancel, series);
        JsonSerializer.Serialize(await store.LoadAsync(id, Cancel)).ShouldBe(JsonSerializer.Serialize(baseline));
        JsonSerializer.Serialize(await store.LoadLatestAsync(bench.Source, vm.Key, Cancel)).ShouldBe(JsonSerializer.Serialize(baseline));

        bench.Server.Faults.VanishVm("db01");
        var gone = (await baselines.ForRunAsync(bench.Source, vm, session, bench.Time.Now, Cancel)).Baseline.Trust!.Reasons;
        gone.Single(r => r.Code == TrustCode.LastHourUnread).Message.ShouldContain(vm.Key);

        var off = (await baselines.ForRunAsync(bench.Source, vm, null, bench.Time.Now, Cancel)).Baseline;
        off.Disks[0].Samples.Count.ShouldBe(samples.Count - 150);
        (await baselines.ForRunAsync(bench.Source, vm with { Key = "vm-none" }, null, bench.Time.Now, Cancel)).Baseline.Disks.ShouldAllBe(d => d.Samples.Count == 0);
    }

    private static async Task<(CollectedBaselines, Vm)> CollectAsync(CollectionBench bench, TimeSpan time)
    {
        await using var session = await bench.OpenAsync();
        var inventory = await session.ReadInventoryAsync(Cancel);
        var store = new InventoryStore(bench.Database.Factory, bench.Time);
        await store.SaveAsync(bench.Source, inventory, Cancel);
        await bench.PollAsync();
        while (bench.Time.Now < CollectionBench.Start + time)
        {
            bench.Time.Now += TimeSpan.FromMinutes(50);
            await bench.PollAsync();
        }

        return (new CollectedBaselines(bench.Database.Factory, bench.Samples, store), inventory.Vms.Single());
    }
}
