using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Executor.Tests.Jobs;
using Migrate.Executor.Validation.Observation;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Tests.Validation.Observation;

/// <summary>What observing costs with a large wave, and that several processes share it on a real PostgreSQL.</summary>
[UsesDatabase]
public sealed class ObservingManyTests(PostgresCluster postgres)
{
    private readonly ManualTime _time = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_hundred_domains_take_one_connection_two_questions_each_in_a_round_and_a_storing_each_in_fifteen()
    {
        const int Domains = 100;
        await using var database = await RunsDatabase.CreateAsync();
        var first = await database.AddRunAsync(RunPhase.Validating, null);
        var runs = Enumerable.Range(0, Domains).Select(_ => Guid.NewGuid()).ToList();
        await using (var db = database.CreateDbContext())
        {
            db.AddRange(runs.Select(x => new Run { Id = x, PlanId = first.PlanId, PlanVmId = first.PlanVmId, VmKey = "vm", VmName = "vm", Phase = RunPhase.Validating, ResumePhase = RunPhase.Validating }));
            await db.SaveChangesAsync(Cancel);
        }

        var yard = new ObserverYard(database, _time);
        var process = yard.Process();
        foreach (var (i, run) in runs.Index())
        {
            yard.Host.Add($"vm{i}", ObserverYard.Alias);
            await yard.BeginAsync(process, run, $"vm{i}", (2000, ObserverYard.Alias));
        }

        await yard.RoundAsync(process);
        var (asked, began, cpu) = (yard.Host.Commands, TimeProvider.System.GetTimestamp(), Environment.CpuUsage.TotalTime);
        for (var round = 0; round < StorageObserver.RoundsPerStoring; round++)
        {
            await yard.RoundAsync(process);
        }

        var took = TimeProvider.System.GetElapsedTime(began);
        TestContext.Current.TestOutputHelper!.WriteLine($"{StorageObserver.RoundsPerStoring} rounds of {Domains} domains took {took.TotalMilliseconds:0} ms and {(Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds:0} ms of processors here, those of a QEMU that is none included");
        yard.Connections.ShouldBe(1);
        (yard.Host.Commands - asked).ShouldBe(Domains * ((2 * StorageObserver.RoundsPerStoring) + (2 * StorageObserver.RoundsPerStoring / 3)), "counters and jobs each time, limits and migrations each third time");
        await using (var db = database.CreateDbContext())
        {
            (await db.StorageObservations.Select(x => x.Version).ToListAsync(Cancel)).ShouldAllBe(x => x >= 1 && x <= 2, "each is stored once in fifteen rounds");
        }
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public async Task Processes_that_share_a_PostgreSQL_count_everything_once(int seed)
    {
        var options = DatabaseOptions.Postgres(await postgres.CreateDatabaseAsync(Cancel));
        var databases = MigrateDatabase.CreateFactory(options);
        await new MigrateDatabase(databases, options, TimeProvider.System, NullLogger<MigrateDatabase>.Instance).MigrateAsync(Cancel);
        var run = (await RunsDatabase.AddRunAsync(databases, RunPhase.Validating, null)).Id;
        var yard = new ObserverYard(databases, _time);
        var qemu = yard.Host.Add(ObserverYard.Domain, ObserverYard.Alias);
        List<StorageObserver> processes = [yard.Process("a"), yard.Process("b")];
        await yard.BeginAsync(processes[0], run);
        var random = new Random(seed);
        long done = 0;
        for (var step = 0; step < 120; step++)
        {
            var operations = random.Next(50);
            qemu.Disk.Write(operations, random.Next(1, 300_000));
            done += operations;
            var which = random.Next(2);
            switch (random.Next(8))
            {
                case 0:
                    processes[which] = yard.Process(); // kill -9
                    break;
                case 1:
                    await Task.WhenAll(processes.Select(x => x.StoreNowAsync(run, yard.Host, Cancel)));
                    break;
                case 2:
                    _time.Advance(ObservationStore.OwnedFor);
                    break;
                default:
                    _time.Advance(StorageObserver.Interval);
                    await Task.WhenAll(processes.Select(x => x.RoundAsync(Cancel)));
                    break;
            }
        }

        var (observation, intervals) = await processes[0].StoreNowAsync(run, yard.Host, Cancel);
        (observation.Operations, intervals.Sum(x => x.Disks[0]!.Write.Operations), intervals.Sum(x => x.Disks[0]!.Write.Bins.Sum())).ShouldBe((done, done, done));
        ObservationState.Read(observation.State).Notes.ShouldBeEmpty();
        intervals.Sum(x => x.Milliseconds).ShouldBe((long)(observation.StoredUntil - observation.StartedAt).TotalMilliseconds);
    }
}
