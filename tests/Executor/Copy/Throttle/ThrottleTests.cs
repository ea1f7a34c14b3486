using Migrate.Executor.Copy.Throttle;
using Migrate.Executor.Tests.Jobs;
using Migrate.Planner;

namespace Migrate.Executor.Tests.Copy.Throttle;

public sealed class ThrottleTests
{
    private const long Mib = 1 << 20;
    private static readonly ThrottleKey Host = new(ThrottleScope.SourceHost, "esx1");
    private static readonly ThrottleKey Datastore = new(ThrottleScope.Datastore, "ds1");
    private static readonly ThrottleProfile Bound = new(new ThrottleLimits { LatencyBound = TimeSpan.FromMilliseconds(20) }, []);
    private readonly ManualTime _time = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    // Closed from 8 to 18: open for the other 14 hours, over midnight.
    [InlineData("08:00-18:00", "", 14 * 60)]
    // A host and a datastore with different hours: what is left between them.
    [InlineData("08:00-18:00", "20:00-06:00", 2 * 60)]
    [InlineData("00:00-12:00", "12:00-00:00", 0)]
    // From Friday 18:00 to Monday 8:00 nothing is closed.
    [InlineData("weekdays 08:00-18:00", "", 62 * 60)]
    [InlineData("", "", null)]
    public void The_longest_open_hours_of_a_week_are_those_of_all_limits_together(string host, string datastore, int? minutes)
    {
        var throttles = new CopyThrottles(_time);
        throttles.Of(Host).Profile = Closed(host);
        throttles.Of(Datastore).Profile = Closed(datastore);

        throttles.LongestOpen([Host, Datastore]).ShouldBe(minutes is { } m ? TimeSpan.FromMinutes(m) : null);

        static ThrottleProfile Closed(string text)
        {
            if (text.Length == 0)
            {
                return ThrottleProfile.Unlimited;
            }

            DayOfWeek[] days = text.StartsWith("weekdays ", StringComparison.Ordinal) ? [DayOfWeek.Monday, DayOfWeek.Tuesday, DayOfWeek.Wednesday, DayOfWeek.Thursday, DayOfWeek.Friday] : [];
            var times = text.Split(' ')[^1].Split('-').Select(x => TimeOnly.Parse(x, System.Globalization.CultureInfo.InvariantCulture)).ToArray();
            return new ThrottleProfile(ThrottleLimits.None, [new ThrottleWindow(days, times[0], times[1], new ThrottleLimits(0, null))]);
        }
    }

    [Fact]
    public async Task Two_copies_of_one_host_get_together_what_the_host_may_give()
    {
        var throttles = new CopyThrottles(_time);
        throttles.Of(Host).Profile = new ThrottleProfile(new ThrottleLimits(10 * Mib, null), []);
        var (one, two) = (new Taker(throttles.For(Host), Mib), new Taker(throttles.For(Host with { Name = "ESX1" }, Datastore), Mib));

        await RunAsync(20, one, two);

        ((one.Taken + two.Taken) / (double)Mib).ShouldBe(200, 5);
        (one.Taken / (double)Mib).ShouldBe(100, 10);
    }

    [Fact]
    public async Task The_narrowest_of_host_datastore_and_link_counts_and_reads_per_second_count_too()
    {
        var throttles = new CopyThrottles(_time);
        throttles.Of(Host).Profile = new ThrottleProfile(new ThrottleLimits(50 * Mib, null), []);
        throttles.Of(Datastore).Profile = new ThrottleProfile(new ThrottleLimits(null, 20), []);
        var link = new ThrottleKey(ThrottleScope.Link, "wan");
        var taker = new Taker(throttles.For(Host, Datastore, link), Mib);
        await RunAsync(10, taker);
        (taker.Taken / (double)Mib).ShouldBe(200, 6);

        throttles.Of(link).Profile = new ThrottleProfile(new ThrottleLimits(5 * Mib, null), []);
        taker.Taken = 0;
        await RunAsync(10, taker);
        (taker.Taken / (double)Mib).ShouldBe(50, 3);
    }

