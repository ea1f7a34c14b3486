using System.Net;
using System.Net.Http.Json;
using Migrate.Api.Tests.Waves;
using Migrate.Api.Waves;

namespace Migrate.Api.Tests.Pages;

/// <summary>Rules are tried on the page of waves, planned with, and looked at afterwards.</summary>
public sealed class WavePageTests(RunningServer server)
{
    private const string Nights = "nights, UTC: daily 22:00-02:00";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rules_are_tried_without_keeping_anything_then_planned_with_and_versions_are_compared()
    {
        await using var simulator = await WaveSite.OpenAsync(server, "wpage");
        using var browser = new Browser(server);
        const string Path = "/plans/wpage/waves";
        (await browser.PageAsync(Path)).ShouldContain("Waves were not planned yet");

        // All that is wrong with a form is told beside it, what cannot be read as well as what cannot be planned, and what was typed stays.
        using var wrong = await browser.SendAsync(Path, "value=\"rules\"", ("act", "try"), ("days", "many"), ("windows", "nights, UTC: sometimes\nnonsense"), ("vms", "nobody: not before 2031-03-09T00:00"));
        wrong.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        var told = WebUtility.HtmlDecode(await wrong.Content.ReadAsStringAsync(Cancel));
        told = told[told.IndexOf("id=\"rules\"", StringComparison.Ordinal)..];
        told.ShouldContain("Nothing was planned: 4 problems.");
        told.ShouldContain("<li>days: 'many' is no whole number</li>");
        told.ShouldContain("<li>windows: 'nonsense' is no line like");
        told.ShouldContain("<li>window 'nights': 'sometimes' is no opening");
        told.ShouldContain("<li>no VM of the plan is called 'nobody'</li>");
        told.ShouldContain("nights, UTC: sometimes");

        using var trying = await browser.SendAsync(Path, "value=\"rules\"", ("act", "try"), ("start", "2031-03-03T06:00"), ("days", "20"), ("cutovers", "1"), ("windows", Nights));
        trying.StatusCode.ShouldBe(HttpStatusCode.Redirect, await trying.Content.ReadAsStringAsync(Cancel));
        var tried = new Uri(server.Url, trying.Headers.Location!).PathAndQuery;
        var page = await browser.ShouldComeToSayAsync(tried, "What these rules would give");
        page.ShouldContain("The rules were tried, and nothing was kept. These rules: 3 VMs in 1 wave");
        page.ShouldContain("Waves were not planned yet");
        page.ShouldContain("<th scope=\"row\">wpage-db</th>");
        page.ShouldContain(Nights, customMessage: "what was tried is what is tried next");
        page.ShouldContain("value=\"2031-03-03T06:00\"");
        (await VersionsAsync()).ShouldBeEmpty();

        using var planning = await browser.SendAsync(tried, "value=\"plan-tried-0\"");
        planning.StatusCode.ShouldBe(HttpStatusCode.Redirect, await planning.Content.ReadAsStringAsync(Cancel));
        page = await browser.ShouldComeToSayAsync(new Uri(server.Url, planning.Headers.Location!).PathAndQuery, "The waves were planned. Version 1: 3 VMs in 1 wave");
        page.ShouldContain("Approve version 1");
        (await VersionsAsync()).Single().Number.ShouldBe(1);
        var kept = (await server.Client().GetFromJsonAsync<WaveVersionDetail>("/api/v1/plans/wpage/wave-versions/1", Json.Options, Cancel))!.Rules;
        (kept.CutoversAtOnce, kept.Days, kept.Start, kept.Windows[0].Opens[0]).ShouldBe((1, 20, new DateTime(2031, 3, 3, 6, 0, 0, DateTimeKind.Utc), "daily 22:00-02:00"));

        // Other rules beside the version that is kept.
        using var weekend = await browser.SendAsync(Path, "value=\"rules\"", ("act", "try"), ("start", "2031-03-03T06:00"), ("days", "20"), ("windows", "weekend, UTC: Sat 08:00 36h"));
        page = await browser.ShouldComeToSayAsync(new Uri(server.Url, weekend.Headers.Location!).PathAndQuery, "What these rules would give");
        page.ShouldContain("Version 1<span class=\"under\">is kept</span>");
        page.ShouldContain(" later</span>");
        page.ShouldContain("By version 1");

        // A second version at once by the form; both are shown, and what differs.
        using var second = await browser.SendAsync(Path, "value=\"rules\"", ("act", "plan"), ("start", "2031-03-03T06:00"), ("days", "20"), ("windows", "weekend, UTC: Sat 08:00 36h"));
        await browser.ShouldComeToSayAsync(new Uri(server.Url, second.Headers.Location!).PathAndQuery, "The waves were planned. Version 2");
        var older = await browser.PageAsync(Path + "?version=1");
        older.ShouldContain("An older version");
        older.ShouldContain(Nights);
        older.ShouldNotContain("value=\"approve\"", customMessage: "only the newest can be approved");
        var differing = await browser.PageAsync(Path + "?version=2&since=1");
        differing.ShouldContain("What differs from version 1 to version 2");
        differing.ShouldContain("<th scope=\"row\">wpage-web</th>");
        differing.ShouldContain("<th scope=\"row\">VMs may be off</th>");
        differing.ShouldContain("<th scope=\"row\">Cutovers at once</th>");
        using var none = await browser.GetAsync(Path + "?version=9");
        none.StatusCode.ShouldBe(HttpStatusCode.NotFound);

        // Who looks may try, and plans nothing.
        using var viewer = await ViewerAsync();
        (await viewer.PageAsync(Path)).ShouldNotContain("Plan the waves</button>");
        using var asked = await viewer.SendAsync(Path, "value=\"rules\"", ("act", "try"), ("windows", Nights));
        page = await viewer.ShouldComeToSayAsync(new Uri(server.Url, asked.Headers.Location!).PathAndQuery, "What these rules would give");
        page.ShouldNotContain("Plan with these rules");
        using var refused = await viewer.SendAsync(Path, "value=\"rules\"", ("act", "plan"), ("windows", Nights));
        refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await VersionsAsync()).Count.ShouldBe(2);
    }

    private async Task<IReadOnlyList<WaveVersionView>> VersionsAsync() =>
        (await server.Client().GetFromJsonAsync<Page<WaveVersionView>>("/api/v1/plans/wpage/wave-versions", Json.Options, Cancel))!.Items;

    private async Task<Browser> ViewerAsync()
    {
        const string Password = "a-viewer-tries-and-plans-nothing";
        var file = System.IO.Path.Combine(server.Directory, "wpage.password");
        await File.WriteAllTextAsync(file, Password, Cancel);
        (await server.RunAsync("user", "add", "wpage-viewer", "--role", "Viewer", "--password-file", file)).ExitCode.ShouldBe(0);
        var browser = new Browser(server, known: false);
        using var known = await browser.SendAsync("/login", "name=\"secret\"", ("name", "wpage-viewer"), ("secret", Password));
        known.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        return browser;
    }
}
