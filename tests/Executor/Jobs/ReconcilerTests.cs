using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Executor.Jobs;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Tests.Jobs;

[UsesDatabase]
public sealed class ReconcilerTests : IAsyncLifetime
{
    private readonly ManualTime _time = new();
    private readonly RecordedJobs _jobs = new();
    private RunsDatabase _database = null!;
    private LeaseStore _leases = null!;
    private ExecutorOptions _options = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await RunsDatabase.CreateAsync();
        _options = new ExecutorOptions { DataDirectory = _database.Directory };
        _leases = new LeaseStore(_database, _options, _time, NullLogger<LeaseStore>.Instance);
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Theory]
    [InlineData(RunPhase.Planned, JobQueue.Inventory)]
    [InlineData(RunPhase.Preparing, JobQueue.Inventory)]
    [InlineData(RunPhase.Seeding, JobQueue.Copy)]
    [InlineData(RunPhase.CuttingOver, JobQueue.Control)]
    [InlineData(RunPhase.Validating, JobQueue.Control)]
    public async Task A_due_run_in_a_working_phase_is_asked_for(RunPhase phase, JobQueue queue)
    {
        var run = await _database.AddRunAsync(phase, _time.GetUtcNow());

        (await Reconciler().ReconcileAsync(Cancellation)).Asked.ShouldBe(1);

        var asked = _jobs.Asked.ShouldHaveSingleItem();
        asked.RunId.ShouldBe(run.Id);
        asked.Queue.ShouldBe(queue);
    }

    [Theory]
    [InlineData(RunPhase.Paused)]
    [InlineData(RunPhase.Failed)]
    [InlineData(RunPhase.Completed)]
    [InlineData(RunPhase.RolledBack)]
    public async Task A_run_that_waits_for_an_operator_or_is_over_is_left_alone(RunPhase phase)
    {
        await _database.AddRunAsync(phase, _time.GetUtcNow());

        (await Reconciler().ReconcileAsync(Cancellation)).Asked.ShouldBe(0);
    }

    [Fact]
    public async Task A_failed_run_that_was_asked_to_roll_back_is_asked_for()
    {
        await _database.AddRunAsync(RunPhase.Failed, _time.GetUtcNow(), run => run.Request = RunRequest.RollBack);

        (await Reconciler().ReconcileAsync(Cancellation)).Asked.ShouldBe(1);
    }

    [Fact]
    public async Task A_run_that_is_due_later_is_left_alone_until_then()
    {
        await _database.AddRunAsync(RunPhase.Seeding, _time.GetUtcNow().AddMinutes(5));

        (await Reconciler().ReconcileAsync(Cancellation)).Asked.ShouldBe(0);
        _time.Advance(TimeSpan.FromMinutes(6));
        (await Reconciler().ReconcileAsync(Cancellation)).Asked.ShouldBe(1);
    }

    [Fact]
    public async Task A_run_that_a_worker_of_this_process_holds_is_left_alone()
    {
        var run = await _database.AddRunAsync(RunPhase.Seeding, _time.GetUtcNow());
        await using var lease = await _leases.TryTakeAsync(run.Id, Cancellation);

        (await Reconciler().ReconcileAsync(Cancellation)).Asked.ShouldBe(0);
    }

    [Fact]
    public async Task A_run_of_a_killed_process_is_asked_for_when_its_lease_expires()
    {
        var run = await _database.AddRunAsync(RunPhase.Seeding, _time.GetUtcNow());
        await (await _leases.TryTakeAsync(run.Id, Cancellation))!.AbandonAsync();

        (await Reconciler().ReconcileAsync(Cancellation)).Asked.ShouldBe(1);

        _jobs.Asked.ShouldHaveSingleItem().At.ShouldBe(_time.GetUtcNow() + _options.LeaseDuration + TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_run_whose_job_waits_is_not_asked_for_again()
    {
        var run = await _database.AddRunAsync(RunPhase.Seeding, _time.GetUtcNow());
        _jobs.Waiting.Add(run.Id);

        (await Reconciler().ReconcileAsync(Cancellation)).ShouldBe(new Reconciliation(0, 0));
    }

    [Fact]
    public async Task Jobs_of_runs_that_want_none_or_are_not_there_are_removed_and_no_others()
    {
        var over = await _database.AddRunAsync(RunPhase.Completed, null);
        var paused = await _database.AddRunAsync(RunPhase.Paused, null);
        var unknown = Guid.NewGuid(); // The database is an older copy than the engine's store.
        var later = await _database.AddRunAsync(RunPhase.Seeding, _time.GetUtcNow().AddHours(1));
        var now = await _database.AddRunAsync(RunPhase.Seeding, _time.GetUtcNow());
        var asked = await _database.AddRunAsync(RunPhase.Failed, _time.GetUtcNow(), run => run.Request = RunRequest.RollBack);
        _jobs.Waiting.AddRange([over.Id, paused.Id, unknown, later.Id, now.Id, asked.Id]);

        (await Reconciler().ReconcileAsync(Cancellation)).ShouldBe(new Reconciliation(0, 3));

        _jobs.Cancelled.ShouldBe([over.Id, paused.Id, unknown], ignoreOrder: true);
    }

    [Fact]
    public async Task After_a_round_that_found_no_database_the_next_one_is_made_within_seconds()
    {
        _options = _options with { ReconcileEvery = TimeSpan.FromDays(7) };
        await _database.AddRunAsync(RunPhase.Seeding, _time.GetUtcNow());
        using var reconciler = Reconciler();
        _database.IsBroken = true;
        await reconciler.StartAsync(Cancellation);
        await Eventually.BecomesTrueAsync(() => _database.Refused > 0, "the first round has failed");
        _database.IsBroken = false;

        await Eventually.BecomesTrueAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(3));
                return !_jobs.Asked.IsEmpty;
            },
            "the run is asked for");

        await reconciler.StopAsync(Cancellation);
    }

    [Fact]
    public async Task A_run_that_a_step_left_without_a_word_is_asked_for_within_seconds()
    {
        _options = _options with { ReconcileEvery = TimeSpan.FromDays(7) };
        var first = await _database.AddRunAsync(RunPhase.Seeding, _time.GetUtcNow());
        using var reconciler = Reconciler();
        await reconciler.StartAsync(Cancellation);
        await Eventually.BecomesTrueAsync(() => _jobs.Asked.Any(x => x.RunId == first.Id), "the first round is made");

        var left = await _database.AddRunAsync(RunPhase.CuttingOver, _time.GetUtcNow());
        _leases.LeaveBehind();

        await Eventually.BecomesTrueAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(3));
                return _jobs.Asked.Any(x => x.RunId == left.Id);
            },
            "the next one is made");
        await reconciler.StopAsync(Cancellation);
    }

    [Fact]
    public async Task A_step_that_ends_without_a_word_each_time_is_asked_for_every_three_seconds_and_not_faster()
    {
        _options = _options with { ReconcileEvery = TimeSpan.FromDays(7) };
        var run = await _database.AddRunAsync(RunPhase.Seeding, _time.GetUtcNow());
        _jobs.OnAsked = _leases.LeaveBehind;
        using var reconciler = Reconciler();
        await reconciler.StartAsync(Cancellation);
        for (var round = 1; round <= 4; round++)
        {
            await Eventually.BecomesTrueAsync(() => _jobs.Asked.Count == round && _time.Waits.Contains(TimeSpan.FromSeconds(3)), $"round {round} is made, and holds back");
            _time.Advance(TimeSpan.FromSeconds(3));
        }

        await reconciler.StopAsync(Cancellation);
    }

    [Fact]
    public async Task It_looks_at_start_and_every_minute_and_survives_a_database_that_is_away()
    {
        await _database.AddRunAsync(RunPhase.Seeding, _time.GetUtcNow());
        using var reconciler = Reconciler();
        _database.IsBroken = true;
        await reconciler.StartAsync(Cancellation);
        await Task.Delay(200, Cancellation);
        _jobs.Asked.ShouldBeEmpty();

        _database.IsBroken = false;
        await Eventually.BecomesTrueAsync(
            async () =>
            {
                _time.Advance(TimeSpan.FromMinutes(1));
                await Task.Delay(50, Cancellation);
                return !_jobs.Asked.IsEmpty;
            },
            "the run is asked for");

        await reconciler.StopAsync(Cancellation);
    }

    private Reconciler Reconciler() => new(_database, _jobs, _leases, _options, _time, NullLogger<Reconciler>.Instance);
}
