using Microsoft.EntityFrameworkCore;
using Migrate.Executor.Runs;
using Migrate.Executor.Tests.Jobs;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Tests.Runs;

[UsesDatabase]
public sealed class RunRetentionTests
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(28);
    private readonly ManualTime _time = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private DateTime Now => _time.GetUtcNow().UtcDateTime;

    [Fact]
    public async Task Of_runs_that_are_long_over_the_log_and_observations_go_and_the_proof_stays()
    {
        await using var database = await RunsDatabase.CreateAsync();
        List<Run> old = [];
        for (var i = 0; i < 120; i++) // More than go at once.
        {
            old.Add(await AddAsync(database, i % 2 == 0 ? RunPhase.Completed : RunPhase.RolledBack, over: Kept + TimeSpan.FromMinutes(1)));
        }

        var recent = await AddAsync(database, RunPhase.Completed, over: Kept - TimeSpan.FromMinutes(1));
        var failed = await AddAsync(database, RunPhase.Failed, over: Kept * 2);
        var going = await AddAsync(database, RunPhase.Validating, over: null);
        var retention = new RunRetention(database, new RunRetentionOptions(Kept), _time);

        (await retention.PruneAsync(Cancellation)).ShouldBe(120);

        foreach (var run in new[] { old[0], old[1], old[^1] })
        {
            (await database.EventsAsync(run.Id)).ShouldBeEmpty();
            (await LeftAsync(database, run)).ShouldBe((0, 1, "hash"));
            (await database.ReadAsync(run.Id)).PrunedAt.ShouldBe(Now);
        }

        foreach (var run in new[] { recent, failed, going })
        {
            (await database.EventsAsync(run.Id)).Count.ShouldBe(2, run.Phase.ToString());
            (await LeftAsync(database, run)).ShouldBe((1, 1, "hash"));
        }

        (await retention.PruneAsync(Cancellation)).ShouldBe(0);
        _time.Advance(TimeSpan.FromMinutes(2));
        (await retention.PruneAsync(Cancellation)).ShouldBe(1, "the recent one");
        _time.Advance(Kept * 3);
        (await retention.PruneAsync(Cancellation)).ShouldBe(0, "nothing is deleted twice");
    }

    [Fact]
    public async Task Of_a_plan_the_newest_check_stays_and_messages_and_operations_go_once_they_are_done_with()
    {
        await using var database = await RunsDatabase.CreateAsync();
        var (first, second) = (Guid.NewGuid(), Guid.NewGuid());
        await using (var db = database.CreateDbContext())
        {
            db.AddRange(Check(first, 90), Check(first, 60), Check(second, 90), Check(second, 60), Check(second, 1));
            db.AddRange(Message("begin", "", 90, due: false), Message("told", "https://a", 31, due: false), Message("lately", "https://a", 29, due: false), Message("waits", "https://a", 31, due: true));
            db.AddRange(Work("old", 31), Work("lately", 29), Work("still", null));
            await db.SaveChangesAsync(Cancellation);
        }

        await new RunRetention(database, new RunRetentionOptions(Kept), _time).PruneAsync(Cancellation);

        await using var left = database.CreateDbContext();
        left.PlanChecks.AsEnumerable().Select(x => (x.PlanId, (int)(Now - x.StartedAt).TotalDays)).ShouldBe([(first, 60), (second, 1)], ignoreOrder: true);
        left.Notifications.AsEnumerable().Select(x => x.Key).ShouldBe(["begin", "lately", "waits"], ignoreOrder: true);
        left.Operations.AsEnumerable().Select(x => x.Subject).ShouldBe(["lately", "still"], ignoreOrder: true);
    }

    private Operation Work(string subject, int? daysOver) => new()
    {
        Id = Guid.NewGuid(),
        Subject = subject,
        StartedBy = "ann",
        State = daysOver is null ? OperationState.Running : OperationState.Succeeded,
        CreatedAt = Now - TimeSpan.FromDays(60),
        FinishedAt = daysOver is { } days ? Now - TimeSpan.FromDays(days) : null,
    };

    private async Task<Run> AddAsync(RunsDatabase database, RunPhase phase, TimeSpan? over)
    {
        var run = await database.AddRunAsync(phase, due: null, x => x.FinishedAt = Now - over);
        var at = Now - (over ?? TimeSpan.Zero) - TimeSpan.FromHours(1);
        await using var db = database.CreateDbContext();
        db.AddRange(
            new RunEvent { RunId = run.Id, At = at, Phase = RunPhase.Seeding, Message = "one" },
            new RunEvent { RunId = run.Id, At = at, Phase = RunPhase.Validating, Message = "two" },
            new ObservationBlock { RunId = run.Id, Number = 0, Intervals = 1, Body = [1] },
            new RunDisk { Id = Guid.NewGuid(), RunId = run.Id, DiskKey = 2000, Label = "Hard disk 1", Reader = "https-folder", SourceHash = "hash" });
        await db.SaveChangesAsync(Cancellation);
        return run;
    }

    private static async Task<(int Blocks, int Disks, string? Hash)> LeftAsync(RunsDatabase database, Run run)
    {
        await using var db = database.CreateDbContext();
        var disks = await db.RunDisks.Where(x => x.RunId == run.Id).ToListAsync(Cancellation);
        return (await db.ObservationBlocks.CountAsync(x => x.RunId == run.Id, Cancellation), disks.Count, disks[0].SourceHash);
    }

    private PlanCheck Check(Guid plan, int daysAgo) => new() { Id = Guid.NewGuid(), PlanId = plan, StartedAt = Now.AddDays(-daysAgo), FinishedAt = Now.AddDays(-daysAgo), Findings = "[]" };

    private Notification Message(string key, string receiver, int daysAgo, bool due) => new()
    {
        Id = Guid.NewGuid(),
        Key = key,
        Event = "failed",
        Receiver = receiver,
        Subject = "",
        Body = "{}",
        CreatedAt = Now.AddDays(-daysAgo),
        DueAt = due ? Now : null,
    };
}
