using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Planner.Tests.Persistence;
using Migrate.Planner.VSphere.ChangeTracking;

namespace Migrate.Planner.Tests.Plans;

[UsesDatabase]
public class PlanRemovalTests(PostgresCluster postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, InlineData(Provider.Sqlite), InlineData(Provider.Postgres)]
    public async Task A_plan_goes_with_all_that_belongs_to_it_and_nothing_else_does(Provider provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider, postgres);
        await AddAsync(database, "first", RunPhase.RolledBack);
        await AddAsync(database, "other", RunPhase.RolledBack);
        var before = await CountsAsync(database);

        await Removal(database).RemoveAsync("first", "tester", Token);

        (await CountsAsync(database)).ShouldBe(before.Select(x => x / 2));
        await using var db = database.Factory.CreateDbContext();
        (await db.Plans.SingleAsync(Token)).Name.ShouldBe("other");
        (await Should.ThrowAsync<MigrateException>(() => Removal(database).RemoveAsync("first", "tester", Token))).Code.ShouldBe("plan.unknown");
    }

    [Theory]
    [InlineData(RunPhase.Planned, null)]
    [InlineData(RunPhase.Seeding, null)]
    [InlineData(RunPhase.Failed, null)]
    [InlineData(RunPhase.Paused, null)]
    [InlineData(RunPhase.Completed, null)]
    [InlineData(RunPhase.RolledBack, TrackingPhase.Restoring)]
    public async Task A_plan_with_a_run_that_holds_something_stays(RunPhase phase, TrackingPhase? tracking)
    {
        await using var database = await TestDatabase.CreateAsync();
        await AddAsync(database, "first", phase, tracking);
        var before = await CountsAsync(database);

        var refused = await Should.ThrowAsync<MigrateException>(() => Removal(database).RemoveAsync("first", "tester", Token));

        refused.Code.ShouldBe("plan.in-use");
        refused.Message.ShouldContain($"'web01' is {phase}");
        (await CountsAsync(database)).ShouldBe(before);
    }

    private static PlanRemoval Removal(TestDatabase database) => new(database.Factory, TimeProvider.System, NullLogger<PlanRemoval>.Instance);

    private static async Task AddAsync(TestDatabase database, string name, RunPhase phase, TrackingPhase? tracking = null)
    {
        await using var db = database.Factory.CreateDbContext();
        var plan = new Plan { Id = Guid.NewGuid(), Name = name, Policy = "{}", CreatedAt = DateTime.UnixEpoch };
        var vm = new PlanVm { Id = Guid.NewGuid(), PlanId = plan.Id, VmKey = "vm-1", VmName = "web01", Wave = 1, Concerns = "[]", Disks = "[]" };
        var run = new Run { Id = Guid.NewGuid(), PlanId = plan.Id, PlanVmId = vm.Id, VmKey = "vm-1", VmName = "web01", Phase = phase, TrackingPhase = tracking, CreatedAt = DateTime.UnixEpoch };
        var disk = new RunDisk { Id = Guid.NewGuid(), RunId = run.Id, DiskKey = 2000, Label = "Hard disk 1", Reader = "https-folder", NamespaceUuid = Guid.NewGuid() };
        var pass = new RunPass { Id = Guid.NewGuid(), RunId = run.Id, Number = 1, StartedAt = DateTime.UnixEpoch };
        db.AddRange(plan, vm, run, disk, pass);
        db.Add(new RunPassDisk { Id = Guid.NewGuid(), PassId = pass.Id, DiskKey = 2000, Label = disk.Label, Reason = "first", StartedAt = DateTime.UnixEpoch });
        db.Add(new RunEvent { RunId = run.Id, At = DateTime.UnixEpoch, Phase = phase, Message = "started" });
        db.Add(new JournalRow { RunDiskId = disk.Id, RunId = run.Id, NamespaceUuid = disk.NamespaceUuid, StartedAt = DateTime.UnixEpoch });
        db.Add(new JournalSegment { RunDiskId = disk.Id, Number = 0, States = [1], Hashes = [1] });
        await db.SaveChangesAsync(Token);
    }

    private static async Task<List<int>> CountsAsync(TestDatabase database)
    {
        await using var db = database.Factory.CreateDbContext();
        return
        [
            await db.Plans.CountAsync(Token), await db.PlanVms.CountAsync(Token), await db.Runs.CountAsync(Token), await db.RunDisks.CountAsync(Token), await db.RunPasses.CountAsync(Token),
            await db.RunPassDisks.CountAsync(Token), await db.RunEvents.CountAsync(Token), await db.Journals.CountAsync(Token), await db.JournalSegments.CountAsync(Token),
        ];
    }
}
