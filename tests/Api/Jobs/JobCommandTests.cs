using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Tests.Jobs;

/// <summary>On a server whose workers are at work: what was put off far ahead is the test's, what is asked for is really done.</summary>
public sealed class JobCommandTests(RunningServer server)
{
    private static readonly DateTime FarAhead = DateTime.UnixEpoch.AddYears(200);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_job_is_listed_cancelled_retried_and_shown_with_what_it_failed_of()
    {
        var name = "jobs-" + Guid.NewGuid().ToString("N")[..8];
        var run = await AddRunAsync(name, r => r.DueAt = FarAhead);

        (await ListAsync(name)).ShouldHaveSingleItem().GetProperty("state").GetString().ShouldBe("Scheduled");
        (await server.RunAsync("jobs", "cancel", name)).ExitCode.ShouldBe(0);
        await BecomesAsync(name, "Paused");
        (await server.RunAsync("jobs", "retry", name)).ExitCode.ShouldBe(0); // Its source is not there: the step itself fails.
        await BecomesAsync(name, "Failed");

        var listed = (await ListAsync(name)).Single();
        listed.GetProperty("step").GetString().ShouldBe("Preparing");
        listed.GetProperty("queue").GetString().ShouldBe("Inventory");
        listed.GetProperty("since").ValueKind.ShouldBe(JsonValueKind.String);
        listed.GetProperty("lastError").GetString().ShouldNotBeNullOrEmpty();
        listed.GetProperty("worker").ValueKind.ShouldBe(JsonValueKind.Null);
        var shown = await server.RunAsync("jobs", "show", run.ToString());
        shown.ExitCode.ShouldBe(0, shown.Error);
        shown.Out.ShouldContain("Preparing, Failed");
        shown.Out.ShouldContain("remedy: ");
        shown.Out.ShouldContain("Paused in Preparing.");
        await DeleteAsync(run);
    }

    [Fact]
    public async Task Who_is_at_work_since_when_and_when_what_was_put_off_comes_again_are_told()
    {
        var name = "jobs-" + Guid.NewGuid().ToString("N")[..8];
        var taken = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);
        var running = await AddRunAsync(name + "a", r =>
        {
            (r.Phase, r.LeaseOwner, r.LeaseTakenAt, r.LeaseExpiresAt) = (RunPhase.Seeding, "node7/1234/" + Guid.NewGuid().ToString("N"), taken, FarAhead);
            r.DueAt = taken;
        });
        var putOff = await AddRunAsync(name + "b", r => (r.Phase, r.DueAt, r.TransientFailures) = (RunPhase.Seeding, FarAhead, 2), "The source did not answer.");

        var list = await server.RunAsync("jobs", "list", "--queue", "Copy", "--page-size", "500");
        var lines = list.Out.Split('\n');
        var first = lines.Single(x => x.Contains(running.ToString(), StringComparison.Ordinal));
        first.ShouldContain("Running");
        first.ShouldContain("node7");
        first.ShouldContain("2026-01-02 03:04:05 UTC");
        var second = lines.Single(x => x.Contains(putOff.ToString(), StringComparison.Ordinal));
        second.ShouldContain("Scheduled");
        second.ShouldContain("2170-01-01");
        second.ShouldContain("1.2");
        second.ShouldContain("The source did not answer.");
        (await server.RunAsync("jobs", "list", "--queue", "Control", "--page-size", "500")).Out.ShouldNotContain(running.ToString());

