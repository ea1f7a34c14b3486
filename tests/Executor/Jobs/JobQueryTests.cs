using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Executor.Jobs;
using Migrate.Executor.Runs;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Tests.Jobs;

/// <summary>Every combination of phase, request, lease and due time, in both databases: a filter in SQL must say what the row itself says.</summary>
public sealed class JobQueryTests(PostgresCluster postgres)
{
    private static readonly DateTime Now = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Each_job_is_in_one_state_and_in_one_queue_whoever_asks(bool onPostgres)
    {
        var directory = Directory.CreateTempSubdirectory("migrate-jobs-").FullName;
        var options = onPostgres
            ? DatabaseOptions.Postgres(await postgres.NewDatabaseAsync(Cancellation))
            : DatabaseOptions.Sqlite(Path.Combine(directory, "migrate.db"));
        var databases = MigrateDatabase.CreateFactory(options);
        await new MigrateDatabase(databases, options, TimeProvider.System, NullLogger<MigrateDatabase>.Instance).MigrateAsync(Cancellation);
        await using (var db = databases.CreateDbContext())
        {
            db.Runs.AddRange(Combinations());
            await db.SaveChangesAsync(Cancellation);
        }

        await using (var db = databases.CreateDbContext())
        {
            var jobs = await db.Runs.AsNoTracking().Where(JobQuery.HasJob).ToListAsync(Cancellation);
            jobs.Count.ShouldBeGreaterThan(100);
            foreach (var state in Enum.GetValues<JobState>())
            {
                (await db.Runs.Where(JobQuery.HasJob).Where(JobQuery.Is(state, Now)).Select(x => x.Id).ToListAsync(Cancellation))
                    .ShouldBe(jobs.Where(x => JobQuery.StateOf(x, Now) == state).Select(x => x.Id), ignoreOrder: true, $"{state}");
                jobs.ShouldContain(x => JobQuery.StateOf(x, Now) == state);
            }

            foreach (var queue in Enum.GetValues<JobQueue>())
            {
                (await db.Runs.Where(JobQuery.HasJob).Where(JobQuery.IsOf(queue)).Select(x => x.Id).ToListAsync(Cancellation))
                    .ShouldBe(jobs.Where(x => RunPhases.QueueOf(JobQuery.PhaseOf(x), x.Request) == queue).Select(x => x.Id), ignoreOrder: true, $"{queue}");
            }
        }

        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public void A_run_that_nobody_needs_to_touch_any_more_has_no_job()
    {
        var hasJob = JobQuery.HasJob.Compile();
        Combinations().Where(x => !hasJob(x)).ShouldAllBe(x => RunPhases.IsFinal(x.Phase) && x.Request == null);
    }

    private static IEnumerable<Run> Combinations() =>
        from phase in Enum.GetValues<RunPhase>()
        from request in (RunRequest?[])[null, RunRequest.Pause]
        from due in (DateTime?[])[null, Now.AddSeconds(-1), Now, Now.AddSeconds(1)]
        from lease in (DateTime?[])[null, Now.AddSeconds(-1), Now.AddSeconds(1)]
        from resume in phase is RunPhase.Paused or RunPhase.Failed ? (RunPhase[])[RunPhase.Preparing, RunPhase.Seeding, RunPhase.Validating] : [phase]
        select new Run
        {
            Id = Guid.NewGuid(),
            VmKey = "vm-1",
            VmName = "web01",
            Phase = phase,
            ResumePhase = resume,
            Request = request,
            DueAt = due,
            LeaseOwner = lease is null ? null : "node/1/x",
            LeaseExpiresAt = lease,
        };
}
