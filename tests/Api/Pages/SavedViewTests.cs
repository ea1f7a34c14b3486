using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Api.Security.Keys;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Tests.Pages;

public sealed class SavedViewTests(RunningServer server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_view_is_saved_opened_replaced_and_removed_by_the_page()
    {
        using var browser = new Browser(server);
        using var saved = await browser.SendAsync("/runs?phase=Failed&vm=view-a%26b&page=3", "value=\"save-view\"", ("view", "Failed ones"));
        saved.StatusCode.ShouldBe(HttpStatusCode.Redirect, await saved.Content.ReadAsStringAsync(Cancellation));
        saved.Headers.Location!.ToString().ShouldEndWith("/runs?phase=Failed&vm=view-a%26b", customMessage: "a page is no part of a view");
        var page = await browser.PageAsync("/runs");
        page.ShouldContain("href=\"/runs?phase=Failed&amp;vm=view-a%26b\"");
        using var replaced = await browser.SendAsync("/runs?phase=Paused", "value=\"save-view\"", ("view", "Failed ones"));
        (await browser.PageAsync("/runs")).ShouldNotContain("view-a%26b");
        var id = (await ViewsAsync(server.Client())).Single(x => x.GetProperty("name").GetString() == "Failed ones").GetProperty("id").GetGuid();
        using var removed = await browser.SendAsync("/runs", $"value=\"remove-view-{id:N}\"");
        removed.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await browser.PageAsync("/runs")).ShouldNotContain("Failed ones");
    }

    [Fact]
    public async Task Ones_own_are_seen_by_nobody_else_and_shared_ones_by_all_who_remove_only_their_own()
    {
        var keys = server.Services.GetRequiredService<ApiKeys>();
        async Task<HttpClient> AsAsync(string name, Role role) => server.Client((await keys.CreateAsync(name, role, TimeSpan.FromDays(1), [], [], "test", Cancellation)).Secret);
        using var ana = await AsAsync("views-ana", Role.Operator);
        using var ben = await AsAsync("views-ben", Role.Viewer);
        var own = await SavedAsync(ana, new { list = "inventory", name = "mine", query = "sort=-capacity" });
        var shared = await SavedAsync(ana, new { list = "inventory", name = "ours", query = "filter=web&power=poweredOn", shared = true });
        (await ViewsAsync(ben)).Select(x => x.GetProperty("name").GetString()).ShouldBe(["ours"]);
        (await ViewsAsync(ana)).Select(x => x.GetProperty("name").GetString()).ShouldBe(["mine", "ours"]);
        (await ben.DeleteAsync($"/api/v1/views/{shared}", Cancellation)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await server.Client().DeleteAsync($"/api/v1/views/{own}", Cancellation)).StatusCode.ShouldBe(HttpStatusCode.NotFound, "not even by an administrator");

        using var presumptuous = await ben.PostAsJsonAsync("/api/v1/views", new { list = "inventory", name = "for all", query = "", shared = true }, Cancellation);
        presumptuous.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        using var wrong = await ben.PostAsJsonAsync("/api/v1/views", new { list = "elsewhere", name = "", query = "" }, Cancellation);
        (await wrong.Content.ReadAsStringAsync(Cancellation)).ShouldContain("list: inventory or runs.");
        using var strange = await ben.PostAsJsonAsync("/api/v1/views", new { list = "runs", name = "x", query = "returnTo=//evil.example" }, Cancellation);
        (await strange.Content.ReadAsStringAsync(Cancellation)).ShouldContain("there is no 'returnTo' in this list");

        (await server.RunAsync("view", "list", "--list", "inventory")).Out.ShouldContain("views-ana, shared");
        (await server.RunAsync("view", "remove", shared.ToString())).ExitCode.ShouldBe(0, "an administrator may");
        (await ViewsAsync(ben)).ShouldBeEmpty();
        var saved = await server.RunAsync("view", "save", "large", "--list", "inventory", "--query", "sort=-capacity");
        saved.ExitCode.ShouldBe(0, saved.Error);
        saved.Out.ShouldContain("sort=-capacity");
    }

    [Fact]
    public async Task What_the_list_does_not_have_is_refused_when_the_view_is_saved_and_runs_keep_their_order()
    {
        using var admin = server.Client();
        foreach (var (list, query, said) in new[]
        {
            ("inventory", "sort=colour", "query: sort: there is no order 'colour'"),
            ("inventory", "power=half", "query: power: 'half' is no power state"),
            ("inventory", "source=views-nowhere", "there is no source named 'views-nowhere'"),
            ("runs", "phase=failed", "query: phase: 'failed' is no phase"),
            ("runs", "phase=3", "query: phase: '3' is no phase"),
            ("runs", "wave=first", "query: wave: 'first' is no number"),
            ("runs", "plan=views-none", "there is no plan named 'views-none'"),
            ("runs", "sort=--vm", "query: sort: there is no order '--vm'"),
        })
        {
            using var refused = await admin.PostAsJsonAsync("/api/v1/views", new { list, name = "strange", query }, Cancellation);
            refused.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity, query);
            JsonDocument.Parse(await refused.Content.ReadAsStringAsync(Cancellation)).RootElement.GetProperty("errors").ToString().ShouldContain(said);
        }

        using var browser = new Browser(server);
        using var saved = await browser.SendAsync("/runs?phase=Failed&sort=-vm", "value=\"save-view\"", ("view", "Failed by name"));
        saved.Headers.Location!.ToString().ShouldEndWith("/runs?phase=Failed&sort=-vm");
        (await browser.PageAsync("/runs?phase=Failed&sort=-vm")).ShouldContain("name=\"sort\" value=\"-vm\"");
        (await browser.PageAsync("/runs?sort=colour")).ShouldContain("This list has no order");
        var id = (await ViewsAsync(admin)).Single(x => x.GetProperty("name").GetString() == "Failed by name").GetProperty("id").GetGuid();
        (await admin.DeleteAsync($"/api/v1/views/{id}", Cancellation)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Of_views_with_the_same_name_ones_own_comes_first_whoever_looks()
    {
        var keys = server.Services.GetRequiredService<ApiKeys>();
        async Task<HttpClient> AsAsync(string name) => server.Client((await keys.CreateAsync(name, Role.Operator, TimeSpan.FromDays(1), [], [], "test", Cancellation)).Secret);
        var clients = new[] { await AsAsync("views-one"), await AsAsync("views-two"), await AsAsync("views-three") };
        List<(HttpClient Client, Guid Id)> saved = [];
        foreach (var client in clients)
        {
            saved.Add((client, await SavedAsync(client, new { list = "runs", name = "everybody's", query = "", shared = true })));
        }

        foreach (var (client, id) in saved)
        {
            foreach (var sort in new[] { "", "&sort=name", "&sort=-name", "&sort=-list" })
            {
                var listed = JsonDocument.Parse(await client.GetStringAsync($"/api/v1/views?filter=everybody{sort}", Cancellation)).RootElement.GetProperty("items").EnumerateArray().ToList();
                listed.Count.ShouldBe(3);
                listed[0].GetProperty("id").GetGuid().ShouldBe(id, sort);
            }
        }

        foreach (var (client, id) in saved)
        {
            (await client.DeleteAsync($"/api/v1/views/{id}", Cancellation)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
            client.Dispose();
        }
    }

    private static async Task<Guid> SavedAsync(HttpClient client, object view)
    {
        using var answer = await client.PostAsJsonAsync("/api/v1/views", view, Cancellation);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync(Cancellation));
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("id").GetGuid();
    }

    private static async Task<List<JsonElement>> ViewsAsync(HttpClient client) =>
        [.. JsonDocument.Parse(await client.GetStringAsync("/api/v1/views", Cancellation)).RootElement.GetProperty("items").EnumerateArray().Where(x => x.GetProperty("list").GetString() is "inventory" or "runs")];
}
