using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Migrate.Api.Hosting;
using Migrate.Api.Settings;

namespace Migrate.Api.Tests.Pages;

public sealed partial class SettingsPageTests(RunningServer server)
{
    private const string Password = "a-sentence-that-nobody-guesses";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task People_are_added_given_roles_and_disabled_and_change_their_own_password()
    {
        using var browser = new Browser(server);
        using var weak = await browser.SendAsync("/settings/users", "value=\"add\"", ("name", "settings-ana"), ("password", "short"), ("role", "Operator"));
        weak.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        var said = await weak.Content.ReadAsStringAsync(Cancellation);
        said.ShouldContain("12 to 256 characters");
        said.ShouldContain("value=\"settings-ana\"", customMessage: "what was typed stays");
        said.ShouldNotContain("short", customMessage: "a password is never shown");
        using var added = await browser.SendAsync("/settings/users", "value=\"add\"", ("name", "settings-ana"), ("password", Password), ("role", "Operator"));
        added.StatusCode.ShouldBe(HttpStatusCode.Redirect, await added.Content.ReadAsStringAsync(Cancellation));
        (await browser.PageAsync("/settings/users?done=added")).ShouldContain("/settings/users/settings-ana");

        using var ana = new Browser(server, known: false);
        using var known = await ana.SendAsync("/login", "name=\"secret\"", ("name", "settings-ana"), ("secret", Password));
        known.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await ana.PageAsync("/account")).ShouldNotContain("href=\"/settings\"");
        using var closed = await ana.GetAsync("/settings/users");
        closed.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        using var wrong = await ana.SendAsync("/account", "value=\"password\"", ("current", "not that one, sorry"), ("next", Password + "!"), ("again", Password + "!"));
        (await wrong.Content.ReadAsStringAsync(Cancellation)).ShouldContain("session.password-wrong");
        using var differs = await ana.SendAsync("/account", "value=\"password\"", ("current", Password), ("next", Password + "!"), ("again", Password + "?"));
        differs.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        using var changed = await ana.SendAsync("/account", "value=\"password\"", ("current", Password), ("next", Password + "!"), ("again", Password + "!"));
        changed.StatusCode.ShouldBe(HttpStatusCode.Redirect, await changed.Content.ReadAsStringAsync(Cancellation));
        (await ana.PageAsync("/account?done=changed")).ShouldContain("The password is changed.", customMessage: "this session goes on");
        using var second = new Browser(server, known: false);
        using var old = await second.SendAsync("/login", "name=\"secret\"", ("name", "settings-ana"), ("secret", Password));
        old.Headers.Location!.OriginalString.ShouldContain("failed=1");

