using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Baselines.Collection;
using Migrate.Planner.Baselines.Series;
using Migrate.Planner.Persistence;
using Migrate.Planner.Tests.Baselines.Series;
using Migrate.Planner.Tests.Persistence;
using Migrate.Planner.VSphere;

namespace Migrate.Planner.Tests.Baselines.Collection;

public sealed class BaselineRetentionTests(PostgresCluster postgres)
{
    private static readonly DateTime Monday = new(2026, 3, 2, 0, 0, 0, DateTimeKind.Utc);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, InlineData(Provider.Sqlite), InlineData(Provider.Postgres)]
    public async Task What_is_older_than_is_kept_goes_of_all_VMs_and_what_is_younger_stays_whole(Provider provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider, postgres);
        var time = new SettableTime(Monday.AddDays(60));
        var (source, other) = (await database.AddSourceAsync("vc1"), await database.AddSourceAsync("vc2"));
        var store = new SampleStore(database.Factory);
        var day = SampleData.Idle(SampleStore.Seconds(Monday.AddDays(30)), days: 4);
        string[] keys = [.. Enumerable.Range(0, 120).Select(i => $"vm-{i}")];
        await store.AppendAsync(source, [.. keys.Select(key => Vm(key, day.Slice(day.Seconds[0], day.Seconds[0] + (48 * 3600))))], Cancel);
        await store.AppendAsync(other, [Vm("vm-0", day)], Cancel);
        await using (var db = database.Factory.CreateDbContext())
        {
            db.BaselineWatches.AddRange(keys.Select(key => Watch(source, key)).Append(Watch(other, "vm-0")));
            foreach (var at in new[] { 30, 33 })
            {
                db.BaselineEvents.Add(new BaselineEvent { SourceId = source, VmKey = "vm-1", EventKey = at, At = Monday.AddDays(at), Kind = nameof(DisturbanceKind.Cloned), Message = "" });
                db.BaselineGaps.Add(new BaselineGap { SourceId = source, VmKey = "vm-1", After = Monday.AddDays(at), Before = Monday.AddDays(at).AddHours(1), Reason = "" });
            }

            await db.SaveChangesAsync(Cancel);
        }

        // The limit lies in the middle of the block of day 32 from 06:00 on, of which no sample may go.
        var retention = new BaselineRetention(database.Factory, new RetentionOptions(time.Now - Monday.AddDays(32).AddHours(9)), time);
        (await retention.PruneAsync(Cancel)).ShouldBe((120 * 8) + 9);

        (await store.ReadAsync(source, "vm-7", Monday, Monday.AddDays(60), Cancel)).ShouldBeEmpty();
        var left = (await store.ReadAsync(other, "vm-0", Monday, Monday.AddDays(60), Cancel))["scsi0:0"];
        left.At(0).ShouldBe(Monday.AddDays(32).AddHours(6));
        left.Count.ShouldBe(7 * 1080);
        await using var after = database.Factory.CreateDbContext();
        (await after.BaselineEvents.SingleAsync(Cancel)).EventKey.ShouldBe(33);
        (await after.BaselineGaps.SingleAsync(Cancel)).After.ShouldBe(Monday.AddDays(33));
        (await after.BaselineWatches.CountAsync(Cancel)).ShouldBe(121);
        (await retention.PruneAsync(Cancel)).ShouldBe(0);
    }

    /// <summary>docs/baselines.md states these: a month of a disk whose counters all change, and of an idle one, as they are stored.</summary>
    [Fact]
    public void A_month_of_a_disk_takes_what_the_documentation_states()
    {
        var start = SampleStore.Seconds(Monday);
        var (busy, idle) = (Stored(SampleData.Busy(start, days: 30)), Stored(SampleData.Idle(start, days: 30)));
        TestContext.Current.TestOutputHelper?.WriteLine($"busy {busy} bytes, idle {idle} bytes in 30 days");

        busy.ShouldBeLessThan(2_400_000);
        idle.ShouldBeLessThan(40_000);
    }

    /// <summary>Samples and digests, without what a database adds per row.</summary>
    private static long Stored(SampleSeries series) =>
        SampleBlocks.Cut(series).Sum(block => (long)SampleCodec.Encode(block.Part).Length + Planner.Baselines.Digests.SeriesDigest.Of(block.Part).Encode().Length);

    private static VmSamples Vm(string key, SampleSeries series) => new(key, new Dictionary<string, SampleSeries> { ["scsi0:0"] = series });

    private static BaselineWatch Watch(Guid source, string key) => new() { SourceId = source, VmKey = key, VmName = key, DiskCount = 1, StartedAt = Monday };
}
