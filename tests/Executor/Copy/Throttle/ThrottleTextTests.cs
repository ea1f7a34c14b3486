using Migrate.Executor.Copy.Throttle;
using Migrate.Planner;

namespace Migrate.Executor.Tests.Copy.Throttle;

public sealed class ThrottleTextTests
{
    [Fact]
    public void Limits_of_one_key_come_together_with_their_hours()
    {
        var read = ThrottleText.Parse(["datastore:vsan data=50MiB,300iops", "DATASTORE:VSAN DATA=0MiB@22:00-06:00", "host:esx1=1.5GiB", "link:fd00::4=200KiB"]);

        read.Count.ShouldBe(3);
        var datastore = read[new ThrottleKey(ThrottleScope.Datastore, "vSAN data")];
        datastore.Usual.ShouldBe(new ThrottleLimits(50 << 20, 300));
        var night = datastore.Windows.ShouldHaveSingleItem();
        (night.From, night.Until, night.Limits).ShouldBe((new TimeOnly(22, 0), new TimeOnly(6, 0), new ThrottleLimits(0, null)));
        read[new ThrottleKey(ThrottleScope.SourceHost, "esx1")].Usual.ShouldBe(new ThrottleLimits(3L << 29, null));
        read[new ThrottleKey(ThrottleScope.Link, "fd00::4")].Usual.ShouldBe(new ThrottleLimits(200 << 10, null));
    }

    [Fact]
    public void A_bound_of_latency_is_a_limit_in_milliseconds()
    {
        var read = ThrottleText.Parse(["datastore:*=20ms", "host:vc1=100MiB,12.5ms"]);

        read[new ThrottleKey(ThrottleScope.Datastore, ThrottleKey.Each)].Usual.LatencyBound.ShouldBe(TimeSpan.FromMilliseconds(20));
        var both = read[new ThrottleKey(ThrottleScope.SourceHost, "vc1")];
        (both.Usual.LatencyBound, both.Usual.BytesPerSecond).ShouldBe((TimeSpan.FromMilliseconds(12.5), 100L << 20));
        ThrottleText.Of(both).ShouldBe(["100MiB,12.5ms"]);
        Should.Throw<MigrateException>(() => ThrottleText.Parse(["link:l=20ms"])).Message.ShouldContain("only hosts and datastores");
        Should.Throw<MigrateException>(() => ThrottleText.Parse(["host:h=0ms"])).Message.ShouldContain("nothing meets");
    }

    [Fact]
    public void All_that_is_wrong_is_told_at_once()
    {
        var refused = Should.Throw<MigrateException>(() => ThrottleText.Parse(
            ["vm:a=1MiB", "host:esx1", "host:esx2=fast", "link:l=1MiB@25:00-01:00", "host:esx3=1MiB", "host:esx3=2MiB", "host:esx4=0MiB"]));
        refused.Code.ShouldBe("copy.limit-invalid");
        foreach (var what in new[] { "'vm:a=1MiB': what is limited", "'host:esx1': it is not", "'fast' is no limit", "'25:00' is no time", "has a limit for all hours already", "never lets anything through" })
        {
            refused.Message.ShouldContain(what);
        }
    }
}
