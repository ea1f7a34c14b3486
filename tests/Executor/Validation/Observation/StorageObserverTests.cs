using Microsoft.EntityFrameworkCore;
using Migrate.Executor.Destinations;
using Migrate.Executor.Tests.Jobs;
using Migrate.Executor.Validation.Observation;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Tests.Validation.Observation;

/// <summary>What QEMU counted is stored once and whole, whatever becomes of those who ask it.</summary>
[UsesDatabase]
public sealed class StorageObserverTests
{
    private readonly ManualTime _time = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rounds_become_intervals_that_add_up_to_what_QEMU_did()
    {
        await using var database = await RunsDatabase.CreateAsync();
        var (yard, run) = await OpenAsync(database);
        var qemu = yard.Host.Add(ObserverYard.Domain, ObserverYard.Alias);
        qemu.Disk.Read(1000, 5); // Before it is observed: no business of ours.
        var process = yard.Process();
        await yard.BeginAsync(process, run);
        for (var i = 1; i <= 3; i++)
        {
            qemu.Disk.Read(10 * i, 100);
            qemu.Disk.Write(i, 101);
            qemu.Disk.Flush(1, 900);
            qemu.Disk.Trim(1, 65536);
            await yard.RoundAsync(process);
        }

        var (observation, intervals) = await process.StoreNowAsync(run, yard.Host, Cancel);
        (observation.Operations, observation.StoredUntil).ShouldBe((66, observation.StartedAt.AddSeconds(60)));
        intervals.Select(x => (x.Milliseconds, x.Disks[0]!.Read.Operations)).ShouldBe([(20_000, 10), (20_000, 20), (20_000, 30), (0, 0)]);
        var second = intervals[1].Disks[0]!;
        (second.Read.Bytes, second.Read.Nanoseconds, second.Write.Operations, second.Flush.Operations, second.UnmapOperations, second.UnmapBytes)
            .ShouldBe((20 * 4096, 20 * 100_000, 2, 1, 1, 65536));
        second.Read.Bins[HistogramGrid.LimitsUs.ToList().IndexOf(100)].ShouldBe(20, "exactly 100 µs belongs to the bin up to 100");
        second.Write.Bins[HistogramGrid.LimitsUs.ToList().IndexOf(120)].ShouldBe(2);
        (second.Read.Bins.Sum(), second.Write.Bins.Sum()).ShouldBe((20, 2));
    }

    [Fact]
    public async Task Another_process_goes_on_after_a_kill_with_one_longer_interval()
    {
        await using var database = await RunsDatabase.CreateAsync();
        var (yard, run) = await OpenAsync(database);
        var qemu = yard.Host.Add(ObserverYard.Domain, ObserverYard.Alias);
        var killed = yard.Process();
        await yard.BeginAsync(killed, run);
        await killed.StoreNowAsync(run, yard.Host, Cancel);
        qemu.Disk.Read(7, 100);
        await yard.RoundAsync(killed); // Known to it, and stored nowhere.
        qemu.Disk.Read(8, 5000);

        var next = yard.Process();
        await yard.RoundAsync(next);
        await next.StopAsync(Cancel);
        (await yard.StoredAsync(run)).Sum(x => x.Disks[0]?.Read.Operations).ShouldBe(0, "the dead one has it for another while");
        _time.Advance(ObservationStore.OwnedFor);
        await yard.RoundAsync(next);
        await next.StopAsync(Cancel);
        var interval = (await yard.StoredAsync(run))[^1];
        (interval.Milliseconds, interval.Disks[0]!.Read.Operations).ShouldBe((20_000 + 20_000 + 90_000 + 20_000, 15));
        (await yard.StateAsync(run)).Notes.ShouldBeEmpty("QEMU counted all the time");
    }

