using System.Net.ServerSentEvents;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Tests.Runs;

public sealed class EventStreamTests(RunningServer server)
{
    [Fact]
    public async Task A_client_that_comes_back_misses_nothing_and_sees_nothing_twice()
    {
        var (run, ids) = await FinishedRunAsync(lines: 450);
        var all = await ReadAsync(run, null);
        all.Where(e => e.EventType == "log").Select(e => long.Parse(e.EventId!, System.Globalization.CultureInfo.InvariantCulture)).ShouldBe(ids);
        all.Count(e => e.EventType == "progress").ShouldBe(1);
        all[^1].EventType.ShouldBe("end");

        var rest = await ReadAsync(run, ids[440].ToString(System.Globalization.CultureInfo.InvariantCulture));
        rest.Where(e => e.EventType == "log").Select(e => long.Parse(e.EventId!, System.Globalization.CultureInfo.InvariantCulture)).ShouldBe(ids[441..]);
    }

    [Fact]
    public async Task A_run_that_goes_on_streams_new_lines_as_they_come()
    {
        var run = await RunAsync(RunPhase.Seeding);
        var reading = ReadAsync(run, null);
        await AddLineAsync(run, "written while somebody watches");
        await FinishAsync(run);
        var events = await reading.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        events.Single(e => e.EventType == "log").Data.ShouldContain("written while somebody watches");
        JsonDocument.Parse(events.Last(e => e.EventType == "progress").Data).RootElement.GetProperty("run").GetProperty("phase").GetString().ShouldBe("Completed");
    }

    [Fact]
    public async Task A_run_that_is_over_but_to_be_rolled_back_streams_until_it_is()
    {
        var run = await RunAsync(RunPhase.Completed);
        await SetAsync(run, RunPhase.Completed, RunRequest.RollBack);
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var reading = ReadAsync(run, null, seen);
        await seen.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        await AddLineAsync(run, "rolled back while somebody watches");
        await SetAsync(run, RunPhase.RolledBack, null);
        var events = await reading.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        JsonDocument.Parse(events.Last(e => e.EventType == "progress").Data).RootElement.GetProperty("run").GetProperty("phase").GetString().ShouldBe("RolledBack");
        events.Single(e => e.EventType == "log").Data.ShouldContain("rolled back while somebody watches");
        events[^1].EventType.ShouldBe("end");

        async Task SetAsync(Guid id, RunPhase phase, RunRequest? request)
        {
            await using var db = await DatabaseAsync();
            await db.Runs.Where(r => r.Id == id).ExecuteUpdateAsync(set => set.SetProperty(r => r.Phase, phase).SetProperty(r => r.Request, request), TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task The_log_comes_in_pages()
    {
        var (run, ids) = await FinishedRunAsync(lines: 30);
        using var client = server.Client();
        var page = JsonDocument.Parse(await client.GetStringAsync($"/api/v1/runs/{run}/log?page=3&pageSize=12", TestContext.Current.CancellationToken)).RootElement;
        page.GetProperty("total").GetInt64().ShouldBe(30);
        page.GetProperty("items").EnumerateArray().Select(e => e.GetProperty("id").GetInt64()).ShouldBe(ids[24..]);
    }

    private async Task<List<SseItem<string>>> ReadAsync(Guid run, string? lastEventId, TaskCompletionSource? seen = null)
    {
        using var client = server.Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/runs/{run}/events");
        if (lastEventId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastEventId);
        }

        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        await using var stream = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        List<SseItem<string>> events = [];
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(TestContext.Current.CancellationToken))
        {
            events.Add(item);
            seen?.TrySetResult();
        }

        return events;
    }

    private async Task<(Guid Run, List<long> Ids)> FinishedRunAsync(int lines)
    {
        var run = await RunAsync(RunPhase.Completed);
        await using var db = await DatabaseAsync();
        db.RunEvents.AddRange(Enumerable.Range(0, lines).Select(i => new RunEvent { RunId = run, At = DateTime.UnixEpoch, Message = $"line {i}" }));
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        return (run, await db.RunEvents.Where(e => e.RunId == run).OrderBy(e => e.Id).Select(e => e.Id).ToListAsync(TestContext.Current.CancellationToken));
    }

    private async Task<Guid> RunAsync(RunPhase phase)
    {
        await using var db = await DatabaseAsync();
        // Due far away and without a lease, so that the server's own workers leave it alone.
        var run = new Run { Id = Guid.NewGuid(), PlanId = Guid.NewGuid(), PlanVmId = Guid.NewGuid(), VmKey = "vm-1", VmName = "watched", Wave = 1, Phase = phase, DueAt = DateTime.UnixEpoch.AddYears(200) };
        db.Runs.Add(run);
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        return run.Id;
    }

    private async Task AddLineAsync(Guid run, string message)
    {
        await using var db = await DatabaseAsync();
        db.RunEvents.Add(new RunEvent { RunId = run, At = DateTime.UnixEpoch, Message = message });
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
    }

    private async Task FinishAsync(Guid run)
    {
        await using var db = await DatabaseAsync();
        await db.Runs.Where(r => r.Id == run).ExecuteUpdateAsync(set => set.SetProperty(r => r.Phase, RunPhase.Completed), TestContext.Current.CancellationToken);
    }

    private Task<MigrateDb> DatabaseAsync() =>
        server.Services.GetRequiredService<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(TestContext.Current.CancellationToken);
}
