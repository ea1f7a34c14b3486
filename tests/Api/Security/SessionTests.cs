using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Api.Security.Accounts;
using Migrate.Api.Security.Audit;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Tests.Security;

public sealed class SessionTests(RunningServer server)
{
    private const string Password = "a sentence will do";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Users Users => server.Services.GetRequiredService<Users>();

    [Fact]
    public async Task Somebody_logs_in_looks_and_logs_out()
    {
        var name = await AddAsync(Role.Viewer);
        using var browser = new Browser(server);

        using var response = await browser.LogInAsync(name, Password, "/inventory?sort=name");

        response.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        response.Headers.Location!.ToString().ShouldBe("/inventory?sort=name");
        var cookie = response.Headers.GetValues("Set-Cookie").Single(x => x.StartsWith("migrate.session=", StringComparison.Ordinal)).ToLowerInvariant();
        cookie.ShouldContain("httponly");
        cookie.ShouldContain("samesite=strict");
        (await WhoAsync(browser)).ShouldBe((name, "Viewer", "session"));
        browser.SeePageAs(name);
        (await browser.PostFormAsync("/logout")).Dispose();
        (await browser.Http.GetAsync("/api/v1/session", Cancellation)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task The_administrators_token_opens_a_browser_too()
    {
        using var browser = new Browser(server);
        (await browser.LogInAsync("", server.Token)).Headers.Location!.ToString().ShouldBe("/");
        (await WhoAsync(browser)).ShouldBe(("admin", "Admin", "session"));
    }

    [Theory]
    [InlineData("https://elsewhere.example/")]
    [InlineData("//elsewhere.example/")]
    [InlineData("/\\elsewhere.example/")]
    [InlineData("")]
    public async Task A_login_leads_nowhere_else(string returnTo)
    {
        using var browser = new Browser(server);
        (await browser.LogInAsync("admin", server.Token, returnTo)).Headers.Location!.ToString().ShouldBe("/");
    }

    [Fact]
    public async Task A_wrong_password_and_an_unknown_name_look_alike()
    {
        var name = await AddAsync(Role.Viewer);
        using var browser = new Browser(server);
        var wrong = await browser.LogInAsync(name, "wrong");
        wrong.Headers.Location!.ToString().ShouldStartWith("/login?");
        (await browser.LogInAsync($"nobody-{Guid.NewGuid():N}", "wrong")).Headers.Location!.ToString().ShouldBe(wrong.Headers.Location.ToString());
        (await browser.Http.GetAsync("/api/v1/session", Cancellation)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        var trail = await server.Services.GetRequiredService<AuditTrail>().ReadAsync(Cancellation).Where(x => x.Who == name).ToListAsync(Cancellation);
        trail.ShouldHaveSingleItem().Outcome.ShouldBe("failed");
    }

    [Fact]
    public async Task A_login_without_the_forms_token_is_refused()
    {
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = server.Url };
        using var response = await http.PostAsync("/login", new FormUrlEncodedContent([KeyValuePair.Create("name", "admin"), KeyValuePair.Create("secret", server.Token)]), Cancellation);
        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        response.Headers.Contains("Set-Cookie").ShouldBeFalse();
    }

    [Theory]
    [InlineData("role")]
    [InlineData("password")]
    [InlineData("disabled")]
    public async Task A_session_ends_when_its_account_changes(string what)
    {
        var name = await AddAsync(Role.Operator);
        using var browser = new Browser(server);
        (await browser.LogInAsync(name, Password)).Dispose();
        (await WhoAsync(browser)).Role.ShouldBe("Operator");

        await Users.UpdateAsync(name, what == "password" ? "another sentence" : null, what == "role" ? Role.Viewer : null, what == "disabled" ? true : null, Cancellation);

        (await browser.Http.GetAsync("/api/v1/session", Cancellation)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        if (what == "disabled")
        {
            (await browser.LogInAsync(name, Password)).Headers.Location!.ToString().ShouldStartWith("/login?");
        }
    }

    [Fact]
    public async Task Another_sites_page_cannot_use_the_session()
    {
        using var browser = new Browser(server);
        (await browser.LogInAsync("admin", server.Token)).Dispose();

        using var forged = await browser.Http.PostAsJsonAsync("/api/v1/users", new { name = "forged", role = "Admin" }, Cancellation);

        forged.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        JsonNode.Parse(await forged.Content.ReadAsStringAsync(Cancellation))!["code"]!.GetValue<string>().ShouldBe("auth.forgery");
        (await Users.FindAsync("forged", Cancellation)).ShouldBeNull();
        var entry = await server.Services.GetRequiredService<AuditTrail>().ReadAsync(Cancellation).LastAsync(x => x.Action == "AddUser" && x.Kind == "answered", Cancellation);
        entry.Outcome.ShouldBe("400 auth.forgery");
    }

    [Fact]
    public async Task A_form_of_another_account_does_not_count()
    {
        using var browser = new Browser(server);
        (await browser.LogInAsync("admin", server.Token)).Dispose();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/users") { Content = JsonContent.Create(new { name = "forged2", role = "Admin" }) };
        var foreign = server.Services.GetRequiredService<IAntiforgery>().GetTokens(new DefaultHttpContext { RequestServices = server.Services });
        request.Headers.Add(foreign.HeaderName!, foreign.RequestToken);
        (await browser.Http.SendAsync(request, Cancellation)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Guessing_is_slowed_down()
    {
        await using var own = new RunningServer();
        await own.InitializeAsync();
        using var browser = new Browser(own);
        for (var i = 0; i < 5; i++)
        {
            (await browser.LogInAsync("admin", $"wrong {i}")).Headers.Location!.ToString().ShouldContain("failed=1");
        }

        using var right = await browser.LogInAsync("admin", own.Token);

        right.Headers.Location!.ToString().ShouldContain("wait=");
        right.Headers.RetryAfter!.Delta!.Value.ShouldBeGreaterThan(TimeSpan.FromMinutes(1));
        (await browser.Http.GetAsync("/api/v1/session", Cancellation)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    private static async Task<(string Name, string Role, string Through)> WhoAsync(Browser browser)
    {
        var who = JsonNode.Parse(await browser.Http.GetStringAsync("/api/v1/session", Cancellation))!;
        return (who["name"]!.GetValue<string>(), who["role"]!.GetValue<string>(), who["through"]!.GetValue<string>());
    }

    private async Task<string> AddAsync(Role role) => (await Users.AddAsync($"u{Guid.NewGuid():N}", Password, role, "test", Cancellation)).Name;
}