    [Fact]
    public async Task A_restarted_QEMU_is_counted_anew_after_a_gap_that_is_known()
    {
        await using var database = await RunsDatabase.CreateAsync();
        var (yard, run) = await OpenAsync(database);
        var qemu = yard.Host.Add(ObserverYard.Domain, ObserverYard.Alias);
        var process = yard.Process();
        var began = await yard.BeginAsync(process, run);
        qemu.Disk.Read(10, 100);
        await yard.RoundAsync(process);
        qemu.Restart();
        qemu.Disk.Read(500, 100); // More than before: only the mark tells that these are not those.
        await yard.RoundAsync(process);
        qemu.Disk.Read(20, 100);
        await yard.RoundAsync(process);
        await process.StoreNowAsync(run, yard.Host, Cancel);

        (await yard.StoredAsync(run)).Where(x => x.Milliseconds > 0).Select(x => (x.EndedAt - began.StartedAt, x.Milliseconds, x.Disks[0]!.Read.Operations))
            .ShouldBe([(TimeSpan.FromSeconds(20), 20_000, 10), (TimeSpan.FromSeconds(60), 20_000, 20)]);
        (await yard.StateAsync(run)).Notes.ShouldHaveSingleItem().Kind.ShouldBe(NoteKind.Restarted);
    }

    [Fact]
    public async Task A_domain_that_is_off_is_watched_until_it_is_on()
    {
        await using var database = await RunsDatabase.CreateAsync();
        var (yard, run) = await OpenAsync(database);
        var qemu = yard.Host.Add(ObserverYard.Domain, ObserverYard.Alias);
        var process = yard.Process();
        await yard.BeginAsync(process, run);
        qemu.State = DomainState.ShutOff;
        await yard.RoundAsync(process);
        await yard.RoundAsync(process);
        qemu.Restart();
        qemu.State = DomainState.Running;
        await yard.RoundAsync(process);
        qemu.Disk.Write(3, 10);
        await yard.RoundAsync(process);
        await process.StoreNowAsync(run, yard.Host, Cancel);

        (await yard.StoredAsync(run)).Sum(x => x.Disks[0]!.Write.Operations).ShouldBe(3);
        var note = (await yard.StateAsync(run)).Notes.ShouldHaveSingleItem();
        (note.Kind, note.Times).ShouldBe((NoteKind.Off, 2));
    }

    [Fact]
    public async Task A_host_or_a_database_that_is_away_makes_intervals_longer_and_loses_nothing()
    {
        await using var database = await RunsDatabase.CreateAsync();
        var (yard, run) = await OpenAsync(database);
        var qemu = yard.Host.Add(ObserverYard.Domain, ObserverYard.Alias);
        var process = yard.Process();
        await yard.BeginAsync(process, run);
        qemu.Disk.Read(1, 100);
        await yard.RoundAsync(process);
        yard.Host.IsAway = true;
        qemu.Disk.Read(2, 100);
        await yard.RoundAsync(process);
        yard.Host.IsAway = false;
        database.IsBroken = true;
        qemu.Disk.Read(3, 100);
        await Should.ThrowAsync<Microsoft.Data.Sqlite.SqliteException>(() => yard.RoundAsync(process));
        database.IsBroken = false;
        qemu.Disk.Read(4, 100);
        await yard.RoundAsync(process);
        await process.StoreNowAsync(run, yard.Host, Cancel);

        (await yard.StoredAsync(run)).Where(x => x.Milliseconds > 0).Select(x => (x.Milliseconds, x.Disks[0]!.Read.Operations)).ShouldBe([(20_000, 1), (60_000, 9)]);
    }

