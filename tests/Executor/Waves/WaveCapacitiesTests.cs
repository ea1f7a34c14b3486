using Migrate.Executor.Copy.Throttle;
using Migrate.Executor.Waves;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Tests.Waves;

public sealed class WaveCapacitiesTests
{
    private static readonly DateTime Monday = new(2026, 3, 2, 0, 0, 0, DateTimeKind.Utc);
    private static readonly Dictionary<string, string> Datastores = new() { ["d1"] = "ds1", ["d2"] = "ds2" };

    [Fact]
    public void Limits_by_the_hour_are_capacities_by_the_hour_of_the_week_in_UTC()
    {
        var athens = TimeZoneInfo.FindSystemTimeZoneById("Europe/Athens"); // UTC+2 in March.
        var capacities = new WaveCapacities(Parse("datastore:ds1=100MiB", "datastore:ds1=25MiB@08:00-18:00"), Parse(), Monday, athens);

        capacities.UsesOf([], [Disk(1, "d1", 3), Disk(2, "d2", 1)], Datastores, "10.0.0.1");

        var ds1 = capacities.Used.Single(x => x.Key == "datastore:ds1");
        ds1.BytesPerSecond.ShouldBe(100 << 20);
        ds1.Hours!.Take(24).ShouldBe([.. Enumerable.Range(0, 24).Select(x => x is >= 6 and < 16 ? 0.25 : 1)]);
    }

    [Fact]
    public void A_datastore_has_its_share_of_a_copy_and_one_without_limits_bears_what_its_hosts_read()
    {
        var capacities = new WaveCapacities(Parse("datastore:ds1=100MiB"), Parse(), Monday, TimeZoneInfo.Utc);

        var uses = capacities.UsesOf(["vc"], [Disk(1, "d1", 3), Disk(2, "d2", 1)], Datastores, "10.0.0.1");

        uses.ToDictionary(x => x.Capacity, x => x.Share).ShouldBe(new Dictionary<string, double> { ["host:vc"] = 1, ["datastore:ds1"] = 0.75, ["link:10.0.0.1"] = 1 }, ignoreOrder: true);
        capacities.Used.Single(x => x.Key == "host:vc").BytesPerSecond.ShouldBe(WaveCapacities.UsualHost);
        capacities.Assumptions.Count().ShouldBe(2);
    }

    [Fact]
    public void Rules_come_before_limits_that_are_set()
    {
        var capacities = new WaveCapacities(Parse("host:*=10MiB"), Parse("host:esx1=500MiB"), Monday, TimeZoneInfo.Utc);

        capacities.UsesOf(["esx1", "esx2"], [], Datastores, "10.0.0.1");

        capacities.Used.Where(x => x.Key.StartsWith("host", StringComparison.Ordinal)).Select(x => x.BytesPerSecond).ShouldBe([500 << 20, 10 << 20]);
    }

    private static IReadOnlyDictionary<ThrottleKey, ThrottleProfile> Parse(params string[] limits) => ThrottleText.Parse(limits);

    private static PlannedDisk Disk(int key, string datastore, long gib) => new()
    {
        Key = key,
        Label = $"{key}",
        CapacityBytes = gib << 30,
        FileName = "",
        DatastoreKey = datastore,
        Reader = "",
        Why = "",
        NamespaceUuid = Guid.Empty,
    };
}