    [Fact]
    public async Task Limits_of_one_rate_at_host_datastore_and_link_leave_that_rate_to_a_copy_that_reads_one_by_one()
    {
        var own = new Dictionary<ThrottleKey, ThrottleProfile> { [Host] = new(new ThrottleLimits(2 * Mib, null), []) };
        var throttles = new CopyThrottles(_time, own: own);
        ThrottleKey[] uses = [Host, Datastore, new(ThrottleScope.Link, "wan")];
        foreach (var key in uses)
        {
            throttles.Of(key).Profile = own[Host];
        }
        var taker = new Taker(throttles.For(uses), 8 * Mib);

        await RunAsync(200, taker);

        (taker.Taken / (double)Mib).ShouldBe(400, 16);
    }

    [Fact]
    public async Task Windows_change_the_limit_by_the_hour_also_over_midnight_and_a_closed_one_lets_nothing_through()
    {
        var now = _time.GetLocalNow();
        var at = TimeOnly.FromDateTime(now.DateTime);
        var night = new ThrottleWindow([], at.AddMinutes(1), at.AddMinutes(2), new ThrottleLimits(20 * Mib, null));
        var closed = new ThrottleWindow([now.DayOfWeek], at.AddMinutes(2), at.AddMinutes(3), new ThrottleLimits(0, null));
        var throttles = new CopyThrottles(_time);
        throttles.Of(Host).Profile = new ThrottleProfile(new ThrottleLimits(2 * Mib, null), [night, closed]);
        var taker = new Taker(throttles.For(Host), Mib);

        var perMinute = new List<double>();
        for (var minute = 0; minute < 4; minute++)
        {
            taker.Taken = 0;
            await RunAsync(60, taker);
            perMinute.Add(taker.Taken / (double)Mib);
        }

        perMinute[0].ShouldBe(120, 5);
        perMinute[1].ShouldBe(1200, 40);
        perMinute[2].ShouldBe(0, 22);
        perMinute[3].ShouldBe(120, 10);
    }

    [Theory]
    [InlineData("2026-01-05T22:00", true)] // a Monday
    [InlineData("2026-01-06T05:59", true)] // begun on Monday
    [InlineData("2026-01-06T06:00", false)]
    [InlineData("2026-01-06T23:00", false)]
    [InlineData("2026-01-05T05:00", false)]
    public void A_window_over_midnight_belongs_to_the_day_on_which_it_begins(string at, bool isIn) =>
        new ThrottleWindow([DayOfWeek.Monday], new TimeOnly(22, 0), new TimeOnly(6, 0), ThrottleLimits.None)
            .Contains(DateTime.Parse(at, System.Globalization.CultureInfo.InvariantCulture)).ShouldBe(isIn);

    [Fact]
    public void A_limit_that_cannot_work_is_refused_with_all_that_is_wrong()
    {
        var refused = Should.Throw<MigrateException>(() => new CopyThrottles(_time).Of(Host).Profile =
            new ThrottleProfile(new ThrottleLimits(-1, -2), [new ThrottleWindow([], default, default, new ThrottleLimits(-3, null))]));
        refused.Code.ShouldBe("copy.limit-invalid");
        refused.Message.ShouldContain("-1 bytes");
        refused.Message.ShouldContain("-2 reads");
        refused.Message.ShouldContain("window 1 has -3 bytes");
        Should.Throw<MigrateException>(() => new ThrottleProfile(new ThrottleLimits(0, null), []).Check(Host)).Message.ShouldContain("never lets anything through");
    }