    [Fact]
    public async Task Virtio_disks_which_QEMU_names_by_their_paths_are_found_and_set()
    {
        await using var database = await RunsDatabase.CreateAsync();
        var (yard, run) = await OpenAsync(database);
        const string Path = "/machine/peripheral/ua-disk-2001/virtio-backend";
        var qemu = yard.Host.Add(ObserverYard.Domain, ObserverYard.Alias, Path);
        var process = yard.Process();
        await yard.BeginAsync(process, run, (2000, ObserverYard.Alias), (2001, "ua-disk-2001"));
        qemu.Device(Path).Write(5, 40);
        await yard.RoundAsync(process);
        qemu.Remove(ObserverYard.Alias);
        qemu.Device(Path).Write(6, 40);
        await yard.RoundAsync(process);

        var (_, intervals) = await process.StoreNowAsync(run, yard.Host, Cancel);
        intervals.Select(x => (x.Disks[0]?.Write.Operations, x.Disks[1]?.Write.Operations)).ShouldBe([(0, 5), (null, 6), (null, 0)]);
        var note = (await yard.StateAsync(run)).Notes.ShouldHaveSingleItem();
        (note.Kind, note.DiskKey).ShouldBe((NoteKind.DiskGone, 2000));
    }

    [Fact]
    public async Task What_is_stored_on_an_old_basis_changes_nothing()
    {
        await using var database = await RunsDatabase.CreateAsync();
        var (yard, run) = await OpenAsync(database);
        var qemu = yard.Host.Add(ObserverYard.Domain, ObserverYard.Alias);
        var process = yard.Process();
        await yard.BeginAsync(process, run);
        qemu.Disk.Read(4, 100);
        _time.Advance(StorageObserver.Interval);
        var (observation, intervals) = await process.StoreNowAsync(run, yard.Host, Cancel);
        var again = new ObservationStore(database, new ExecutorOptions { DataDirectory = "/nowhere" }, _time);
        (await again.AppendAsync(run, observation.Version, intervals, ObservationState.Read(observation.State), Cancel)).ShouldBeFalse("another process has it");
        await again.TakeAsync(run, Cancel);
        (await again.AppendAsync(run, observation.Version - 1, intervals, ObservationState.Read(observation.State), Cancel)).ShouldBeFalse("that was stored already");
        (await yard.StoredAsync(run)).Sum(x => x.Disks[0]!.Read.Operations).ShouldBe(4);
        (await yard.Store.FindAsync(run, Cancel))!.Operations.ShouldBe(4);
        (await again.AppendAsync(run, observation.Version, intervals, ObservationState.Read(observation.State), Cancel)).ShouldBeTrue();
        (await yard.Store.FindAsync(run, Cancel))!.Operations.ShouldBe(8);
    }

    [Fact]
    public async Task A_run_that_is_over_is_observed_no_longer()
    {
        await using var database = await RunsDatabase.CreateAsync();
        var (yard, run) = await OpenAsync(database);
        yard.Host.Add(ObserverYard.Domain, ObserverYard.Alias);
        var process = yard.Process();
        await yard.BeginAsync(process, run);
        await yard.RoundAsync(process);
        await using (var db = database.CreateDbContext())
        {
            await db.Runs.Where(x => x.Id == run).ExecuteUpdateAsync(set => set.SetProperty(x => x.Phase, RunPhase.RolledBack), Cancel);
        }

        var asked = yard.Host.Commands;
        await yard.RoundAsync(process);
        yard.Host.Commands.ShouldBe(asked);
        (await yard.Store.FindAsync(run, Cancel))!.EndedAt.ShouldNotBeNull();
    }

