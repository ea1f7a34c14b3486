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