    [Fact]
    public async Task A_pause_holds_one_copy_or_all_of_a_host_and_resuming_lets_them_go_on()
    {
        var throttles = new CopyThrottles(_time);
        throttles.Of(Host).Profile = new ThrottleProfile(new ThrottleLimits(10 * Mib, null), []);
        var (pausedCopy, other) = (throttles.For(Host), throttles.For(Host));
        var (one, two) = (new Taker(pausedCopy, Mib), new Taker(other, Mib));
        pausedCopy.Gate.Pause();
        await RunAsync(10, one, two);
        one.Taken.ShouldBe(0);
        (two.Taken / (double)Mib).ShouldBe(100, 5);

        throttles.Of(Host).Gate.Pause();
        pausedCopy.Gate.Resume();
        two.Taken = 0;
        await RunAsync(10, one, two);
        // What had been let through already.
        (one.Taken + two.Taken).ShouldBeLessThanOrEqualTo(2 * Mib);

        throttles.Of(Host).Gate.Resume();
        await RunAsync(10, one, two);
        ((one.Taken + two.Taken) / (double)Mib).ShouldBe(100, 5);
    }

    [Fact]
    public async Task A_paused_copy_can_still_be_cancelled()
    {
        var throttle = new CopyThrottles(_time).For(Host);
        throttle.Gate.Pause();
        using var cancel = new CancellationTokenSource();
        var taking = throttle.TakeAsync(1, cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => taking);
    }

    [Fact]
    public async Task A_datastore_that_is_hurt_is_given_way_to_at_once_and_taken_back_slowly_until_nothing_holds_the_copies()
    {
        var latency = new Latency();
        var options = new LatencyGuardOptions { FloorBytesPerSecond = 4 * Mib, StepBytesPerSecond = 2 * Mib };
        var throttles = new CopyThrottles(_time, latency, options);
        throttles.Of(Host).Profile = new ThrottleProfile(new ThrottleLimits(100 * Mib, null), []);
        throttles.Of(Datastore).Profile = Bound;
        var taker = new Taker(throttles.For(Host, Datastore), Mib);
        async Task<double> After(double milliseconds)
        {
            latency.Sample = new LatencySample(TimeSpan.FromMilliseconds(milliseconds), _time.GetUtcNow());
            taker.Taken = 0;
            await RunAsync(20, taker);
            return taker.Taken / (double)Mib / 20;
        }

        (await After(5)).ShouldBe(100, 3);
        (await After(40)).ShouldBe(50, 4);
        (await After(40)).ShouldBe(25, 3);
        (await After(40)).ShouldBe(12.5, 2);
        (await After(40)).ShouldBe(6.5, 1.5);
        (await After(40)).ShouldBe(4, 1);
        (await After(40)).ShouldBe(4, 1);
        (await After(6)).ShouldBe(6, 1);
        (await After(6)).ShouldBe(8, 1);
        for (var i = 0; i < 60; i++)
        {
            await After(6);
        }
        (await After(6)).ShouldBe(100, 3);

        throttles.Of(Host).Profile = new ThrottleProfile(new ThrottleLimits(10 * Mib, null), []);
        await After(6);
        await After(6);
        throttles.Of(Datastore).LatencyCeiling.ShouldBeNull();
    }

    [Fact]
    public async Task A_sample_counts_once_and_an_old_one_not_at_all()
    {
        var latency = new Latency { Sample = new LatencySample(TimeSpan.FromSeconds(1), _time.GetUtcNow() - TimeSpan.FromMinutes(1)) };
        var throttles = new CopyThrottles(_time, latency);
        throttles.Of(Datastore).Profile = Bound;
        var taker = new Taker(throttles.For(Datastore), Mib) { PerSecond = 30 };
        await RunAsync(5, taker);
        throttles.Of(Datastore).LatencyCeiling.ShouldBeNull();
        latency.Sample = new LatencySample(TimeSpan.FromSeconds(1), _time.GetUtcNow());
        await RunAsync(5, taker);
        var ceiling = throttles.Of(Datastore).LatencyCeiling.ShouldNotBeNull();
        await RunAsync(60, taker);
        throttles.Of(Datastore).LatencyCeiling.ShouldBe(ceiling);
    }

