using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Planner.VSphere;
using Migrate.Planner.VSphere.Calls;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Planner.Tests.VSphere.Calls;

/// <summary>A session's calls over connections that die, stall or are slow, and how many there are of them.</summary>
public sealed class TroubledCallsTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_sessions_of_a_server_keep_to_its_limit_together()
    {
        await using var server = await SimulatorServer.StartAsync(EstateGenerator.Generate(vms: 10, hosts: 2), cancellationToken: Cancel);
        var limits = new CallLimits { AtOnce = 3, PerSecond = 1000 };
        await using var one = await OpenAsync(server, limits);
        await using var other = await OpenAsync(server, limits);
        server.Faults.CallDelay = TimeSpan.FromMilliseconds(300);
        await Task.WhenAll(Enumerable.Range(0, 24).Select(n => (n % 2 == 0 ? one : other).ReadClockAsync(Cancel)));
        server.Faults.MostApiCallsAtOnce.ShouldBe(3);
    }

    [Theory, InlineData(0), InlineData(1), InlineData(400)]
    public async Task A_connection_that_dies_in_an_answer_is_a_failure_that_passes(long afterBytes)
    {
        await using var server = await SimulatorServer.StartAsync(EstateGenerator.Generate(vms: 4, hosts: 2), cancellationToken: Cancel);
        await using var session = await OpenAsync(server, new());
        server.Faults.CutAnswers(afterBytes);
        var lost = await Should.ThrowAsync<MigrateException>(() => session.ReadInventoryAsync(Cancel));
        (lost.Code, lost.IsTransient).ShouldBe(("source.unreachable", true));
        (await session.ReadInventoryAsync(Cancel)).Vms.Count.ShouldBe(4);
    }

    [Theory, InlineData(0), InlineData(200)]
    public async Task An_answer_that_never_ends_is_given_up(long afterBytes)
    {
        await using var server = await SimulatorServer.StartAsync(EstateGenerator.Generate(vms: 4, hosts: 2), cancellationToken: Cancel);
        await using var session = await OpenAsync(server, new() { Timeout = TimeSpan.FromSeconds(10) });
        await session.ReadInventoryAsync(Cancel);
        server.Faults.StallAnswers(afterBytes);
        var lost = await Should.ThrowAsync<MigrateException>(() => session.ReadClockAsync(Cancel));
        (lost.Code, lost.IsTransient).ShouldBe(("source.unreachable", true));
        lost.Message.ShouldContain("no whole answer within 10 s");
    }

    [Fact]
    public async Task A_stalled_call_can_be_cancelled()
    {
        await using var server = await SimulatorServer.StartAsync(EstateGenerator.Generate(vms: 4, hosts: 2), cancellationToken: Cancel);
        await using var session = await OpenAsync(server, new());
        server.Faults.StallAnswers(10);
        using var soon = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        soon.CancelAfter(TimeSpan.FromMilliseconds(200));
        await Should.ThrowAsync<OperationCanceledException>(() => session.ReadClockAsync(soon.Token));
    }

    private static Task<VSphereSession> OpenAsync(SimulatorServer server, CallLimits limits) => VSphereSession.OpenAsync(
        new(server.Url, server.UserName, server.Password, server.Thumbprint), TimeProvider.System, NullLoggerFactory.Instance, Cancel, limits);
}
