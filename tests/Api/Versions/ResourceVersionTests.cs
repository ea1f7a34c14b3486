using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Tests.Versions;

public sealed class ResourceVersionTests(RunningServer server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_change_by_what_was_seen_is_done_once()
    {
        var path = await UserAsync();
        using var client = server.Client();
        var seen = await TagAsync(client, path);

        (await PatchAsync(client, path, seen)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await PatchAsync(client, path, seen)).StatusCode.ShouldBe(HttpStatusCode.PreconditionFailed);
        (await TagAsync(client, path)).ShouldNotBe(seen);
        (await PatchAsync(client, path, await TagAsync(client, path))).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await PatchAsync(client, path, null)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Of_many_at_once_that_saw_the_same_one_changes_it()
    {
        var path = await UserAsync();
        using var client = server.Client();
        var seen = await TagAsync(client, path);
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => PatchAsync(client, path, seen)));
        answers.Count(x => x.StatusCode == HttpStatusCode.OK).ShouldBe(1);
        answers.Count(x => x.StatusCode == HttpStatusCode.PreconditionFailed).ShouldBe(19);
    }

    [Fact]
    public async Task A_runs_tag_changes_with_its_phase_and_not_with_its_progress()
    {
        var run = await server.AddRunAsync("tag-" + Guid.NewGuid().ToString("N")[..8], (_, _, x) => (x.Phase, x.ResumePhase) = (RunPhase.Paused, RunPhase.Seeding));
        using var client = server.Client();
        var path = $"/api/v1/runs/{run.Id}";
        var seen = await TagAsync(client, path);
        await using var db = await server.DatabaseAsync();
        await db.Runs.Where(x => x.Id == run.Id).ExecuteUpdateAsync(set => set.SetProperty(x => x.DueAt, DateTime.UtcNow), Cancellation);
        (await TagAsync(client, path)).ShouldBe(seen);
        await db.Runs.Where(x => x.Id == run.Id).ExecuteUpdateAsync(set => set.SetProperty(x => x.Phase, RunPhase.Failed), Cancellation);
        (await TagAsync(client, path)).ShouldNotBe(seen);

        using var request = new HttpRequestMessage(HttpMethod.Post, path + "/rollback") { Content = JsonContent.Create(new { reason = "of what I saw" }) };
        request.Headers.IfMatch.Add(EntityTagHeaderValue.Parse(seen));
        (await client.SendAsync(request, Cancellation)).StatusCode.ShouldBe(HttpStatusCode.PreconditionFailed);
        (await db.Runs.AsNoTracking().SingleAsync(x => x.Id == run.Id, Cancellation)).Request.ShouldBeNull();
    }

    [Fact]
    public async Task A_plans_tag_changes_with_its_VMs_and_taking_out_by_an_older_one_is_refused()
    {
        var run = await server.AddRunAsync("tagged-" + Guid.NewGuid().ToString("N")[..8], (_, _, _) => { });
        await using var db = await server.DatabaseAsync();
        var plan = await db.Plans.SingleAsync(x => x.Id == run.PlanId, Cancellation);
        using var client = server.Client();
        var path = $"/api/v1/plans/{plan.Name}";
        var seen = await TagAsync(client, path);
        plan.VmsChangedAt = DateTime.UtcNow;
        await db.SaveChangesAsync(Cancellation);
        (await TagAsync(client, path)).ShouldNotBe(seen);

        using var request = new HttpRequestMessage(HttpMethod.Delete, $"{path}/vms/{run.VmKey}");
        request.Headers.IfMatch.Add(EntityTagHeaderValue.Parse(seen));
        (await client.SendAsync(request, Cancellation)).StatusCode.ShouldBe(HttpStatusCode.PreconditionFailed);
        (await db.PlanVms.AnyAsync(x => x.PlanId == plan.Id, Cancellation)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused()
    {
        using var client = server.Client();
        client.DefaultRequestHeaders.ExpectContinue = true;
        using var response = await client.PostAsync("/api/v1/plans", new ByteArrayContent(new byte[17 << 20]) { Headers = { ContentType = new("application/json") } }, Cancellation);
        response.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
    }

    private async Task<string> UserAsync()
    {
        using var client = server.Client();
        using var made = await client.PostAsJsonAsync("/api/v1/users", new { name = $"u{Guid.NewGuid():N}", role = "Viewer" }, Cancellation);
        return made.Headers.Location!.ToString();
    }

    private static async Task<string> TagAsync(HttpClient client, string path)
    {
        using var response = await client.GetAsync(path, Cancellation);
        return response.Headers.ETag!.ToString();
    }

    private static async Task<HttpResponseMessage> PatchAsync(HttpClient client, string path, string? tag)
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, path) { Content = JsonContent.Create(new { role = "Operator" }) };
        if (tag is not null)
        {
            request.Headers.IfMatch.Add(EntityTagHeaderValue.Parse(tag));
        }

        return await client.SendAsync(request, Cancellation);
    }
}
