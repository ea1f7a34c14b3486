using System.Collections.Concurrent;
using Migrate.Executor.Domains;
using Migrate.Executor.Runs;
using Migrate.Executor.Tests.Domains;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Tests.Runs;

/// <summary>Domains with CPUs of their own that are cut over at once, on a host that is the list of its definitions.</summary>
public sealed class PinnedStartTests
{
    private readonly ConcurrentBag<string> _definitions = [];
    private readonly PinnedStart _pinned = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_at_once_get_CPUs_of_their_own()
    {
        var host = Guid.NewGuid();
        // Both were designed before either was defined: they are after the same CPUs.
        DomainXml[] first = [await DesignAsync(1), await DesignAsync(2)];
        CpusOf(first[0]).ShouldBe(CpusOf(first[1]));

        await Task.WhenAll(StartAsync(host, 1, first[0]), StartAsync(host, 2, first[1]));

        var claims = CpuClaims.Of(_definitions, Guid.Empty);
        claims.Count.ShouldBe(2);
        claims[0].Cpus.Intersect(claims[1].Cpus).ShouldBeEmpty();
        claims.ShouldAllBe(x => x.Cpus.Count == CpusOf(first[0]).Count);
    }

    [Fact]
    public async Task Another_host_and_a_domain_that_floats_wait_for_nobody()
    {
        var (inside, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        var pinning = await DesignAsync(1);
        var slow = _pinned.RunAsync(Guid.Empty, pinning, () => Task.FromResult(pinning), async _ =>
        {
            inside.SetResult();
            await go.Task;
        }, Cancel);
        await inside.Task;

        await StartAsync(Guid.NewGuid(), 2, pinning);
        var floating = DomainDesign.For(SampleVms.Request(SampleVms.Web));
        PinnedStart.Pins(floating).ShouldBeFalse();
        await _pinned.RunAsync(Guid.Empty, floating, () => throw new ShouldAssertException("it is designed already"), _ => Task.CompletedTask, Cancel);
        var next = StartAsync(Guid.Empty, 3, pinning);
        next.IsCompleted.ShouldBeFalse("its turn is not there yet");
        go.SetResult();
        await Task.WhenAll(slow, next);
    }

    [Fact]
    public async Task A_start_that_fails_gives_its_turn_back()
    {
        var pinning = await DesignAsync(1);
        await Should.ThrowAsync<InvalidOperationException>(() => _pinned.RunAsync(Guid.Empty, pinning, () => Task.FromResult(pinning), _ => throw new InvalidOperationException(), Cancel));
        await StartAsync(Guid.Empty, 2, pinning);
        _definitions.Count.ShouldBe(1);
    }

    private Task StartAsync(Guid host, int number, DomainXml design) => _pinned.RunAsync(
        host, design, () => DesignAsync(number), async counts =>
        {
            await Task.Yield(); // Between the look at the others and one's own definition.
            await Task.Delay(50, Cancel);
            _definitions.Add(counts.Xml);
        }, Cancel);

    private Task<DomainXml> DesignAsync(int number)
    {
        var runId = new Guid(number, 1, 2, new byte[8]);
        return Task.FromResult(DomainDesign.For(SampleVms.Request(SampleVms.Database with { Key = $"vm-{number}", Name = $"db{number}" }) with
        {
            RunId = runId,
            Policy = new PlanPolicy { Networks = SampleVms.Request(SampleVms.Database).Policy.Networks, Domain = new DomainPolicy { Pinning = Choice.Always } },
            Claims = CpuClaims.Of(_definitions, runId),
        }));
    }

    private static IReadOnlyList<int> CpusOf(DomainXml design) => CpuClaims.Of([design.Xml], Guid.Empty).ShouldHaveSingleItem().Cpus;
}
