using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Baselines.Series;
using Migrate.Planner.Tests.Persistence;

namespace Migrate.Planner.Tests.Baselines.Series;

[UsesDatabase]
public class SampleStoreTests(PostgresCluster postgres)
{
    private static readonly DateTime Monday = new(2026, 3, 2, 0, 0, 0, DateTimeKind.Utc);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, InlineData(Provider.Sqlite), InlineData(Provider.Postgres)]
    public async Task Pieces_in_any_order_and_more_than_once_make_the_same_series_as_all_of_it_at_once(Provider provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider, postgres);
        var store = new SampleStore(database.Factory);
        var source = await database.AddSourceAsync();
        var random = new Random(3);
        var start = SampleStore.Seconds(Monday);
        var week = SampleData.Busy(start, days: 2);
        List<SampleSeries> pieces = [.. Enumerable.Range(0, 16).Select(i => week.Slice(start + (i * 10_800), start + ((i + 1) * 10_800) + random.Next(0, 3000)))];
        foreach (var piece in pieces.Concat(pieces.Take(5)).OrderBy(_ => random.Next()))
        {
            await store.AppendAsync(source, [Vm("vm-1", piece), Vm("vm-2", piece.Slice(0, start + 1000))], Cancel);
        }

        var read = await store.ReadAsync(source, "vm-1", Monday, Monday.AddDays(7), Cancel, "scsi0:0");
        SampleData.ShouldEqual(read.ShouldHaveSingleItem().Value, week);
        (await store.ReadAsync(source, "vm-1", Monday.AddHours(7), Monday.AddHours(8), Cancel))["scsi0:0"].Count.ShouldBe(180);
        (await store.ReadAsync(source, "vm-2", Monday, Monday.AddDays(7), Cancel))["scsi0:0"].Count.ShouldBe(50);
        (await store.ReadAsync(source, "vm-3", Monday, Monday.AddDays(7), Cancel)).ShouldBeEmpty();
        await using var db = database.Factory.CreateDbContext();
        (await db.SampleBlocks.CountAsync(row => row.VmKey == "vm-1", Cancel)).ShouldBe(8);
    }

    [Fact]
    public async Task A_value_is_never_replaced_by_none()
    {
        await using var database = await TestDatabase.CreateAsync();
        var store = new SampleStore(database.Factory);
        var source = await database.AddSourceAsync();
        var at = SampleStore.Seconds(Monday);
        await store.AppendAsync(source, [Vm("vm-1", One(at, DiskCounter.ReadIops, 7))], Cancel);
        await store.AppendAsync(source, [Vm("vm-1", One(at, DiskCounter.ReadIops, SampleSeries.Missing))], Cancel);
        await store.AppendAsync(source, [Vm("vm-1", One(at, DiskCounter.WriteIops, 9))], Cancel);

        var read = (await store.ReadAsync(source, "vm-1", Monday, Monday.AddDays(1), Cancel))["scsi0:0"];
        (read.Count, read[DiskCounter.ReadIops, 0], read[DiskCounter.WriteIops, 0]).ShouldBe((1, 7, 9));
    }

    [Fact]
    public async Task Damage_in_the_database_names_the_disk_and_the_hours()
    {
        await using var database = await TestDatabase.CreateAsync();
        var store = new SampleStore(database.Factory);
        var source = await database.AddSourceAsync();
        await store.AppendAsync(source, [Vm("vm-1", One(SampleStore.Seconds(Monday), DiskCounter.ReadIops, 7))], Cancel);
        await using (var db = database.Factory.CreateDbContext())
        {
            await db.SampleBlocks.ExecuteUpdateAsync(set => set.SetProperty(row => row.Body, new byte[] { 1, 2, 3 }), Cancel);
        }

        var refused = await Should.ThrowAsync<MigrateException>(() => store.ReadAsync(source, "vm-1", Monday, Monday.AddDays(1), Cancel));
        refused.Code.ShouldBe("baseline.block-damaged");
        refused.Message.ShouldContain("vm-1 scsi0:0 from 2026-03-02 00:00");
    }

    private static VmSamples Vm(string key, SampleSeries series) => new(key, new Dictionary<string, SampleSeries> { ["scsi0:0"] = series });

    private static SampleSeries One(long at, DiskCounter counter, long value) => SampleSeries.Of([at], new Dictionary<DiskCounter, long[]> { [counter] = [value] });
}
