using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Executor.Jobs;
using Migrate.Executor.Runs;
using Migrate.Executor.Tests.Jobs;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Tests.Runs;

/// <summary>Several processes on a real PostgreSQL count together what they copy at once.</summary>
public sealed class SharedPlacesTests(PostgresCluster postgres)
{
    private static readonly CopyResource Host = new(CopyResourceKind.EsxHost, "esx1");
    private static readonly CopyResource Store = new(CopyResourceKind.Datastore, "ds1");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_together_are_never_more_than_the_limit_and_everybody_gets_his_turn()
    {
        var databases = await MigratedAsync();
        var time = new StandingClock();
        var processes = new[] { await Process.StartAsync(databases, time), await Process.StartAsync(databases, time), await Process.StartAsync(databases, time) };
        var (inside, most) = (0, 0);

        await Task.WhenAll(Enumerable.Range(0, 9).Select(async i =>
        {
            using var place = await processes[i % 3].Limits.EnterAsync([Host, Store], Cancel);
            var now = Interlocked.Increment(ref inside);
            for (var seen = Volatile.Read(ref most); now > seen; seen = Volatile.Read(ref most))
            {
                Interlocked.CompareExchange(ref most, now, seen);
            }

            await Task.Delay(100, Cancel);
            Interlocked.Decrement(ref inside);
        }));

        most.ShouldBeInRange(1, 2);
        await using var db = databases.CreateDbContext();
        await Eventually.BecomesTrueAsync(async () => !await db.CopyPlaces.AnyAsync(Cancel), "all are given back");
    }

    [Fact]
    public async Task Places_of_a_process_that_died_are_free_when_it_is_known_to_be_silent()
    {
        var databases = await MigratedAsync();
        var time = new ManualTime();
        var (dies, lives) = (await Process.StartAsync(databases, time), await Process.StartAsync(databases, time));
        _ = await dies.Limits.EnterAsync([Host], Cancel);
        _ = await dies.Limits.EnterAsync([Host], Cancel);
        var waiting = lives.Limits.EnterAsync([Host], Cancel);
        using (await lives.Limits.EnterAsync([Store], Cancel))
        {
            waiting.IsCompleted.ShouldBeFalse("two is what all may have");
        }

        time.Advance(WorkerRegistry.SilentAfter + TimeSpan.FromSeconds(1));
        await lives.Registry.SayAsync(Cancel);
        await Eventually.BecomesTrueAsync(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return waiting.IsCompleted;
            },
            "the places are free");

        (await waiting).Dispose();
    }

    [Fact]
    public async Task Who_gives_up_waiting_leaves_nothing_taken()
    {
        var databases = await MigratedAsync();
        var (one, other) = (await Process.StartAsync(databases, new StandingClock()), await Process.StartAsync(databases, new StandingClock()));
        var first = await one.Limits.EnterAsync([Host], Cancel);
        var second = await one.Limits.EnterAsync([Host], Cancel);
        using var impatience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var waiting = other.Limits.EnterAsync([Host, Store], impatience.Token);

        await impatience.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => waiting);
        (other.Limits.TakenOf(Host), other.Limits.TakenOf(Store)).ShouldBe((0, 0));
        first.Dispose();

        (await other.Limits.EnterAsync([Host, Store], Cancel)).Dispose();
        second.Dispose();
    }

    [Fact]
    public async Task A_process_knows_how_many_live()
    {
        var databases = await MigratedAsync();
        var time = new ManualTime();
        var (one, other) = (await Process.StartAsync(databases, time), await Process.StartAsync(databases, time));
        other.Registry.Living.ShouldBe(2);

        time.Advance(WorkerRegistry.SilentAfter + TimeSpan.FromSeconds(1));
        await one.Registry.SayAsync(Cancel);

        one.Registry.Living.ShouldBe(1);
    }

    private async Task<IDbContextFactory<MigrateDb>> MigratedAsync()
    {
        var options = DatabaseOptions.Postgres(await postgres.CreateDatabaseAsync(Cancel));
        var databases = MigrateDatabase.CreateFactory(options);
        await new MigrateDatabase(databases, options, TimeProvider.System, NullLogger<MigrateDatabase>.Instance).MigrateAsync(Cancel);
        return databases;
    }

    /// <summary>Its timers run and its hands do not: nobody counts as silent because the machine was busy.</summary>
    private sealed class StandingClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    }

    /// <summary>What of a process counts here.</summary>
    private sealed record Process(WorkerRegistry Registry, CopyLimits Limits)
    {
        public static async Task<Process> StartAsync(IDbContextFactory<MigrateDb> databases, TimeProvider time)
        {
            var options = new ExecutorOptions { DataDirectory = "/nonexistent", CopyLimits = new CopyLimitOptions { PerEsxHost = 2 }, Worker = WorkerIdentity.OfThisProcess() };
            var registry = new WorkerRegistry(databases, options, time, NullLogger<WorkerRegistry>.Instance);
            await registry.SayAsync(Cancel);
            return new Process(registry, new CopyLimits(options.CopyLimits, time, new SharedPlaces(databases, options, time)));
        }
    }
}
