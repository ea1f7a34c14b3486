using Migrate.Planner.Baselines.Profiles;
using Migrate.Planner.Baselines.Series;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;
using Migrate.Planner.Tests.Persistence;
using Migrate.Planner.VSphere.ChangeTracking;

namespace Migrate.Planner.Tests.Baselines.Profiles;

public sealed class ChangeRateTests(PostgresCluster postgres)
{
    private const long Mib = 1 << 20;
    private static readonly DateTime Monday = new(2026, 3, 2, 0, 0, 0, DateTimeKind.Utc);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void What_passes_measured_takes_the_place_of_what_was_written_where_there_is_enough_of_it()
    {
        // 1 MiB/s is written throughout; passes found 600 MiB changed from 08:45 to 09:15, and 10 MiB in the five minutes after 12:00.
        MeasuredChange[] changes =
        [
            new(2000, Monday.AddHours(8.75), Monday.AddHours(9.25), 600 * Mib),
            new(2000, Monday.AddHours(12), Monday.AddHours(12).AddMinutes(5), 10 * Mib),
            new(2000, Monday.AddHours(13), Monday.AddHours(20), 7000 * Mib),
        ];

        var profile = DiskProfile.Of("scsi0:0", 2000, Writes(days: 1), changes: changes);

        profile.MeasuredChanges.ShouldBe(3);
        (profile.Whole.ChangeOrigin, profile.Whole.ChangeBytesPerSecond).ShouldBe((ChangeOrigin.WriteRate, (double)Mib), "less than a day was measured");
        foreach (var hour in (int[])[8, 9])
        {
            profile.Hours[hour].ChangeOrigin.ShouldBe(ChangeOrigin.ChangeTracking);
            profile.Hours[hour].ChangeBytesPerSecond!.Value.ShouldBe(600.0 * Mib / 1800, 1);
        }

        foreach (var hour in (int[])[7, 10, 12, 15])
        {
            (profile.Hours[hour].ChangeOrigin, profile.Hours[hour].ChangeBytesPerSecond).ShouldBe((ChangeOrigin.WriteRate, (double)Mib), $"hour {hour}");
        }

        (profile.Hours[30].ChangeOrigin, profile.Hours[30].ChangeBytesPerSecond).ShouldBe(((ChangeOrigin?)null, (double?)null));
        var days = DiskProfile.Of("scsi0:0", 2000, Writes(days: 1), changes: [.. changes, new(2000, Monday.AddDays(1), Monday.AddDays(2), 864 * Mib)]);
        days.Whole.ChangeOrigin.ShouldBe(ChangeOrigin.ChangeTracking);
    }

    [Theory, InlineData(Provider.Sqlite), InlineData(Provider.Postgres)]
    public async Task Passes_of_the_VM_s_runs_count_from_the_last_completed_one_and_only_if_their_answers_were_right(Provider provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider, postgres);
        var source = await database.AddSourceAsync("vc1");
        await using (var db = database.Factory.CreateDbContext())
        {
            var host = new KvmHost { Id = Guid.NewGuid(), Name = "kvm1", Uri = "test:///default", DomainType = "qemu", Attachment = "backing" };
            var plan = new Plan { Id = Guid.NewGuid(), Name = "p", SourceId = source, KvmHostId = host.Id, InventoryVersion = 1, Mode = MigrationMode.Warm, Policy = "{}", CreatedAt = Monday };
            var planVm = new PlanVm { Id = Guid.NewGuid(), PlanId = plan.Id, VmKey = "vm-1", VmName = "web01", Concerns = "[]", Disks = "[]" };
            var run = new Run { Id = Guid.NewGuid(), PlanId = plan.Id, PlanVmId = planVm.Id, VmKey = "vm-1", VmName = "web01", CreatedAt = Monday };
            db.AddRange(host, plan, planVm, run);
            await db.SaveChangesAsync(Cancel);
            Add(db, run, 1, 0, PassOutcome.Completed, PassBasis.UsedAreas, 9000);
            Add(db, run, 2, 60, PassOutcome.Completed, PassBasis.Changes, 100);
            Add(db, run, 3, 70, PassOutcome.GivenUp, PassBasis.Changes, 50);
            Add(db, run, 4, 90, PassOutcome.Completed, PassBasis.Changes, 200);
            Add(db, run, 5, 100, PassOutcome.Completed, PassBasis.Changes, 300, wrong: 2);
            Add(db, run, 6, 110, PassOutcome.Completed, PassBasis.Everything, 9000);
            Add(db, run, 7, 120, PassOutcome.Completed, PassBasis.Changes, 40);
            await db.SaveChangesAsync(Cancel);
        }

        await using var read = database.Factory.CreateDbContext();
        var found = await MeasuredChange.LoadAsync(read, source, "vm-1", Monday, Cancel);

        found.Select(change => ((change.From - Monday).TotalMinutes, (change.To - Monday).TotalMinutes, change.Bytes / Mib)).ShouldBe([(0, 60, 100), (60, 90, 200), (110, 120, 40)]);
        (await MeasuredChange.LoadAsync(read, source, "vm-2", Monday, Cancel)).ShouldBeEmpty();
        (await MeasuredChange.LoadAsync(read, Guid.NewGuid(), "vm-1", Monday, Cancel)).ShouldBeEmpty();

        var failed = (await SelfTestFacts.LoadAsync(read, source, Cancel)).ShouldHaveSingleItem();
        failed.ShouldBe(KeyValuePair.Create("vm-1", new SelfTestFacts(Monday.AddMinutes(100), 2)));
        (await SelfTestFacts.LoadAsync(read, Guid.NewGuid(), Cancel)).ShouldBeEmpty();
    }

    private static void Add(MigrateDb db, Run run, int number, int minute, PassOutcome outcome, PassBasis basis, long mib, int wrong = 0)
    {
        var pass = new RunPass { Id = Guid.NewGuid(), RunId = run.Id, Number = number, StartedAt = Monday.AddMinutes(minute), FrozenAt = Monday.AddMinutes(minute), Outcome = outcome };
        db.RunPasses.Add(pass);
        db.RunPassDisks.Add(new RunPassDisk
        {
            Id = Guid.NewGuid(),
            PassId = pass.Id,
            DiskKey = 2000,
            Label = "Hard disk 1",
            Basis = basis,
            Reason = "",
            StartedAt = pass.StartedAt,
            FinishedAt = pass.StartedAt.AddMinutes(1),
            BytesNamed = mib * Mib,
            WrongExtents = wrong,
        });
    }

    private static SampleSeries Writes(int days)
    {
        long[] seconds = [.. Enumerable.Range(1, days * 4320).Select(i => SampleStore.Seconds(Monday) + (20L * i))];
        return SampleSeries.Of(seconds, new Dictionary<DiskCounter, long[]> { [DiskCounter.WriteKilobytes] = [.. seconds.Select(_ => 1024L)] });
    }
}
