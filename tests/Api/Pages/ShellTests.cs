using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;

namespace Migrate.Api.Tests.Pages;

public sealed partial class ShellTests(RunningServer server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_page_allows_nothing_inline_and_has_nothing_inline()
    {
        using var browser = new Browser(server);
        using var answer = await browser.GetAsync("/");
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Headers.GetValues("Content-Security-Policy").ShouldHaveSingleItem().ShouldStartWith("default-src 'self';");
        answer.Headers.GetValues("X-Frame-Options").ShouldHaveSingleItem().ShouldBe("DENY");
        answer.Headers.GetValues("X-Content-Type-Options").ShouldHaveSingleItem().ShouldBe("nosniff");
        answer.Headers.GetValues("Referrer-Policy").ShouldHaveSingleItem().ShouldBe("no-referrer");
        var html = await answer.Content.ReadAsStringAsync(Cancellation);
        html.ShouldContain("<html lang=\"en\">");
        html.ShouldContain("href=\"#content\"");
        Inline().Matches(html).ShouldBeEmpty();
    }

    [Fact]
    public async Task Assets_are_asked_for_once_per_release()
    {
        using var browser = new Browser(server);
        var urls = AssetUrl().Matches(await browser.PageAsync("/")).Select(m => m.Groups[1].Value).Distinct().ToList();
        urls.Count.ShouldBeGreaterThan(3);
        using var anonymous = new HttpClient { BaseAddress = server.Url };
        foreach (var url in urls)
        {
            using var first = await anonymous.GetAsync(url, Cancellation);
            first.StatusCode.ShouldBe(HttpStatusCode.OK, url);
            first.Headers.CacheControl!.ToString().ShouldContain("immutable");
            (await first.Content.ReadAsByteArrayAsync(Cancellation)).ShouldNotBeEmpty();
            using var again = new HttpRequestMessage(HttpMethod.Get, url) { Headers = { IfNoneMatch = { first.Headers.ETag! } } };
            using var second = await anonymous.SendAsync(again, Cancellation);
            second.StatusCode.ShouldBe(HttpStatusCode.NotModified, url);
            using var old = await anonymous.GetAsync(url.Split('?')[0], Cancellation);
            old.Headers.CacheControl!.ToString().ShouldBe("no-cache", "an address without the hash may have other content tomorrow");
        }

        using var none = await anonymous.GetAsync("/assets/none.css", Cancellation);
        none.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task What_is_not_there_is_a_page_to_a_browser_and_problem_details_to_a_program()
    {
        using var browser = new Browser(server);
        using var page = await browser.GetAsync("/nowhere");
        page.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        page.Content.Headers.ContentType!.MediaType.ShouldBe("text/html");
        page.Headers.Contains("Content-Security-Policy").ShouldBeTrue();
        var html = await page.Content.ReadAsStringAsync(Cancellation);
        html.ShouldContain("<h1>Not found</h1>");
        html.ShouldContain("request.no-such-path");
        html.ShouldContain("aria-label=\"Main\"", customMessage: "the way back is in the navigation");
        using var client = server.Client();
        using var problem = await client.GetAsync("/nowhere", Cancellation);
        problem.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        using var ofApi = await browser.GetAsync("/api/v1/nowhere");
        ofApi.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
    }

    [Fact]
    public async Task Whoever_chooses_an_appearance_gets_it_on_every_page_and_is_led_nowhere_else()
    {
        using var browser = new Browser(server);
        using var chosen = await browser.SendAsync("/", "action=\"/appearance\"");
        chosen.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        chosen.Headers.Location!.ToString().ShouldBe("/");
        (await browser.PageAsync("/")).ShouldContain("<html lang=\"en\" data-theme=\"light\">");
        using var next = await browser.SendAsync("/", "action=\"/appearance\"");
        (await browser.PageAsync("/")).ShouldContain("data-theme=\"dark\"");

        using var forged = await browser.PostAsync("/appearance", ("theme", "light"), ("returnTo", "/"));
        forged.StatusCode.ShouldBe(HttpStatusCode.BadRequest, "a form of another site has no token");
        (await browser.PageAsync("/")).ShouldContain("data-theme=\"dark\"");
    }

    [Theory]
    [InlineData("/", true)]
    [InlineData("/plans?x=1", true)]
    [InlineData("//evil.example", false)]
    [InlineData("/\\evil.example", false)]
    [InlineData("https://evil.example", false)]
    [InlineData("/a\r\nb", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Only_paths_of_this_server_are_gone_back_to(string? path, bool local) => Api.Security.LocalPath.Is(path).ShouldBe(local);

    [Fact]
    public async Task Without_login_there_is_no_page()
    {
        using var anonymous = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = server.Url };
        anonymous.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));
        using var answer = await anonymous.GetAsync("/", Cancellation);
        answer.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        answer.Headers.Location!.OriginalString.ShouldContain("/login?returnTo=%2F");
        (await answer.Content.ReadAsStringAsync(Cancellation)).ShouldNotContain("Estate");
    }

    [GeneratedRegex("<style|\\sstyle=|<script(?![^>]*\\ssrc=)|\\son[a-z]+=", RegexOptions.IgnoreCase)]
    private static partial Regex Inline();

    [GeneratedRegex("\"(/assets/[^\"#]+)")]
    private static partial Regex AssetUrl();
}
