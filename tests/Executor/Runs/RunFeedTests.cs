using Migrate.Executor.Runs;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Tests.Runs;

public sealed class RunFeedTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_listener_hears_of_its_run_only_and_another_of_all()
    {
        var feed = new RunFeed();
        var (mine, other) = (Guid.NewGuid(), Guid.NewGuid());
        await using var one = feed.ListenAsync(mine, Cancellation).GetAsyncEnumerator(Cancellation);
        await using var all = feed.ListenAsync(null, Cancellation).GetAsyncEnumerator(Cancellation);
        var (hearsOne, hearsAll) = (one.MoveNextAsync().AsTask(), all.MoveNextAsync().AsTask());

        feed.Publish(News(other));
        feed.Publish(News(mine));

        (await hearsOne).ShouldBeTrue();
        one.Current.RunId.ShouldBe(mine);
        (await hearsAll).ShouldBeTrue();
        all.Current.RunId.ShouldBe(other);
    }

    [Fact]
    public async Task A_slow_listener_misses_the_oldest_and_holds_nobody_up()
    {
        var feed = new RunFeed();
        var run = Guid.NewGuid();
        await using var listener = feed.ListenAsync(run, Cancellation).GetAsyncEnumerator(Cancellation);
        var first = listener.MoveNextAsync().AsTask();
        feed.Publish(News(run, 0));
        await first;

        for (var i = 1; i <= 1000; i++)
        {
            feed.Publish(News(run, i));
        }

        (await listener.MoveNextAsync()).ShouldBeTrue();
        listener.Current.Line!.Id.ShouldBe(1000 - 256 + 1);
    }

    private static RunProgress News(Guid run, long line = 0) => new(run, RunPhase.Seeding, DateTimeOffset.UnixEpoch, Line: new RunLine(line, "info", "x"));
}