    [Fact]
    public async Task Copies_of_other_runs_are_marked_at_the_intervals_that_they_were_beside()
    {
        await using var database = await RunsDatabase.CreateAsync();
        var (yard, run) = await OpenAsync(database);
        yard.Host.Add(ObserverYard.Domain, ObserverYard.Alias);
        var other = await database.AddRunAsync(RunPhase.Seeding, null);
        await using (var db = database.CreateDbContext())
        {
            db.AddRange(new[] { run, other.Id }.Select(x => new RunDisk { Id = Guid.NewGuid(), RunId = x, DiskKey = 2000, Label = "Hard disk 1", Reader = "https-folder", ProgressAt = _time.GetUtcNow().UtcDateTime }));
            await db.SaveChangesAsync(Cancel);
        }

        var process = yard.Process();
        await yard.BeginAsync(process, run);
        await yard.RoundAsync(process);
        await using (var db = database.CreateDbContext())
        {
            var now = _time.GetUtcNow().UtcDateTime.AddSeconds(3);
            await db.RunDisks.Where(x => x.RunId == other.Id).ExecuteUpdateAsync(set => set.SetProperty(x => x.ProgressAt, now), Cancel);
        }

        await yard.RoundAsync(process);
        await yard.RoundAsync(process);
        var (_, intervals) = await process.StoreNowAsync(run, yard.Host, Cancel);
        intervals.Select(x => x.Marks).ShouldBe([IntervalMarks.None, IntervalMarks.BesideCopy, IntervalMarks.None, IntervalMarks.None]);
    }

    /// <summary>Of several processes that take it from one another, die and find no database, all keep to one truth.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Nothing_is_lost_or_counted_twice_whatever_happens(int seed)
    {
        var random = new Random(seed);
        await using var database = await RunsDatabase.CreateAsync();
        var (yard, run) = await OpenAsync(database);
        var qemu = yard.Host.Add(ObserverYard.Domain, ObserverYard.Alias);
        List<StorageObserver> processes = [yard.Process("a"), yard.Process("b")];
        await yard.BeginAsync(processes[0], run);
        long done = 0;
        for (var step = 0; step < 400; step++)
        {
            var operations = random.Next(50);
            qemu.Disk.Read(operations, random.Next(1, 300_000));
            done += operations;
            var which = random.Next(2);
            switch (random.Next(12))
            {
                case 0:
                    processes[which] = yard.Process(); // kill -9
                    break;
                case 1:
                    await processes[which].StopAsync(Cancel);
                    processes[which] = yard.Process();
                    break;
                case 2:
                    await processes[which].StoreNowAsync(run, yard.Host, Cancel);
                    break;
                case 3:
                    database.IsBroken = true;
                    await Should.ThrowAsync<Microsoft.Data.Sqlite.SqliteException>(() => yard.RoundAsync(processes[which]));
                    database.IsBroken = false;
                    break;
                case 4:
                    _time.Advance(ObservationStore.OwnedFor);
                    break;
                default:
                    await yard.RoundAsync([.. processes]);
                    break;
            }
        }

        var (observation, intervals) = await processes[0].StoreNowAsync(run, yard.Host, Cancel);
        intervals.Sum(x => x.Disks[0]!.Read.Operations).ShouldBe(done);
        intervals.Sum(x => x.Disks[0]!.Read.Bins.Sum()).ShouldBe(done);
        observation.Operations.ShouldBe(done);
        intervals.Sum(x => x.Milliseconds).ShouldBe((long)(observation.StoredUntil - observation.StartedAt).TotalMilliseconds, "every moment is in one interval");
        ObservationState.Read(observation.State).Notes.ShouldBeEmpty();
        (await database.CreateDbContext().ObservationBlocks.Where(x => x.RunId == run).Select(x => x.Intervals).ToListAsync(Cancel)).ShouldAllBe(x => x <= ObservationStore.IntervalsPerBlock);
    }

    private async Task<(ObserverYard Yard, Guid Run)> OpenAsync(RunsDatabase database) =>
        (new ObserverYard(database, _time), (await database.AddRunAsync(RunPhase.Validating, null, x => x.Id = StoredLast())).Id);

    /// <summary>A run whose turn to be stored comes after all others' and not in one of the few rounds of a test.</summary>
    private static Guid StoredLast()
    {
        while (true)
        {
            var id = Guid.NewGuid();
            if (StorageObserver.StoresIn(StorageObserver.RoundsPerStoring, id))
            {
                return id;
            }
        }
    }
}
