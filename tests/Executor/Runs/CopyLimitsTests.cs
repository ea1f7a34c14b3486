using Migrate.Executor.Runs;
using Migrate.Executor.Tests.Jobs;

namespace Migrate.Executor.Tests.Runs;

public sealed class CopyLimitsTests
{
    private static readonly CopyResource Host = new(CopyResourceKind.EsxHost, "esx1");
    private static readonly CopyResource Other = new(CopyResourceKind.EsxHost, "esx2");
    private static readonly CopyResource Destination = new(CopyResourceKind.Destination, "kvm1");
    private static readonly CopyResource Store = new(CopyResourceKind.Datastore, "ds1");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_full_resource_is_waited_for_without_holding_another()
    {
        var limits = new CopyLimits(new() { PerEsxHost = 1, PerDatastore = 1 });
        var first = await limits.EnterAsync([Host], Cancel);

        var second = limits.EnterAsync([Host, Store], Cancel);
        second.IsCompleted.ShouldBeFalse();
        limits.TakenOf(Store).ShouldBe(0);
        first.Dispose();
        first.Dispose();

        (await second).Dispose();
        (limits.TakenOf(Host), limits.TakenOf(Store)).ShouldBe((0, 0));
    }

    [Fact]
    public async Task Who_waits_for_a_full_host_holds_up_nobody_of_another_who_goes_to_the_same_destination()
    {
        var limits = new CopyLimits(new() { PerEsxHost = 1, PerDestination = 2 }, new ManualTime());
        var first = await limits.EnterAsync([Host, Destination], Cancel);
        var second = limits.EnterAsync([Host, Destination], Cancel);

        using (await limits.EnterAsync([Other, Destination], Cancel))
        {
            second.IsCompleted.ShouldBeFalse();
        }

        first.Dispose();
        (await second).Dispose();
    }

    [Fact]
    public async Task Who_has_waited_long_is_overtaken_no_more_and_keeps_one_place_and_not_all()
    {
        var time = new ManualTime();
        var limits = new CopyLimits(new() { PerEsxHost = 1, PerDestination = 3 }, time);
        var first = await limits.EnterAsync([Host, Destination], Cancel);
        var second = limits.EnterAsync([Host, Destination], Cancel);
        var third = limits.EnterAsync([Host, Destination], Cancel);
        time.Advance(TimeSpan.FromMinutes(3));

        // Of the two places left at the destination, one is kept for the second; the third waits for the same host.
        using var other = await limits.EnterAsync([Other, Destination], Cancel);
        var last = limits.EnterAsync([Destination], Cancel);
        last.IsCompleted.ShouldBeFalse();

        first.Dispose();
        var entered = await second;
        third.IsCompleted.ShouldBeFalse();
        entered.Dispose();
        (await third).Dispose();
        (await last).Dispose();
    }

    [Fact]
    public async Task Who_gives_up_waiting_lets_those_behind_go_and_takes_no_place()
    {
        var time = new ManualTime();
        var limits = new CopyLimits(new() { PerEsxHost = 1, PerDatastore = 1 }, time);
        var first = await limits.EnterAsync([Host], Cancel);
        using var impatience = new CancellationTokenSource();
        var second = limits.EnterAsync([Host, Store], impatience.Token);
        time.Advance(TimeSpan.FromMinutes(3));
        var third = limits.EnterAsync([Store], Cancel);
        third.IsCompleted.ShouldBeFalse("the store is kept for the second one");

        await impatience.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => second);
        (await third).Dispose();
        first.Dispose();
        (limits.TakenOf(Host), limits.TakenOf(Store)).ShouldBe((0, 0));
    }

    [Fact]
    public async Task Many_with_crossed_wants_all_get_through_and_no_limit_is_passed()
    {
        var options = new CopyLimitOptions { PerEsxHost = 2, PerDatastore = 3, PerDestination = 4 };
        var limits = new CopyLimits(options);
        var random = new Random(4);
        CopyResource[] all = [.. Enumerable.Range(0, 3).SelectMany(i => new[] { new CopyResource(CopyResourceKind.EsxHost, $"{i}"), new(CopyResourceKind.Datastore, $"{i}"), new(CopyResourceKind.Destination, $"{i}") })];
        var most = 0;
        await Task.WhenAll(Enumerable.Range(0, 200).Select(async _ =>
        {
            CopyResource[] wanted;
            lock (random)
            {
                wanted = [.. all.Where(_ => random.Next(2) == 0)];
            }

            using var place = await limits.EnterAsync(wanted, Cancel);
            lock (random)
            {
                most = Math.Max(most, all.Where(x => x.Kind == CopyResourceKind.EsxHost).Max(limits.TakenOf));
            }

            await Task.Delay(1, Cancel);
        }));
        most.ShouldBe(2);
        all.ShouldAllBe(x => limits.TakenOf(x) == 0);
    }

    [Fact]
    public async Task Disks_of_a_VM_are_worked_on_at_once_as_far_as_there_is_room_and_the_first_failure_stops_all()
    {
        var limits = new CopyLimits(new() { PerEsxHost = 3 });
        using var place = await limits.EnterAsync([Host], Cancel);
        var (crowd, done) = (new Crowd(3), 0);
        await DisksInParallel.ForEachAsync(Enumerable.Range(0, 12), limits, [Host], most: 8, async (_, ct) =>
        {
            await crowd.ComeAndGoAsync(ct);
            Interlocked.Increment(ref done);
        }, Cancel);
        (crowd.WasTooMany, done, limits.TakenOf(Host)).ShouldBe((false, 12, 1));

        var failed = await Should.ThrowAsync<InvalidOperationException>(() => DisksInParallel.ForEachAsync(Enumerable.Range(0, 3), limits, [Host], most: 3, async (i, ct) =>
        {
            await (i == 1 ? throw new InvalidOperationException("disk 1") : Task.Delay(Timeout.Infinite, ct));
        }, Cancel));
        failed.Message.ShouldBe("disk 1");
        limits.TakenOf(Host).ShouldBe(1);
    }
}
