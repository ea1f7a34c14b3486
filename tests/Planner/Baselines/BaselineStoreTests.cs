using System.Text.Json;
using Migrate.Planner.Baselines;
using Migrate.Planner.Tests.Persistence;

namespace Migrate.Planner.Tests.Baselines;

public class BaselineStoreTests(PostgresCluster postgres)
{
    [Theory, InlineData(Provider.Sqlite), InlineData(Provider.Postgres)]
    public async Task The_newest_baseline_of_a_VM_is_loaded_and_older_ones_stay(Provider provider)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using TestDatabase database = await TestDatabase.CreateAsync(provider, postgres);
        var store = new BaselineStore(database.Factory);
        var source = Guid.NewGuid();
        Baseline old = BaselineSummaryTests.Of(BaselineSummaryTests.Sample(0, 1, 200.25), BaselineSummaryTests.Sample(1, null, null));
        Baseline recent = old with { CollectedAt = old.CollectedAt.AddHours(1), MissingCounters = ["virtualDisk.totalReadLatency.average"] };

        await store.SaveAsync(source, recent, token);
        Guid oldId = await store.SaveAsync(source, old, token);
        await store.SaveAsync(source, old with { VmKey = "vm-2", CollectedAt = recent.CollectedAt.AddHours(1) }, token);

        Text(await store.LoadLatestAsync(source, "vm-1", token)).ShouldBe(Text(recent));
        Text(await store.LoadAsync(oldId, token)).ShouldBe(Text(old));
        (await store.LoadLatestAsync(Guid.NewGuid(), "vm-1", token)).ShouldBeNull();
    }

    private static string Text(Baseline? baseline) => JsonSerializer.Serialize(baseline);
}
