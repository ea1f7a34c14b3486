using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Planner.Baselines.Collection;
using Migrate.Planner.Baselines.Series;
using Migrate.Planner.Tests.Persistence;
using Migrate.Planner.VSphere;
using Migrate.Simulator.Estates;

namespace Migrate.Planner.Tests.Baselines.Collection;

[UsesDatabase]
public sealed class BaselineCollectorTests(PostgresCluster postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, InlineData(Provider.Sqlite), InlineData(Provider.Postgres)]
    public async Task Over_two_days_of_polls_restarts_and_short_outages_no_sample_is_lost(Provider provider)
    {
        await using var bench = await CollectionBench.StartAsync(Estate(vms: 2, load: new EstateLoad { Gaps = 0, DailySwing = 0.6, Bursts = 0.05 }), await TestDatabase.CreateAsync(provider, postgres));
        var random = new Random(4);
        await bench.PollAsync();
        while (bench.Time.Now < CollectionBench.Start.AddDays(2))
        {
            // Most polls come in time, some after an outage of up to 55 minutes, some right after another.
            bench.Time.Now += random.Next(10) switch { 0 => TimeSpan.FromMinutes(random.Next(30, 56)), 1 => TimeSpan.FromSeconds(random.Next(1, 60)), _ => TimeSpan.FromMinutes(15) };
            (await bench.PollAsync()).Problems.ShouldBeEmpty();
        }

        var keys = await KeysAsync(bench);
        keys.Count.ShouldBe(2);
        foreach (var key in keys)
        {
            var series = await bench.SeriesAsync(key);
            series.Seconds.Zip(series.Seconds.Skip(1)).ShouldAllBe(pair => pair.Second - pair.First == 20);
            series.At(0).ShouldBeLessThan(CollectionBench.Start.AddMinutes(-59));
            (bench.Time.Now - series.At(series.Count - 1)).ShouldBeLessThan(TimeSpan.FromSeconds(20));
            series.Fills(DiskCounter.ReadLatencyUs).ShouldBeTrue();
            series.Column(DiskCounter.ReadIops).ShouldAllBe(value => value >= 0);
        }

        await using var db = bench.Database.Factory.CreateDbContext();
        (await db.BaselineGaps.CountAsync(Cancel)).ShouldBe(0);
    }

    [Fact]
    public async Task An_outage_of_more_than_the_hour_that_servers_keep_is_a_gap_with_its_reason_and_length()
    {
        await using var bench = await CollectionBench.StartAsync(Estate(vms: 1));
        await bench.PollAsync();
        bench.Time.Now += TimeSpan.FromMinutes(95);
        (await bench.PollAsync()).Gaps.ShouldBe(1);
        bench.Time.Now += TimeSpan.FromMinutes(15);
        (await bench.PollAsync()).Gaps.ShouldBe(0);

        await using var db = bench.Database.Factory.CreateDbContext();
        var gap = await db.BaselineGaps.SingleAsync(Cancel);
        (gap.Before - gap.After).TotalMinutes.ShouldBeInRange(34, 37);
        gap.Reason.ShouldContain("not reached from 2026-03-02 08:00 to 2026-03-02 09:35");
        var series = await bench.SeriesAsync(gap.VmKey);
        series.Seconds.ShouldContain(SampleStore.Seconds(gap.After));
        series.Seconds.ShouldContain(SampleStore.Seconds(gap.Before));
        series.Seconds.ShouldNotContain(second => second > SampleStore.Seconds(gap.After) && second < SampleStore.Seconds(gap.Before));
    }

    [Fact]
    public async Task A_VM_that_was_off_leaves_a_gap_that_says_so_and_goes_on()
    {
        await using var bench = await CollectionBench.StartAsync(Estate(vms: 1));
        await bench.PollAsync();
        bench.Server.Faults.SetPower("vm0", "poweredOff");
        for (var i = 0; i < 6; i++)
        {
            bench.Time.Now += TimeSpan.FromMinutes(15);
            (await bench.PollAsync()).NewSamples.ShouldBe(0);
        }

        bench.Server.Faults.SetPower("vm0", "poweredOn");
        bench.Time.Now += TimeSpan.FromMinutes(15);
        (await bench.PollAsync()).NewSamples.ShouldBeGreaterThan(100);
        await using var db = bench.Database.Factory.CreateDbContext();
        (await db.BaselineGaps.SingleAsync(Cancel)).Reason.ShouldContain("the VM was off");
    }

    [Theory]
    [InlineData(256, false, 100)]
    [InlineData(64, false, 100)]
    [InlineData(-1, false, 100)]
    [InlineData(40, true, 100)]
    [InlineData(3, true, 10)]
    public async Task Queries_stay_below_the_server_s_limit_also_when_it_may_not_be_read(int limit, bool hidden, int vms)
    {
        await using var bench = await CollectionBench.StartAsync(Estate(vms) with { MaxQueryMetrics = limit });
        bench.Server.Faults.HidesSettings = hidden;
        var round = await bench.PollAsync();
        round.Problems.ShouldBeEmpty();
        round.NewSamples.ShouldBe(vms * 180);
        var queries = bench.Server.Faults.PerformanceQueries;
        (round.Calls - 7).ShouldBe(queries);
        var needed = limit < 0 ? 1 : (vms * SampleSeries.CounterCount / limit) + 1;
        // What may not be read is found by halving, which costs a few refusals and at worst twice the queries.
        queries.ShouldBeInRange(1, hidden ? (2 * needed) + 8 : needed + 1);
        if (limit == 256)
        {
            CollectionLoad.CallsPerPoll(Enumerable.Repeat(1, vms), limit).ShouldBe(round.Calls, "the stated load is the load");
        }
    }

    [Fact]
    public async Task The_stated_load_is_the_load_also_where_VMs_fill_queries_badly_and_need_several_batches()
    {
        await using var bench = await CollectionBench.StartAsync(Estate(vms: 130, disks: 3) with { MaxQueryMetrics = 256 });

        var round = await bench.PollAsync();

        CollectionLoad.CallsPerPoll(Enumerable.Repeat(3, 130), 256).ShouldBe(round.Calls);
        CollectionLoad.CallsPerPoll([], 256).ShouldBe(0);
    }

    [Fact]
    public async Task A_VM_that_vanished_costs_only_itself()
    {
        await using var bench = await CollectionBench.StartAsync(Estate(vms: 12));
        bench.Server.Faults.VanishVm("vm7");
        var round = await bench.PollAsync();
        round.Problems.ShouldHaveSingleItem();
        round.NewSamples.ShouldBe(11 * 180);
        await using var db = bench.Database.Factory.CreateDbContext();
        (await db.BaselineWatches.SingleAsync(w => w.Error != null, Cancel)).VmName.ShouldBe("vm7");
    }

    [Fact]
    public async Task Who_was_polled_longest_ago_comes_first()
    {
        await using var bench = await CollectionBench.StartAsync(Estate(vms: 101));
        await bench.PollAsync();
        var last = (await KeysAsync(bench))[^1];
        await using (var db = bench.Database.Factory.CreateDbContext())
        {
            await db.BaselineWatches.Where(w => w.VmKey == last).ExecuteUpdateAsync(set => set.SetProperty(w => w.PolledAt, (DateTime?)null), Cancel);
        }

        await using var session = await bench.OpenAsync();
        await new BaselineCollector(bench.Database.Factory, new TickingTime(bench.Time.Now), NullLogger<BaselineCollector>.Instance).CollectAsync(bench.Source, session, Cancel);

        await using var after = bench.Database.Factory.CreateDbContext();
        (await after.BaselineWatches.OrderBy(w => w.PolledAt).FirstAsync(Cancel)).VmKey.ShouldBe(last);
    }

    /// <summary>A second later whenever it is asked.</summary>
    private sealed class TickingTime(DateTime start) : TimeProvider
    {
        private int _asked;

        public override DateTimeOffset GetUtcNow() => new(start.AddSeconds(Interlocked.Increment(ref _asked)));
    }

    [Fact]
    public async Task A_disk_that_no_inventory_has_seen_is_collected_too_and_a_stopped_VM_is_not()
    {
        await using var bench = await CollectionBench.StartAsync(Estate(vms: 2, disks: 2));
        var keys = await KeysAsync(bench);
        await using (var db = bench.Database.Factory.CreateDbContext())
        {
            await db.BaselineWatches.ExecuteUpdateAsync(set => set.SetProperty(w => w.DiskCount, 1), Cancel);
        }

        await bench.Watches.StopAsync(bench.Source, [keys[1]], Cancel);
        (await bench.PollAsync()).Vms.ShouldBe(1);
        (await bench.SeriesAsync(keys[0], "scsi0:1")).Count.ShouldBe(180);
        (await bench.SeriesAsync(keys[1])).Count.ShouldBe(0);
    }

    [Fact]
    public async Task Counters_that_the_source_does_not_give_are_named_and_its_clock_s_skew_is_known()
    {
        var ahead = new SettableTime(CollectionBench.Start.AddSeconds(90));
        await using var bench = await CollectionBench.StartAsync(Estate(vms: 1) with { StatisticsLevel = 3 }, sourceTime: ahead);
        await bench.PollAsync();
        await using var db = bench.Database.Factory.CreateDbContext();
        var watch = await db.BaselineWatches.SingleAsync(Cancel);
        watch.MissingCounters.ShouldContain("virtualDisk.readLatencyUS.latest");
        watch.MissingCounters.ShouldNotContain("numberReadAveraged");
        watch.ClockSkewSeconds.ShouldBe(90, 1);
        watch.Watermark.ShouldBe(new DateTime(2026, 3, 2, 8, 1, 20, DateTimeKind.Utc));
    }

    [Fact]
    public async Task Snapshots_and_moves_are_remembered_once_and_those_of_other_VMs_are_not()
    {
        await using var bench = await CollectionBench.StartAsync(Estate(vms: 2));
        var keys = await KeysAsync(bench);
        await bench.Watches.StopAsync(bench.Source, [keys[1]], Cancel);
        var at = CollectionBench.Start;
        bench.Server.Faults.RecordTask("vm0", "VirtualMachine.createSnapshot", at.AddMinutes(-30));
        bench.Server.Faults.RecordTask("vm0", "vm.Snapshot.remove", at.AddMinutes(-20));
        bench.Server.Faults.RecordTask("vm0", "VirtualMachine.reconfigure", at.AddMinutes(-10));
        bench.Server.Faults.RecordMove("vm1", "VmRelocatedEvent", at.AddMinutes(-5));
        await bench.PollAsync();
        bench.Time.Now += TimeSpan.FromMinutes(15);
        bench.Server.Faults.RecordMove("vm0", "DrsVmMigratedEvent", at.AddMinutes(5));
        bench.Server.Faults.RecordMove("vm0", "VmRelocatedEvent", at.AddMinutes(6));
        await bench.PollAsync();
        await bench.PollAsync();

        await using var db = bench.Database.Factory.CreateDbContext();
        (await db.BaselineEvents.OrderBy(e => e.At).Select(e => e.Kind).ToListAsync(Cancel)).ShouldBe(
            [nameof(DisturbanceKind.SnapshotTaken), nameof(DisturbanceKind.SnapshotRemoved), nameof(DisturbanceKind.HostMoved), nameof(DisturbanceKind.StorageMoved)]);
    }

    [Fact]
    public async Task A_move_to_another_host_is_no_move_of_storage_whatever_its_event_and_task_are_called()
    {
        await using var bench = await CollectionBench.StartAsync(Estate(vms: 2) with
        {
            Hosts = [new EstateHost { Name = "esx1" }, new EstateHost { Name = "esx2" }],
            Datastores = [new EstateDatastore { Name = "ds1" }, new EstateDatastore { Name = "ds2" }],
        });
        bench.Server.Faults.RecordTask("vm0", "VirtualMachine.relocate", CollectionBench.Start); // A vMotion of today's client.
        bench.Server.Faults.MoveVm("vm0", "esx2");
        bench.Server.Faults.RecordTask("vm1", "VirtualMachine.relocate", CollectionBench.Start);
        bench.Server.Faults.RelocateVm("vm1", "ds2");
        await bench.PollAsync();
        bench.Time.Now += TimeSpan.FromMinutes(15);
        bench.Server.Faults.RelocateVm("vm1", "ds2"); // Neither host nor home changes: single disks moved.
        bench.Server.Faults.SetPower("vm0", "poweredOff");
        bench.Server.Faults.MoveVm("vm0", "esx1");
        bench.Time.Now += TimeSpan.FromMinutes(1);
        await bench.PollAsync();

        await using var db = bench.Database.Factory.CreateDbContext();
        (await db.BaselineEvents.OrderBy(e => e.VmKey).ThenBy(e => e.At).Select(e => e.Kind).ToListAsync(Cancel)).ShouldBe(
            [nameof(DisturbanceKind.HostMoved), nameof(DisturbanceKind.HostMoved), nameof(DisturbanceKind.StorageMoved), nameof(DisturbanceKind.StorageMoved)]);
    }

    [Fact]
    public async Task After_a_long_outage_events_are_read_four_weeks_back_and_a_poll_that_is_cut_off_goes_on_where_it_was()
    {
        await using var bench = await CollectionBench.StartAsync(Estate(vms: 1));
        await bench.PollAsync();
        var at = CollectionBench.Start;
        foreach (var day in Enumerable.Range(1, 300))
        {
            bench.Server.Faults.RecordTask("vm0", "VirtualMachine.createSnapshot", at.AddDays(day));
        }

        bench.Time.Now = at.AddDays(300);
        var before = bench.Server.Faults.ApiCalls["QueryEvents"];
        await using (var session = await bench.OpenAsync())
        {
            await new BaselineCollector(bench.Database.Factory, new SlowTime(bench.Time.Now), NullLogger<BaselineCollector>.Instance).CollectAsync(bench.Source, session, Cancel);
        }

        (bench.Server.Faults.ApiCalls["QueryEvents"] - before).ShouldBe(1, "the time for events was over after the first day of them");
        await using (var db = bench.Database.Factory.CreateDbContext())
        {
            (await db.BaselineWatches.SingleAsync(Cancel)).EventsUntil.ShouldBe(at.AddDays(300 - 28 + 1));
        }

        await bench.PollAsync();

        (bench.Server.Faults.ApiCalls["QueryEvents"] - before).ShouldBe(1 + 28, "27 days are left, and the overlap of two minutes");
        await using var after = bench.Database.Factory.CreateDbContext();
        (await after.BaselineEvents.CountAsync(Cancel)).ShouldBe(28);
        (await after.BaselineWatches.SingleAsync(Cancel)).EventsUntil.ShouldBe(at.AddDays(300));
    }

    [Fact]
    public async Task Batches_are_read_beside_one_another_and_the_load_stays_what_is_stated()
    {
        await using var bench = await CollectionBench.StartAsync(Estate(vms: 620) with { MaxQueryMetrics = 256 });
        bench.Server.Faults.CallDelay = TimeSpan.FromMilliseconds(300);
        var round = await bench.PollAsync();

        (round.Vms, round.NewSamples).ShouldBe((620, 620 * 180));
        round.Calls.ShouldBe(CollectionLoad.CallsPerPoll(Enumerable.Repeat(1, 620), 256));
        bench.Server.Faults.MostApiCallsAtOnce.ShouldBe(BaselineCollector.BatchesAtOnce);
    }

    [Fact]
    public async Task A_poll_that_breaks_off_keeps_the_batches_before_and_leaves_no_call_behind()
    {
        await using var bench = await CollectionBench.StartAsync(Estate(vms: 620));
        await using var session = await bench.OpenAsync();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        bench.Server.Faults.CallDelay = TimeSpan.FromSeconds(2);
        var polling = new BaselineCollector(bench.Database.Factory, bench.Time, NullLogger<BaselineCollector>.Instance).CollectAsync(bench.Source, session, stop.Token);
        while (bench.Server.Faults.PerformanceQueries < 16)
        {
            await Task.Delay(20, Cancel);
        }

        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => polling);
        bench.Server.Faults.CallDelay = TimeSpan.Zero;
        (await bench.PollAsync()).NewSamples.ShouldBeLessThan(620 * 180);

        foreach (var key in await KeysAsync(bench))
        {
            (await bench.SeriesAsync(key)).Count.ShouldBe(180);
        }
    }

    /// <summary>Ten minutes pass whenever it is asked how long something takes.</summary>
    private sealed class SlowTime(DateTime now) : TimeProvider
    {
        private long _asked;

        public override DateTimeOffset GetUtcNow() => new(now);

        public override long GetTimestamp() => Interlocked.Increment(ref _asked) * 10 * TimestampFrequency * 60;
    }

    [Fact]
    public async Task More_events_than_an_answer_holds_are_all_read()
    {
        await using var bench = await CollectionBench.StartAsync(Estate(vms: 1));
        for (var i = 0; i < 3500; i++)
        {
            bench.Server.Faults.RecordTask("vm0", "VirtualMachine.createSnapshot", CollectionBench.Start.AddSeconds(-i));
        }

        await using var session = await bench.OpenAsync();
        var (found, _) = await session.ReadDisturbancesAsync(CollectionBench.Start.AddHours(-2), CollectionBench.Start, Cancel);
        found.Count.ShouldBe(3500);
        found.Select(d => d.Key).ShouldBeUnique();
    }

    private static Estate Estate(int vms, int disks = 1, EstateLoad? load = null) => new()
    {
        Vms =
        [
            .. Enumerable.Range(0, vms).Select(i => new EstateVm
            {
                Name = $"vm{i}",
                Load = load ?? new EstateLoad { Gaps = 0 },
                Disks = [.. Enumerable.Range(0, disks).Select(_ => new EstateDisk { Capacity = 1 << 20 })],
            }),
        ],
    };

    private static async Task<List<string>> KeysAsync(CollectionBench bench)
    {
        await using var db = bench.Database.Factory.CreateDbContext();
        return await db.BaselineWatches.OrderBy(w => w.VmName).Select(w => w.VmKey).ToListAsync(Cancel);
    }
}
