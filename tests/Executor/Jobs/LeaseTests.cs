using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Executor.Jobs;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Tests.Jobs;

[UsesDatabase]
public sealed class LeaseTests : IAsyncLifetime
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(30);
    private readonly ManualTime _time = new();
    private RunsDatabase _database = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _database = await RunsDatabase.CreateAsync();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Of_two_workers_only_one_gets_the_run()
    {
        var run = await _database.AddRunAsync(RunPhase.Seeding, _time.GetUtcNow());

        await using var first = await Store().TryTakeAsync(run.Id, Cancellation);
        await using var second = await Store().TryTakeAsync(run.Id, Cancellation);

        first.ShouldNotBeNull().Epoch.ShouldBe(1);
        second.ShouldBeNull();
    }

    [Fact]
    public async Task Of_many_workers_at_once_only_one_gets_the_run()
    {
        var run = await _database.AddRunAsync(RunPhase.Seeding, _time.GetUtcNow());
        var store = Store();

        var leases = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => store.TryTakeAsync(run.Id, Cancellation), Cancellation)));

        var won = leases.Where(x => x is not null).ShouldHaveSingleItem();
        (await _database.ReadAsync(run.Id)).LeaseEpoch.ShouldBe(1);
        await won!.DisposeAsync();
    }

    [Fact]
    public async Task A_released_run_can_be_taken_at_once_in_a_later_epoch()
    {
        var run = await _database.AddRunAsync(RunPhase.Seeding, _time.GetUtcNow());

        await (await Store().TryTakeAsync(run.Id, Cancellation))!.DisposeAsync();
        await using var second = await Store().TryTakeAsync(run.Id, Cancellation);

        second.ShouldNotBeNull().Epoch.ShouldBe(2);
    }

    [Fact]
    public async Task A_renewed_lease_outlives_its_duration()
    {
        var run = await _database.AddRunAsync(RunPhase.Seeding, _time.GetUtcNow());
        await using var lease = await Store().TryTakeAsync(run.Id, Cancellation);

        for (var i = 0; i < 9; i++)
        {
            var before = (await _database.ReadAsync(run.Id)).LeaseExpiresAt;
            await AdvanceUntilAsync(TimeSpan.FromSeconds(10), async () => (await _database.ReadAsync(run.Id)).LeaseExpiresAt > before, "the lease is renewed");
        }

        lease!.Token.IsCancellationRequested.ShouldBeFalse();
        (await Store().TryTakeAsync(run.Id, Cancellation)).ShouldBeNull();
    }

    [Fact]
    public async Task The_lease_of_a_killed_worker_expires_and_the_epoch_grows()
    {
        var run = await _database.AddRunAsync(RunPhase.Seeding, _time.GetUtcNow());
        var killed = (await Store().TryTakeAsync(run.Id, Cancellation))!;
        await killed.AbandonAsync();

        (await Store().TryTakeAsync(run.Id, Cancellation)).ShouldBeNull("it has not expired yet");
        _time.Advance(Duration + TimeSpan.FromSeconds(1));
        await using var next = await Store().TryTakeAsync(run.Id, Cancellation);

        next.ShouldNotBeNull().Epoch.ShouldBe(2);
    }

    [Fact]
    public async Task A_worker_whose_run_was_taken_over_is_cancelled_and_leaves_the_new_owner_alone()
    {
        var run = await _database.AddRunAsync(RunPhase.Seeding, _time.GetUtcNow());
        var old = (await Store().TryTakeAsync(run.Id, Cancellation))!;
        await TakeAwayAsync(run.Id);

        await AdvanceUntilAsync(TimeSpan.FromSeconds(10), () => Task.FromResult(old.Token.IsCancellationRequested), "the worker is cancelled");

        old.End.ShouldBe(LeaseEnd.Lost);
        old.Lost.IsCancellationRequested.ShouldBeTrue();
        await Should.ThrowAsync<LeaseLostException>(() => old.EnsureHeldAsync(Cancellation));
        await old.DisposeAsync();
        (await _database.ReadAsync(run.Id)).LeaseOwner.ShouldBe("another");
    }

    [Fact]
    public async Task A_lease_that_cannot_be_renewed_is_lost_when_it_expires()
    {
        var run = await _database.AddRunAsync(RunPhase.Seeding, _time.GetUtcNow());
        var lease = (await Store().TryTakeAsync(run.Id, Cancellation))!;
        _database.IsBroken = true;

        await AdvanceUntilAsync(TimeSpan.FromSeconds(10), () => Task.FromResult(lease.Token.IsCancellationRequested), "the lease is given up");

        lease.End.ShouldBe(LeaseEnd.Lost);
        _database.IsBroken = false;
        await lease.DisposeAsync();
    }

    [Fact]
    public async Task An_operators_request_stops_the_work_but_keeps_the_lease()
    {
        var run = await _database.AddRunAsync(RunPhase.Seeding, _time.GetUtcNow());
        var store = Store();
        await using var lease = (await store.TryTakeAsync(run.Id, Cancellation))!;
        await AskAsync(run.Id, RunRequest.Pause);

        store.Poke(run.Id);
        await Eventually.BecomesTrueAsync(() => lease.Token.IsCancellationRequested, "the work is stopped");

        lease.End.ShouldBe(LeaseEnd.Requested);
        lease.Lost.IsCancellationRequested.ShouldBeFalse();
        await lease.EnsureHeldAsync(Cancellation);
    }

    private LeaseStore Store() => new(
        _database, new ExecutorOptions { DataDirectory = _database.Directory, LeaseDuration = Duration }, _time, NullLogger<LeaseStore>.Instance);

    /// <summary>
    /// The renewal's timer is set on another thread, and a renewal takes its time: the clock goes on when the lease waits for it, by its expiry and by
    /// its next renewal. Else it would run out before a late thread could renew it.
    /// </summary>
    private async Task AdvanceUntilAsync(TimeSpan step, Func<Task<bool>> condition, string what)
    {
        for (var i = 0; i < 3; i++)
        {
            await Eventually.BecomesTrueAsync(async () => _time.Waits.Count == 2 || await condition(), $"the next renewal is waited for, or {what}");
            if (await condition())
            {
                return; // A step more would bring the expiry upon a renewal that has yet to move it.
            }

            _time.Advance(step);
        }

        await Eventually.BecomesTrueAsync(condition, what);
    }

    private async Task TakeAwayAsync(Guid runId)
    {
        await using var db = _database.CreateDbContext();
        var run = await db.Runs.FindAsync([runId], Cancellation);
        run!.LeaseOwner = "another";
        run.LeaseEpoch++;
        await db.SaveChangesAsync(Cancellation);
    }

    private async Task AskAsync(Guid runId, RunRequest request)
    {
        await using var db = _database.CreateDbContext();
        (await db.Runs.FindAsync([runId], Cancellation))!.Request = request;
        await db.SaveChangesAsync(Cancellation);
    }
}
