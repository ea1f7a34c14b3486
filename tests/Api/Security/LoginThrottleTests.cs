using Migrate.Api.Security.Sessions;

namespace Migrate.Api.Tests.Security;

public sealed class LoginThrottleTests
{
    private readonly SettableTime _time = new();

    [Fact]
    public void Five_failures_close_the_name_from_every_address_until_the_first_is_a_quarter_of_an_hour_old()
    {
        var throttle = new LoginThrottle(_time);
        for (var i = 0; i < LoginThrottle.Tries; i++)
        {
            throttle.Try("Ana", $"10.0.0.{i}").ShouldBeNull();
            _time.Now += TimeSpan.FromMinutes(1);
        }

        throttle.Try("ana", "10.0.9.9").ShouldBe(TimeSpan.FromMinutes(10));
        throttle.Try("bob", "10.0.9.9").ShouldBeNull();
        _time.Now += TimeSpan.FromMinutes(10);
        throttle.Try("ana", "10.0.9.9").ShouldBeNull();
    }

    [Fact]
    public void Twenty_failures_close_the_address_for_every_name()
    {
        var throttle = new LoginThrottle(_time);
        for (var i = 0; i < LoginThrottle.TriesOfAddress; i++)
        {
            throttle.Try($"name{i}", "10.0.0.1");
        }

        throttle.Try("ana", "10.0.0.1").ShouldBe(LoginThrottle.Within);
        throttle.Try("ana", "10.0.0.2").ShouldBeNull();
    }

    [Fact]
    public void Who_succeeds_may_go_on()
    {
        var throttle = new LoginThrottle(_time);
        for (var i = 0; i < 3 * LoginThrottle.Tries; i++)
        {
            throttle.Try("ana", "10.0.0.1").ShouldBeNull();
            throttle.Succeeded("ana", "10.0.0.1");
        }
    }

    [Fact]
    public void Of_many_at_once_no_more_are_looked_at()
    {
        var throttle = new LoginThrottle(_time);
        Enumerable.Range(0, 200).AsParallel().Count(i => throttle.Try("ana", $"10.0.0.{i}") is null).ShouldBe(LoginThrottle.Tries);
    }

    [Fact]
    public void A_million_names_do_not_fill_the_memory()
    {
        var throttle = new LoginThrottle(_time);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < 1_000_000; i++)
        {
            throttle.Try($"name{i}", $"address{i}");
        }

        (GC.GetTotalMemory(forceFullCollection: true) - before).ShouldBeLessThan(100 << 20, "a million of them would take more");
        GC.KeepAlive(throttle);
    }

    private sealed class SettableTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