    [Fact]
    public async Task Where_no_sample_comes_any_more_nothing_is_held_back()
    {
        var options = new LatencyGuardOptions();
        var latency = new Latency();
        var throttles = new CopyThrottles(_time, latency, options);
        throttles.Of(Datastore).Profile = Bound;
        var taker = new Taker(throttles.For(Datastore), Mib) { PerSecond = 30 };
        await RunAsync(5, taker);
        latency.Sample = new LatencySample(TimeSpan.FromSeconds(1), _time.GetUtcNow());
        await RunAsync(5, taker);
        throttles.Of(Datastore).LatencyCeiling.ShouldNotBeNull();

        await RunAsync((int)options.OldestSample.TotalSeconds + 10, taker);

        throttles.Of(Datastore).LatencyCeiling.ShouldBeNull();
    }

    [Fact]
    public async Task A_bad_sample_after_hours_without_copies_halves_the_rate_of_now_and_not_their_mean()
    {
        var latency = new Latency();
        var throttles = new CopyThrottles(_time, latency);
        throttles.Of(Host).Profile = new ThrottleProfile(new ThrottleLimits(100 * Mib, null), []);
        throttles.Of(Datastore).Profile = Bound;
        var taker = new Taker(throttles.For(Host, Datastore), Mib);
        await RunAsync(5, taker);
        _time.Advance(TimeSpan.FromHours(3));
        latency.Sample = new LatencySample(TimeSpan.FromSeconds(1), _time.GetUtcNow());
        await RunAsync(5, taker);
        throttles.Of(Datastore).LatencyCeiling.ShouldBeNull("it was hurt by something else");

        latency.Sample = new LatencySample(TimeSpan.FromSeconds(1), _time.GetUtcNow());
        await RunAsync(1, taker);

        throttles.Of(Datastore).LatencyCeiling.ShouldNotBeNull().ShouldBe(50 * Mib, 15 * Mib);
    }

    /// <summary>Lets the clock go on in small steps while the takers take as often as they may.</summary>
    private async Task RunAsync(int seconds, params Taker[] takers)
    {
        Array.ForEach(takers, t => t.Refill());
        for (var i = 0; i < seconds * 20; i++)
        {
            for (var again = true; again;)
            {
                again = takers.Aggregate(false, (any, t) => t.TryTake() || any);
            }
            _time.Advance(TimeSpan.FromMilliseconds(50));
            await SettleAsync(takers);
            Array.ForEach(takers, t => t.Refill());
        }
    }

    /// <summary>Continuations run on other threads: those of waits that are over are waited for.</summary>
    private static async Task SettleAsync(Taker[] takers)
    {
        for (var i = 0; i < 20 && takers.Any(t => t.IsWaiting); i++)
        {
            await Task.Yield();
        }
    }

    /// <summary>Takes one read after the other, at most so many in a second.</summary>
    private sealed class Taker(CopyThrottle throttle, long bytes)
    {
        private Task? _waiting;
        private double _left;

        public long Taken { get; set; }

        public int PerSecond { get; init; } = 200;

        public bool IsWaiting => _waiting is { IsCompleted: false };

        public void Refill() => _left = PerSecond / 20.0;

        public bool TryTake()
        {
            if (IsWaiting || _left < 1)
            {
                return false;
            }
            Taken += _waiting is null ? 0 : bytes;
            _left--;
            _waiting = throttle.TakeAsync(bytes, CancellationToken.None).AsTask();
            return true;
        }
    }

    private sealed class Latency : ISourceLatency
    {
        public LatencySample? Sample { get; set; }

        LatencySample? ISourceLatency.Latest(ThrottleKey key) => Sample;

        IDisposable ISourceLatency.Watch(WatchedDatastore datastore) => throw new NotSupportedException();
    }
}
