using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Executor.Validation;
using Migrate.Planner;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Planner.VSphere.ChangeTracking;

namespace Migrate.Api.Tests.Pages;

public sealed class RunPageTests(RunningServer server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_failed_run_says_what_failed_and_what_to_do_and_its_steps_where()
    {
        var run = await server.AddRunAsync("page-failed-" + Guid.NewGuid().ToString("N")[..6], (_, _, x) =>
            (x.Phase, x.ResumePhase, x.ErrorCode, x.Error, x.Remedy) = (RunPhase.Failed, RunPhase.Seeding, "source.unreachable", "The <b>source</b> does not answer.", "Look at its network."));
        using var browser = new Browser(server);
        var html = await browser.PageAsync($"/runs/{run.Id}");
        html.ShouldContain("Action required: it failed");
        html.ShouldContain("The &lt;b&gt;source&lt;/b&gt; does not answer.", customMessage: "what a source says is text");
        html.ShouldContain("Look at its network.");
        html.ShouldContain("<li class=\"stopped\" aria-current=\"step\">");
        html.ShouldContain($"data-events=\"/api/v1/runs/{run.Id}/events\"");
        (await browser.PageAsync("/work?state=Failed")).ShouldContain($"/runs/{run.Id}");
        (await browser.PageAsync($"/runs?vm={run.VmName}&phase=Failed")).ShouldContain("1 &#x2013; 1 of 1 run");
        (await browser.PageAsync($"/runs?vm={run.VmName}&phase=Completed")).ShouldContain("No run");
    }

    [Fact]
    public async Task A_cutover_is_held_by_its_gates_and_needs_the_name_typed()
    {
        var run = await server.AddRunAsync("page-gates-" + Guid.NewGuid().ToString("N")[..6], (plan, vm, x) =>
        {
            plan.Policy = JsonSerializer.Serialize(new PlanPolicy { RequireApproval = true }, PlannerJson.Default.PlanPolicy);
            vm.Mode = MigrationMode.Warm;
            (x.Phase, x.ResumePhase, x.TrackingPhase) = (RunPhase.Paused, RunPhase.Syncing, TrackingPhase.Ready);
        });
        using var browser = new Browser(server);
        var path = $"/runs/{run.Id}";
        var early = await browser.PageAsync(path);
        await using (var changing = await server.DatabaseAsync())
        {
            await changing.Runs.Where(x => x.Id == run.Id).ExecuteUpdateAsync(set => set.SetProperty(x => x.ResumePhase, RunPhase.Ready), Cancellation);
        }

        using var overtaken = await browser.SendFormAsync(early, path, "value=\"rollback\"", ("confirm", run.VmName), ("reason", "typed with care"));
        overtaken.StatusCode.ShouldBe(HttpStatusCode.PreconditionFailed);
        var overtakenBy = await overtaken.Content.ReadAsStringAsync(Cancellation);
        overtakenBy.ShouldContain("It was changed by the server itself");
        overtakenBy.ShouldContain("value=\"typed with care\"");
        using var mistyped = await browser.SendAsync(path, "value=\"cutover\"", ("confirm", "another"));
        mistyped.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await mistyped.Content.ReadAsStringAsync(Cancellation)).ShouldContain("request.unconfirmed");
        using var held = await browser.SendAsync(path, "value=\"cutover\"", ("confirm", run.VmName), ("reason", "the change board of Monday"));
        held.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await held.Content.ReadAsStringAsync(Cancellation)).ShouldContain("run.gates-closed");

        var checklist = await browser.PageAsync($"/plans/{run.VmName}/waves/1");
        checklist.ShouldContain("No go");
        checklist.ShouldContain("approval: ");
        using var brief = await browser.SendAsync(path, "value=\"approve\"", ("reason", "no"));
        (await brief.Content.ReadAsStringAsync(Cancellation)).ShouldContain("8 characters");
        using var approved = await browser.SendAsync(path, "value=\"approve\"", ("reason", "rehearsed on Tuesday"));
        approved.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await browser.PageAsync(path + "?done=approved")).ShouldContain("rehearsed on Tuesday");
        using var withdrawn = await browser.SendAsync(path, "value=\"withdraw\"", ("reason", "needed until Friday"));
        withdrawn.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        var without = await browser.PageAsync(path + "?done=withdrawn");
        without.ShouldContain("needed until Friday");
        without.ShouldNotContain("value=\"withdraw\"");

        using var unconfirmed = await browser.SendAsync(path, "value=\"rollback\"", ("confirm", ""));
        unconfirmed.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        await using var db = await server.DatabaseAsync();
        (await db.Runs.SingleAsync(x => x.Id == run.Id, Cancellation)).Request.ShouldBeNull("nothing was asked of it");
    }

    [Fact]
    public async Task A_cold_run_that_waits_for_its_window_says_so_and_is_let_through_by_force()
    {
        var run = await server.AddRunAsync("page-cold-" + Guid.NewGuid().ToString("N")[..6], (plan, vm, x) =>
        {
            plan.Policy = JsonSerializer.Serialize(new PlanPolicy { CutOverWindows = [new(DateTime.UtcNow.AddDays(1), DateTime.UtcNow.AddDays(2))] }, PlannerJson.Default.PlanPolicy);
            vm.Mode = MigrationMode.Cold;
            (x.Phase, x.DueAt) = (RunPhase.Ready, DateTime.UtcNow.AddDays(1));
        });
        using var browser = new Browser(server);
        var path = $"/runs/{run.Id}";
        var page = await browser.PageAsync(path);
        page.ShouldContain("It waits before its cutover: window");
        page.ShouldContain("Go on outside of its windows and before what it comes after.");
        page.ShouldNotContain("Not before (UTC)");

        using var held = await browser.SendAsync(path, "value=\"cutover\"", ("confirm", run.VmName), ("reason", "the change board of Monday"));
        (await held.Content.ReadAsStringAsync(Cancellation)).ShouldContain("run.gates-closed");
        using var forced = await browser.SendAsync(path, "value=\"cutover\"", ("confirm", run.VmName), ("reason", "the change board of Monday"), ("force", "yes"));
        forced.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        await using var db = await server.DatabaseAsync();
        var after = await db.Runs.SingleAsync(x => x.Id == run.Id, Cancellation);
        // The server's worker may have it already, and then it is due otherwise, or failed: there is no host.
        (after.CutOverForced, after.DueAt > DateTime.UtcNow.AddHours(12)).ShouldBe((true, false), "it does not wait for the next day any more");
    }

    [Fact]
    public async Task Those_of_a_wave_that_wait_for_it_are_approved_together()
    {
        var run = await server.AddRunAsync("page-list-" + Guid.NewGuid().ToString("N")[..6], (plan, vm, x) =>
        {
            plan.Policy = JsonSerializer.Serialize(new PlanPolicy { RequireApproval = true }, PlannerJson.Default.PlanPolicy);
            vm.Mode = MigrationMode.Warm;
            (x.Phase, x.ResumePhase, x.TrackingPhase, x.CutOverAt) = (RunPhase.Paused, RunPhase.Ready, TrackingPhase.Ready, DateTime.UtcNow.AddDays(5));
        });
        using var browser = new Browser(server);
        var path = $"/plans/{run.VmName}/waves/1";
        var page = await browser.PageAsync(path);
        page.ShouldContain($"aria-label=\"Approve {run.VmName}\"");
        page.ShouldContain("in 4 days");

        using var none = await browser.SendAsync(path, "value=\"approve\"", ("reason", "rehearsed on Tuesday"));
        none.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await none.Content.ReadAsStringAsync(Cancellation)).ShouldContain("No VM was chosen.");
        using var strange = await browser.SendAsync(path, "value=\"approve\"", ("reason", "rehearsed on Tuesday"), ("run", Guid.NewGuid().ToString()));
        (await strange.Content.ReadAsStringAsync(Cancellation)).ShouldContain("checklist.changed");
        (await none.Content.ReadAsStringAsync(Cancellation)).ShouldNotContain("checked", customMessage: "nobody chose it");
        using var brief = await browser.SendAsync(path, "value=\"approve\"", ("reason", "no"), ("run", run.Id.ToString()));
        var mending = await brief.Content.ReadAsStringAsync(Cancellation);
        mending.ShouldContain("0 of 1 approvals are recorded");
        mending.ShouldContain("8 characters");
        mending.ShouldContain("checked", customMessage: "it stays chosen");
        using var approved = await browser.SendAsync(path, "value=\"approve\"", ("reason", "rehearsed on Tuesday"), ("run", run.Id.ToString()));
        approved.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        var after = await browser.PageAsync(path);
        after.ShouldNotContain("approval: ");
        (await browser.PageAsync($"/runs/{run.Id}")).ShouldContain("rehearsed on Tuesday");
        after.ShouldNotContain($"aria-label=\"Approve {run.VmName}\"");
    }

    [Fact]
    public async Task A_run_that_was_judged_shows_its_verdict_by_aspect_and_all_of_its_log_by_page()
    {
        var run = await server.AddRunAsync(
            "page-judged-" + Guid.NewGuid().ToString("N")[..6],
            (_, _, x) =>
            {
                (x.Phase, x.Outcome, x.FinishedAt, x.CreatedAt) = (RunPhase.Completed, "Fail", DateTime.UtcNow, DateTime.UtcNow.AddYears(10));
                x.Verdict = JsonSerializer.Serialize(
                    new Verdict
                    {
                        VmName = x.VmName,
                        JudgedAt = DateTime.UtcNow,
                        Outcome = Outcome.Fail,
                        Aspects = [new AspectVerdict(Aspect.Data, Outcome.Pass, "Every disk is what was sent.", []), new AspectVerdict(Aspect.Identity, Outcome.Fail, "The guest has another address.", ["10.0.0.7 is <gone>"])],
                    },
                    ValidationJson.Default.Verdict);
            });
        await using (var db = await server.DatabaseAsync())
        {
            db.AddRange(Enumerable.Range(0, 60).Select(i => new RunEvent { RunId = run.Id, At = DateTime.UnixEpoch.AddSeconds(i), Phase = RunPhase.Seeding, Level = i == 3 ? "warning" : "info", Message = $"line {i} of many" }));
            await db.SaveChangesAsync(Cancellation);
        }

        using var browser = new Browser(server);
        var page = await browser.PageAsync($"/runs/{run.Id}");
        page.ShouldContain("The guest has another address.");
        page.ShouldContain("10.0.0.7 is &lt;gone&gt;");
        page.ShouldContain("line 59 of many");
        page.ShouldNotContain("line 9 of many");
        page.ShouldContain($"/runs/{run.Id}?page=2#log");
        (await browser.PageAsync($"/runs/{run.Id}?page=2")).ShouldContain("line 9 of many");
        (await browser.PageAsync($"/runs/{run.Id}?level=warning")).ShouldContain("1 &#x2013; 1 of 1 line");

        var told = await server.RunAsync("run", "verdict", run.Id.ToString());
        told.ExitCode.ShouldBe(1, "it is Fail");
        told.Out.ShouldContain("Identity: Fail. The guest has another address.");
        var listed = await server.RunAsync("run", "list", "--over", "true", "--vm", run.VmName);
        listed.Out.ShouldContain(run.Id.ToString());
        (await server.RunAsync("run", "list", "--over", "false", "--vm", run.VmName)).Out.ShouldNotContain(run.Id.ToString());
        (await browser.PageAsync("/work")).ShouldContain($"/runs/{run.Id}", customMessage: "the newest of those that are over");
    }

    [Fact]
    public async Task A_form_of_another_site_does_nothing()
    {
        var run = await server.AddRunAsync("page-forged-" + Guid.NewGuid().ToString("N")[..6], (_, _, x) => x.DueAt = DateTime.UtcNow.AddDays(1));
        using var browser = new Browser(server);
        using var forged = await browser.PostAsync($"/runs/{run.Id}", ("_handler", "pause"));
        forged.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        await using var db = await server.DatabaseAsync();
        (await db.Runs.SingleAsync(x => x.Id == run.Id, Cancellation)).Request.ShouldBeNull();
        using var unknown = await browser.GetAsync($"/runs/{Guid.NewGuid()}");
        unknown.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Limits_are_set_and_removed_and_a_wrong_one_is_told()
    {
        using var browser = new Browser(server);
        using var wrong = await browser.SendAsync("/limits", "value=\"set\"", ("limits", "datastore:page-ds=fast"));
        wrong.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await wrong.Content.ReadAsStringAsync(Cancellation)).ShouldContain("datastore:page-ds=fast");
        using var set = await browser.SendAsync("/limits", "value=\"set\"", ("limits", "datastore:page-ds=50MiB"));
        set.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await browser.PageAsync("/limits")).ShouldContain("<code>datastore:page-ds</code>");
        using var removed = await browser.SendAsync("/limits", "value=\"remove-datastore:page-ds\"");
        removed.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await browser.PageAsync("/limits")).ShouldNotContain("datastore:page-ds");
    }

    [Theory]
    [InlineData("/work", "Scheduled", "Workers")]
    [InlineData("/target", "Namespaces", "Subsystem")]
    [InlineData("/sources", "KVM hosts", "Add source")]
    public async Task Pages_of_the_installation_are_there(string path, string one, string other)
    {
        using var browser = new Browser(server);
        var html = await browser.PageAsync(path);
        html.ShouldContain(one);
        html.ShouldContain(other);
        html.ShouldContain("aria-current=\"page\"");
    }
}