        var refused = await server.RunAsync("jobs", "retry", running.ToString());
        refused.ExitCode.ShouldBe(1);
        refused.Error.ShouldContain("it cannot be tried again now");
        await DeleteAsync(running, putOff);
    }

    [Fact]
    public async Task What_to_do_about_a_failed_job_stands_beside_its_reason()
    {
        var name = "jobs-" + Guid.NewGuid().ToString("N")[..8];
        var failed = await AddRunAsync(name + "f", r => (r.Phase, r.ResumePhase, r.Error, r.Remedy) = (RunPhase.Failed, RunPhase.Seeding, "The datastore is full.", "Make room on it, then retry the run."), "The datastore is full.");
        var waits = await AddRunAsync(name + "w", r => (r.DueAt, r.Remedy) = (FarAhead, "Of an attempt before this one."));

        (await ListAsync(name + "f")).Single().GetProperty("remedy").GetString().ShouldBe("Make room on it, then retry the run.");
        (await ListAsync(name + "w")).Single().GetProperty("remedy").ValueKind.ShouldBe(JsonValueKind.Null, "it did not fail");
        var line = (await server.RunAsync("jobs", "list", "--vm", name + "f")).Out.Split('\n').Single(x => x.Contains(failed.ToString(), StringComparison.Ordinal));
        line.ShouldContain("The datastore is full.");
        line.ShouldContain("Make room on it, then retry the run.");
        using var browser = new Pages.Browser(server);
        var page = await browser.PageAsync($"/work?vm={name}");
        page.ShouldContain("The datastore is full.<span class=\"under\">Make room on it, then retry the run.</span>");
        page.ShouldNotContain("Of an attempt before this one.");
        await DeleteAsync(failed, waits);
    }

    [Fact]
    public async Task Each_queue_tells_what_it_has_to_do_and_who_does_it()
    {
        await using var alone = new RunningServer(); // All jobs of it are this test's.
        await alone.InitializeAsync();
        var name = "queues-" + Guid.NewGuid().ToString("N")[..8];
        await alone.AddRunAsync(name + "a", (_, _, r) => (r.Phase, r.LeaseOwner, r.LeaseTakenAt, r.LeaseExpiresAt) = (RunPhase.Seeding, "node7/1/x", DateTime.UtcNow, FarAhead));
        await alone.AddRunAsync(name + "b", (_, _, r) => (r.Phase, r.DueAt) = (RunPhase.Seeding, FarAhead));
        await alone.AddRunAsync(name + "c", (_, _, r) => (r.Phase, r.ResumePhase) = (RunPhase.Failed, RunPhase.Seeding));
        await alone.AddRunAsync(name + "d", (_, _, r) => (r.Phase, r.ResumePhase) = (RunPhase.Paused, RunPhase.Validating));
        await alone.AddRunAsync(name + "e", (_, _, r) => r.Phase = RunPhase.Completed);

        using var client = alone.Client();
        var queues = JsonDocument.Parse(await client.GetStringAsync("/api/v1/jobs/queues", Cancellation)).RootElement.GetProperty("queues").EnumerateArray().ToDictionary(x => x.GetProperty("queue").GetString()!);
        int Of(string queue, string what) => queues[queue].GetProperty(what).GetInt32();
        (Of("Copy", "running"), Of("Copy", "waiting"), Of("Copy", "scheduled"), Of("Copy", "paused"), Of("Copy", "failed")).ShouldBe((1, 0, 1, 0, 1));
        (Of("Control", "running"), Of("Control", "waiting"), Of("Control", "scheduled"), Of("Control", "paused"), Of("Control", "failed")).ShouldBe((0, 0, 0, 1, 0));
        Of("Copy", "workers").ShouldBe(1);
        Of("Copy", "atOnce").ShouldBeGreaterThan(0);
        var table = await alone.RunAsync("jobs", "queues");
        table.Out.Split('\n').Single(x => x.StartsWith("Copy", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[3..8].ShouldBe(["1", "0", "1", "0", "1"]);
    }

    [Fact]
    public async Task The_list_comes_in_pages_and_a_run_that_is_over_has_no_job()
    {
        var name = "jobs-" + Guid.NewGuid().ToString("N")[..8];
        List<Guid> runs = [];
        for (var i = 0; i < 5; i++)
        {
            runs.Add(await AddRunAsync($"{name}-{i}", r => r.DueAt = FarAhead.AddMinutes(i)));
        }

        var over = await AddRunAsync($"{name}-over", r => (r.Phase, r.DueAt) = (RunPhase.Completed, null));
        using var client = server.Client();
        var page = JsonDocument.Parse(await client.GetStringAsync($"/api/v1/jobs?vm={name}&page=2&pageSize=2", Cancellation)).RootElement;
        page.GetProperty("total").GetInt64().ShouldBe(5);
        page.GetProperty("items").EnumerateArray().Select(x => x.GetProperty("run").GetGuid()).ShouldBe(runs[2..4]);
        using var gone = await client.GetAsync($"/api/v1/jobs/{over}", Cancellation);
        gone.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await gone.Content.ReadAsStringAsync(Cancellation)).ShouldContain("job.not-found");
        await DeleteAsync([.. runs, over]);
    }

    private async Task<IReadOnlyList<JsonElement>> ListAsync(string vm)
    {
        using var client = server.Client();
        var page = JsonDocument.Parse(await client.GetStringAsync($"/api/v1/jobs?vm={vm}", Cancellation)).RootElement;
        return [.. page.GetProperty("items").EnumerateArray()];
    }

    private async Task BecomesAsync(string vm, string state)
    {
        var began = TimeProvider.System.GetTimestamp();
        string? now;
        while ((now = (await ListAsync(vm)).Single().GetProperty("state").GetString()) != state)
        {
            TimeProvider.System.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromMinutes(2), $"the job of {vm} is still {now}, not {state}");
            await Task.Delay(100, Cancellation);
        }
    }

    private async Task<Guid> AddRunAsync(string name, Action<Run> change, string? warning = null) => (await server.AddRunAsync(
        name,
        (_, _, run) => change(run),
        warning is null ? null : run => new RunEvent { RunId = run.Id, At = DateTime.UnixEpoch, Level = "warning", Message = warning })).Id;

    private async Task DeleteAsync(params Guid[] runs)
    {
        await using var db = await DatabaseAsync();
        await db.Runs.Where(r => runs.Contains(r.Id)).ExecuteDeleteAsync(Cancellation);
    }

    private Task<MigrateDb> DatabaseAsync() => server.Services.GetRequiredService<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancellation);
}
