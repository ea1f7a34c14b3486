using System.Net;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Tests.Pages;

public sealed class LoginPageTests(RunningServer server)
{
    private const string Password = "a-viewer-looks-and-changes-nothing";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whoever_logs_in_by_the_page_comes_to_where_it_was_asked_for_and_out_again()
    {
        using var browser = new Browser(server, known: false);
        using var asked = await browser.GetAsync("/plans?page=2");
        asked.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        var login = new Uri(server.Url, asked.Headers.Location!).PathAndQuery;
        var page = await browser.PageAsync(login);
        page.ShouldContain("value=\"/plans?page=2\"");
        page.ShouldNotContain("aria-label=\"Main\"", customMessage: "there is nothing to go to yet");

        using var wrong = await browser.SendAsync(login, "name=\"secret\"", ("name", ""), ("secret", "not the token"));
        (await browser.PageAsync(new Uri(server.Url, wrong.Headers.Location!).PathAndQuery)).ShouldContain("Name or password is not right");
        using var known = await browser.SendAsync(login, "name=\"secret\"", ("name", ""), ("secret", server.Token));
        known.Headers.Location!.OriginalString.ShouldBe("/plans?page=2");
        var plans = await browser.PageAsync("/plans");
        plans.ShouldContain(", role Admin</span>");
        using var left = await browser.SendAsync("/plans", "action=\"/logout\"");
        left.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        using var again = await browser.GetAsync("/plans");
        again.StatusCode.ShouldBe(HttpStatusCode.Redirect, "the session is over");
    }

    [Fact]
    public async Task The_login_leads_to_no_other_server()
    {
        using var browser = new Browser(server, known: false);
        (await browser.PageAsync("/login?returnTo=//evil.example")).ShouldContain("name=\"returnTo\" value=\"/\"");
    }

    [Fact]
    public async Task An_operator_does_not_take_VMs_down_by_starting_a_wave_that_asks_nobody_again()
    {
        var file = Path.Combine(server.Directory, "operator.password");
        await File.WriteAllTextAsync(file, Password + "\n", Cancellation);
        (await server.RunAsync("user", "add", "page-operator", "--role", "Operator", "--password-file", file)).ExitCode.ShouldBe(0);
        var run = await server.AddRunAsync("page-word-" + Guid.NewGuid().ToString("N")[..6], (_, _, x) => x.Phase = RunPhase.RolledBack);
        using var browser = new Browser(server, known: false);
        using var known = await browser.SendAsync("/login", "name=\"secret\"", ("name", "page-operator"), ("secret", Password));
        using var refused = await browser.SendAsync($"/plans/{run.VmName}", "value=\"start1\"");
        (await refused.Content.ReadAsStringAsync(Cancellation)).ShouldContain("wave.role-missing");
        await using var db = await server.DatabaseAsync();
        (await db.Runs.CountAsync(x => x.PlanId == run.PlanId, Cancellation)).ShouldBe(1, "nothing was started");
    }

    [Fact]
    public async Task A_viewer_sees_no_form_that_it_may_not_send_and_is_refused_when_it_sends_one_all_the_same()
    {
        var file = Path.Combine(server.Directory, "viewer.password");
        await File.WriteAllTextAsync(file, Password + "\n", Cancellation);
        var added = await server.RunAsync("user", "add", "page-viewer", "--role", "Viewer", "--password-file", file);
        added.ExitCode.ShouldBe(0, added.Error);
        var run = await server.AddRunAsync("page-viewed-" + Guid.NewGuid().ToString("N")[..6], (_, _, x) => x.DueAt = DateTime.UtcNow.AddDays(1));
        using var browser = new Browser(server, known: false);
        using var known = await browser.SendAsync("/login", "name=\"secret\"", ("name", "page-viewer"), ("secret", Password));
        known.Headers.Location!.OriginalString.ShouldBe("/");

        var page = await browser.PageAsync($"/runs/{run.Id}");
        page.ShouldContain("page-viewer<span class=\"soft\">, role Viewer</span>");
        page.ShouldNotContain("value=\"pause\"");
        page.ShouldNotContain("value=\"rollback\"");
        page.ShouldNotContain("href=\"/audit\"");
        (await browser.PageAsync("/sources")).ShouldNotContain("class=\"button primary\" href=\"/sources/add\"><svg");
        using var closed = await browser.GetAsync("/audit");
        closed.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await closed.Content.ReadAsStringAsync(Cancellation)).ShouldContain("<h1>Not allowed</h1>");

        using var refused = await browser.SendAsync("/hosts/add", "value=\"add\"", ("name", "viewers"), ("uri", "test:///default"), ("domainType", "qemu"), ("targets", ""));
        (await refused.Content.ReadAsStringAsync(Cancellation)).ShouldContain("This takes the role Admin; page-viewer has the role Viewer.");
        using var administrator = new Browser(server);
        (await administrator.PageAsync("/audit?who=page-viewer")).ShouldContain("add on /hosts/add");
    }
}
