using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Executor.Copy.Throttle;
using Migrate.Executor.Tests.Jobs;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Tests.Copy.Throttle;

/// <summary>Limits that are in a real PostgreSQL, as several processes take of them and operators change them.</summary>
public sealed class SharedLimitsTests(PostgresCluster postgres)
{
    private const long MiB = 1 << 20;
    private static readonly ThrottleKey Host = new(ThrottleScope.SourceHost, "esx1");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_process_more_adds_rate_until_the_limit_of_all_is_reached()
    {
        var databases = await MigratedAsync();
        await using var database = databases.CreateDbContext();
        var limit = new Dictionary<ThrottleKey, ThrottleProfile> { [Host] = new(new ThrottleLimits(25 * MiB, null), []) };
        var own = new Dictionary<ThrottleKey, ThrottleProfile> { [Host] = new(new ThrottleLimits(10 * MiB, null), []) };
        var processes = Enumerable.Range(0, 3).Select(_ =>
        {
            var one = new CopyThrottles(TimeProvider.System, own: own) { Store = new DatabaseCaps(databases, TimeProvider.System) };
            one.Use(limit);
            return one;
        }).ToList();

        var rates = new List<double>();
        foreach (var (taking, enough) in new[] { (1, 0), (2, 13), (3, 13) }) // 13 is more than one alone may take.
        {
            rates.Add(await RateAsync(processes.Take(taking), enough));
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"MiB/s with one, two, three: {string.Join(", ", rates.Select(x => $"{x:0.0}"))}");
        rates[0].ShouldBeLessThan(12);
        rates[1].ShouldBeGreaterThan(13);
        rates[1].ShouldBeLessThan(24);
        rates[2].ShouldBeInRange(13, 28, "25 is what all together may take, though three would take 30");
    }

    [Fact]
    public async Task Reads_per_second_are_shared_too()
    {
        var databases = await MigratedAsync();
        var limit = new Dictionary<ThrottleKey, ThrottleProfile> { [Host] = new(new ThrottleLimits(null, 12), []) };
        var processes = Enumerable.Range(0, 3).Select(_ =>
        {
            var one = new CopyThrottles(TimeProvider.System) { Store = new DatabaseCaps(databases, TimeProvider.System) };
            one.Use(limit);
            return one;
        });

        (await RateAsync(processes, enough: 6)).ShouldBeInRange(6, 15);
    }

    [Fact]
    public async Task What_is_set_is_there_for_the_next_process_and_what_is_removed_is_gone()
    {
        var store = new LimitStore(await MigratedAsync(), TimeProvider.System);
        await store.SetAsync(ThrottleText.Parse(["host:ESX1=1MiB", "host:esx1=2.5MiB,300iops@22:00-06:00", "datastore:vsan data=20ms", "link:*=1GiB"]), Cancel);
        await store.SetAsync(ThrottleText.Parse(["host:esx1=1.5KiB", "host:esx1=2.5MiB,300iops@22:00-06:00"]), Cancel);

        var read = await store.ListAsync(Cancel);

        read.Select(x => $"{ThrottleText.Of(x.Key)}={string.Join(' ', ThrottleText.Of(x.Value))}").ShouldBe(
            ["datastore:vsan data=20ms", "host:esx1=1.5KiB 2560KiB,300iops@22:00-06:00", "link:*=1GiB"]);
        (await store.RemoveAsync(Host with { Name = "Esx1" }, Cancel)).ShouldBeTrue();
        (await store.RemoveAsync(Host, Cancel)).ShouldBeFalse();
        (await store.ListAsync(Cancel)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Copies_of_another_process_follow_a_change_within_seconds_also_what_waits_for_the_old_limit()
    {
        var databases = await MigratedAsync();
        var store = new LimitStore(databases, TimeProvider.System);
        await store.SetAsync(ThrottleText.Parse(["host:*=1KiB"]), Cancel);
        var throttles = new CopyThrottles(TimeProvider.System) { Store = new DatabaseCaps(databases, TimeProvider.System) };
        using var watch = new LimitWatch(store, throttles, TimeProvider.System, NullLogger<LimitWatch>.Instance);
        await watch.StartAsync(Cancel);
        var copy = throttles.For(Host);
        var waiting = copy.TakeAsync(10 * MiB, Cancel).AsTask(); // Three hours.
        await Eventually.BecomesTrueAsync(() => copy.Says == "the limit host:esx1=1KiB", "it says what holds it");

        await store.SetAsync(ThrottleText.Parse(["host:esx1=100MiB"]), Cancel);

        await waiting.WaitAsync(TimeSpan.FromMinutes(1), Cancel);
        throttles.Of(Host).Profile.Usual.BytesPerSecond.ShouldBe(100 * MiB);
        await watch.StopAsync(Cancel);
    }

    private async Task<Microsoft.EntityFrameworkCore.IDbContextFactory<MigrateDb>> MigratedAsync()
    {
        var options = DatabaseOptions.Postgres(await postgres.CreateDatabaseAsync(Cancel));
        var databases = MigrateDatabase.CreateFactory(options);
        await new MigrateDatabase(databases, options, TimeProvider.System, NullLogger<MigrateDatabase>.Instance).MigrateAsync(Cancel);
        return databases;
    }

    /// <summary>MiB per second, or reads of one MiB, that copies of these take together; two seconds are waited before it counts.</summary>
    /// <param name="processes">Each takes by two copies.</param>
    /// <param name="enough">It is measured again until it is more than that: a busy machine takes longer to get to it.</param>
    private static async Task<double> RateAsync(IEnumerable<CopyThrottles> processes, double enough)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var taken = 0L;
        var copies = processes.SelectMany(x => Enumerable.Range(0, 2).Select(_ => x.For(Host))).Select(copy => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await copy.TakeAsync(MiB, stop.Token);
                Interlocked.Increment(ref taken);
            }
        }, Cancel)).ToList();
        await Task.Delay(TimeSpan.FromSeconds(2), Cancel);
        var rate = 0.0;
        for (var tries = 0; tries == 0 || (rate <= enough && tries < 30); tries++)
        {
            var (began, before) = (TimeProvider.System.GetTimestamp(), Volatile.Read(ref taken)); // In this order, so that a pause between them makes it no faster.
            await Task.Delay(TimeSpan.FromSeconds(6), Cancel);
            rate = (Volatile.Read(ref taken) - before) / TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        }

        await stop.CancelAsync();
        await Task.WhenAll(copies).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return rate;
    }
}
