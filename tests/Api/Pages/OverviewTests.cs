using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Tests.Pages;

public sealed class OverviewTests(RunningServer server)
{
    [Fact]
    public async Task The_overview_tells_the_numbers_of_the_API()
    {
        using var browser = new Browser(server);
        using var client = server.Client();
        var cancellation = TestContext.Current.CancellationToken;
        // Other tests add and remove sources meanwhile, and the worker's first sign of life takes a while: looked at until the page between two equal answers says the same.
        for (var end = DateTime.UtcNow.AddMinutes(5); ;)
        {
            var before = await VmsAsync();
            var html = await browser.PageAsync("/");
            if (before == await VmsAsync() && html.Contains($"<dt>Estate</dt><dd>{before:#,0} ", StringComparison.Ordinal) && html.Contains("Job engine on " + Environment.MachineName, StringComparison.Ordinal))
            {
                return;
            }

            DateTime.UtcNow.ShouldBeLessThan(end, html);
            await Task.Delay(TimeSpan.FromMilliseconds(200), cancellation);
        }

        async Task<int> VmsAsync() => JsonDocument.Parse(await client.GetStringAsync("/api/v1/sources?pageSize=500", cancellation)).RootElement
            .GetProperty("items").EnumerateArray().Sum(x => x.GetProperty("vmCount").GetInt32());
    }

    [Fact]
    public async Task What_the_pages_tell_the_API_and_commands_tell_and_what_became_of_a_VM()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var name = "told-" + Guid.NewGuid().ToString("N")[..8];
        var run = await server.AddRunAsync(
            name, (_, _, x) => (x.Phase, x.ResumePhase) = (RunPhase.RolledBack, RunPhase.Seeding),
            x => new RunEvent { RunId = x.Id, At = DateTime.UnixEpoch, Phase = RunPhase.Seeding, Level = "error", Message = "The disk went away." });
        // Lines of a run that is gone take no place of those that are there.
        await using var db = await server.DatabaseAsync();
        var gone = Guid.NewGuid();
        db.AddRange(Enumerable.Range(0, 10).Select(x => new RunEvent { RunId = gone, At = DateTime.UnixEpoch, Message = $"gone {x}" }));
        await db.SaveChangesAsync(cancellation);
        using var client = server.Client();
        using var overview = JsonDocument.Parse(await client.GetStringAsync("/api/v1/overview", cancellation));
        overview.RootElement.GetProperty("sources").EnumerateArray().Select(x => x.GetProperty("name").GetString()).ShouldContain(name);
        overview.RootElement.GetProperty("phases").EnumerateArray().Single(x => x.GetProperty("phase").GetString() == "RolledBack").GetProperty("count").GetInt32().ShouldBeGreaterThan(0);
        overview.RootElement.GetProperty("events").GetArrayLength().ShouldBeInRange(1, 10);
        await db.RunEvents.Where(x => x.RunId == gone).ExecuteDeleteAsync(cancellation);
        using var events = JsonDocument.Parse(await client.GetStringAsync($"/api/v1/events?filter={name}", cancellation));
        events.RootElement.GetProperty("total").GetInt32().ShouldBe(1);
        var line = events.RootElement.GetProperty("items").EnumerateArray().ShouldHaveSingleItem();
        line.GetProperty("vm").GetString().ShouldBe(name);
        line.GetProperty("line").GetProperty("message").GetString().ShouldBe("The disk went away.");
        var shown = await server.RunAsync("overview");
        shown.ExitCode.ShouldBe(0, shown.Error);
        shown.Out.ShouldMatch("VMs? with ");
        (await server.RunAsync("events", "--filter", name, "--level", "error")).Out.ShouldBe($"1970-01-01 00:00:00 UTC {name}: Seeding: error: The disk went away.{Environment.NewLine}");
        (await server.RunAsync("events", "--filter", name, "--level", "warning")).Out.ShouldBe("");
        (await server.RunAsync("inventory", "plans", "vm-1", "--source", name)).Out.ShouldContain(name, customMessage: "it is in a plan though no inventory has it");
        (await server.RunAsync("inventory", "runs", "vm-1", "--source", name)).Out.ShouldContain(run.Id.ToString());
        using var unknown = await client.GetAsync($"/api/v1/sources/{name}/vms/vm-2/runs", cancellation);
        unknown.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        using var wrong = await client.GetAsync("/api/v1/events?level=loud", cancellation);
        wrong.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
    }
}
