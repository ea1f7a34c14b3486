using System.Collections.Concurrent;
using System.Diagnostics;
using Migrate.Executor;

namespace Migrate.Api.Tests.Metrics;

public sealed class TraceTests(RunningServer server)
{
    /// <summary>By the run's row: the job that does it begins later, in whatever process.</summary>
    [Fact]
    public async Task A_step_belongs_to_the_trace_of_the_call_that_asked_for_it()
    {
        var ended = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = x => x.Name is ExecutorTelemetry.Name or "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        var run = await server.AddRunAsync("traced", (_, _, x) => x.DueAt = DateTime.UtcNow.AddDays(1));
        const string Trace = "0af7651916cd43dd8448eb211c80319c";
        using var client = server.Client();
        using var call = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/runs/{run.Id}/pause") { Headers = { { "traceparent", $"00-{Trace}-00f067aa0ba902b7-01" } } };
        (await client.SendAsync(call, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        while (!ended.Any(x => x.OperationName == "step Preparing" && x.TraceId.ToHexString() == Trace))
        {
            await Task.Delay(100, patience.Token);
        }

        var step = ended.First(x => x.OperationName == "step Preparing" && x.TraceId.ToHexString() == Trace);
        step.GetTagItem("migrate.vm").ShouldBe("traced");
        await using var db = await server.DatabaseAsync();
        (await db.Runs.FindAsync([run.Id], TestContext.Current.CancellationToken))!.TraceParent.ShouldBe(step.ParentId);
    }
}