        using var raised = await browser.SendAsync("/settings/users/settings-ana", "value=\"role\"", ("role", "Approver"));
        raised.Headers.Location!.ToString().ShouldEndWith("?done=role");
        using var disabled = await browser.SendAsync("/settings/users/settings-ana", "value=\"disable\"");
        var user = JsonDocument.Parse(await server.Client().GetStringAsync("/api/v1/users/settings-ana", Cancellation)).RootElement;
        (user.GetProperty("role").GetString(), user.GetProperty("disabledAt").ValueKind).ShouldBe(("Approver", JsonValueKind.String));
        using var out_ = await ana.GetAsync("/account");
        out_.StatusCode.ShouldBe(HttpStatusCode.Redirect, "its session has ended");
        (await browser.PageAsync("/settings/users/settings-ana")).ShouldContain("Enable settings-ana");
    }

    [Fact]
    public async Task A_key_is_shown_once_opens_its_areas_and_ends_when_it_is_revoked()
    {
        using var browser = new Browser(server);
        using var made = await browser.SendAsync("/settings/keys", "value=\"make\"", ("name", "settings-key"), ("days", "7"), ("role", "Viewer"), ("area", "Plans"));
        made.StatusCode.ShouldBe(HttpStatusCode.OK);
        made.Headers.CacheControl!.NoStore.ShouldBeTrue();
        var secret = Secret().Match(await made.Content.ReadAsStringAsync(Cancellation)).Groups[1].Value;
        secret.ShouldStartWith("mgk_");
        (await browser.PageAsync("/settings/keys")).ShouldNotContain(secret);

        using var program = new HttpClient { BaseAddress = server.Url };
        program.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        (await program.GetAsync("/api/v1/plans", Cancellation)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await program.GetAsync("/api/v1/sources", Cancellation)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        using var revoked = await browser.SendAsync("/settings/keys", $"value=\"revoke-{secret.Split('_')[1]}\"");
        revoked.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await program.GetAsync("/api/v1/plans", Cancellation)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        using var endless = await browser.SendAsync("/settings/keys", "value=\"make\"", ("name", "settings-endless"), ("days", "100000"), ("role", "Viewer"));
        (await endless.Content.ReadAsStringAsync(Cancellation)).ShouldContain("days: 1 to 730.");
    }

    [Fact]
    public async Task Receivers_are_tried_and_what_became_of_each_message_is_told_without_secrets()
    {
        var got = new List<string>();
        await using var taking = await ListenAsync(got, 204);
        await using var refusing = await ListenAsync([], 503);
        var file = Path.Combine(Directory.CreateTempSubdirectory("migrate-settings-").FullName, "migrate.json");
        await File.WriteAllTextAsync(file, $$"""{ "copies": 3, "notify-webhook": ["{{taking.Urls.First()}}/secret-path", "{{refusing.Urls.First()}}/other-path"] }""", Cancellation);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await using var own = new RunningServer
        {
            Change = options =>
            {
                var values = SettingValues.Read(SettingReaders.Serve, _ => null, _ => null, [], file);
                var read = SettingReading.Serve(values, options.Data);
                return options with { Notifications = read.Notifications, InForce = read.InForce };
            },
        };
        await own.InitializeAsync();
        using var browser = new Browser(own);

        var page = await browser.PageAsync("/settings/messages");
        page.ShouldContain(new Uri(taking.Urls.First()).Authority);
        page.ShouldContain("not signed");
        using var sent = await browser.SendAsync("/settings/messages", "value=\"test\"");
        sent.Headers.Location!.ToString().ShouldEndWith("done=not-taken");
        got.ShouldHaveSingleItem().ShouldContain("This is a test, sent by admin.");
        page = await browser.PageAsync("/settings/messages?state=given-up");
        page.ShouldContain("answered 503");
        page.ShouldContain("1 &#x2013; 1 of 1 message");
        var command = await own.RunAsync("notification", "test");
        command.ExitCode.ShouldBe(1);
        command.Out.ShouldContain("answered 503");
        (await own.RunAsync("notification", "list", "--state", "sent")).Out.Split('\n').Count(x => x.Contains("a test", StringComparison.Ordinal)).ShouldBe(2);
        (await own.RunAsync("notification", "receivers")).Out.ShouldContain("webhook, not signed");

        var force = await browser.PageAsync("/settings/in-force");
        force.ShouldContain($"{file}: copies");
        (await own.RunAsync("config", "running")).Out.ShouldContain($"{file}: copies");
        foreach (var shown in new[] { page, force, command.Out, await own.Client().GetStringAsync("/api/v1/settings", Cancellation), await own.Client().GetStringAsync("/api/v1/notifications/receivers", Cancellation) })
        {
            shown.ShouldNotContain("secret-path");
            shown.ShouldNotContain("other-path");
        }
    }

    [Fact]
    public async Task A_form_that_somebody_else_was_faster_than_is_refused_with_what_they_did_and_keeps_what_was_typed()
    {
        (await server.RunAsync("user", "add", "settings-two", "--role", "Viewer", "--no-password")).ExitCode.ShouldBe(0);
        using var browser = new Browser(server);
        var shown = await browser.PageAsync("/settings/users/settings-two");
        (await server.RunAsync("user", "update", "settings-two", "--role", "Operator")).ExitCode.ShouldBe(0);

        using var late = await browser.SendFormAsync(shown, "/settings/users/settings-two", "value=\"role\"", ("role", "Admin"));
        late.StatusCode.ShouldBe(HttpStatusCode.PreconditionFailed);
        var told = await late.Content.ReadAsStringAsync(Cancellation);
        told.ShouldContain("request.version-changed");
        told.ShouldContain("UpdateUser, by admin (users/settings-two)");
        told.ShouldContain("value=\"Admin\" checked", customMessage: "what was chosen stays");
        told.ShouldContain("Operator, added by", customMessage: "what there is now is shown");
        JsonDocument.Parse(await server.Client().GetStringAsync("/api/v1/users/settings-two", Cancellation)).RootElement.GetProperty("role").GetString().ShouldBe("Operator");

        // As it was answered, the form carries the version of what it shows.
        using var again = await browser.SendFormAsync(told, "/settings/users/settings-two", "value=\"role\"", ("role", "Admin"));
        again.StatusCode.ShouldBe(HttpStatusCode.Redirect, await again.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task Nobody_is_told_where_nobody_is_named()
    {
        (await server.RunAsync("notification", "test")).Error.ShouldContain("no receiver is configured");
        using var browser = new Browser(server);
        (await browser.PageAsync("/settings/messages")).ShouldContain("Nobody is told");
    }

    [Fact]
    public async Task What_is_shipped_is_named_with_the_licence_that_its_package_declares()
    {
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        var components = JsonDocument.Parse(await server.Client().GetStringAsync("/api/v1/components", Cancellation)).RootElement.GetProperty("items").EnumerateArray().ToList();
        components.Count.ShouldBeGreaterThan(15);
        foreach (var one in components)
        {
            var (name, version) = (one.GetProperty("name").GetString()!.ToLowerInvariant(), one.GetProperty("version").GetString());
            var declared = Licence().Match(await File.ReadAllTextAsync(Path.Combine(packages, name, version!.ToLowerInvariant(), name + ".nuspec"), Cancellation)).Groups[1].Value;
            one.GetProperty("licence").GetString().ShouldBe(declared, name);
        }

        using var browser = new Browser(server);
        var about = await browser.PageAsync("/about");
        about.ShouldContain(ProductVersion.Value.Split('+')[0]);
        about.ShouldContain("Npgsql");
        about.ShouldContain("href=\"/openapi/v1.json\"");
    }

    private static async Task<WebApplication> ListenAsync(List<string> got, int status)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapPost("/{**path}", async http =>
        {
            using var reader = new StreamReader(http.Request.Body);
            got.Add(await reader.ReadToEndAsync(Cancellation));
            http.Response.StatusCode = status;
        });
        await app.StartAsync(Cancellation);
        return app;
    }

    [GeneratedRegex("<pre id=\"secret\">([^<]+)</pre>")]
    private static partial Regex Secret();

    [GeneratedRegex("<license type=\"expression\">([^<]+)</license>")]
    private static partial Regex Licence();
}
