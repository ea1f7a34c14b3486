using System.Net.Http.Headers;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Migrate.Api.Pages;
using Migrate.EndToEnd.Tests.Browser;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Tests.Pages;

/// <summary>
/// Every page that the server has, as a real browser shows it over rows of everything: by day and by night, wide and on a phone. Made from the list of
/// endpoints, so that a new page cannot be forgotten.
/// </summary>
[UsesDatabase]
public sealed class EveryPageTests(EveryPageTests.Shown shown) : IClassFixture<EveryPageTests.Shown>
{
    private const int Wide = 1280;
    private const int Phone = 390;
    /// <summary>Of the reader: half hours tell it from everything that is whole by chance.</summary>
    private const string Zone = "Asia/Kolkata";

    /// <summary>Pages that people look at after a change, among the artifacts.</summary>
    private static readonly string[] Pictured = ["Overview", "Inventory", "VmPage", "Plan", "Waves", "Mappings", "Checklist", "RunPage", "Work", "Target", "Audit", "InForce", "Limits", "Source", "Host", "Reports", "Baselines", "reports"];

    private readonly SampleSite _site = shown.Site;
    private readonly Chromium _chromium = shown.Chromium;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_page_can_be_seen_read_and_reached()
    {
        var addresses = await AddressesAsync();
        List<string> wrong = [];
        foreach (var (width, scheme) in new[] { (Wide, ColorScheme.Light), (Phone, ColorScheme.Dark), (Wide, ColorScheme.Dark), (Phone, ColorScheme.Light) })
        {
            // What is reached follows from the width, so that each of the two is walked once.
            var isWalked = (width, scheme) is (Wide, ColorScheme.Light) or (Phone, ColorScheme.Dark);
            var page = await _chromium.OpenAsync(_site.Server.Url, _site.Server.Token, width, scheme, Zone);
            List<(string Route, string Title)> titles = [];
            foreach (var (route, address) in addresses)
            {
                var answer = await page.GotoAsync(address);
                answer!.Status.ShouldBe(200, address);
                titles.Add((route, await page.TitleAsync()));
                var found = await Looks.FindWrongAsync(page);
                if (isWalked)
                {
                    await PictureAsync(page, $"{(width == Wide ? "desk" : "phone")}-{route.Trim('/').Replace('/', '-')}{(titles.Count(x => x.Route == route) is > 1 and var other ? $"-{other}" : "")}");
                    found = [.. found, .. await Looks.WalkAsync(page)];
                }

                wrong.AddRange(found.Select(x => $"{address} ({width} px, {scheme}): {x}"));
            }

            wrong.AddRange(titles.GroupBy(x => x.Title).Where(x => x.Select(y => y.Route).Distinct().Count() > 1).Select(x => $"one title of several pages: {x.Key}: {string.Join(", ", x)}"));
            await page.Context.CloseAsync();
        }

        wrong.AddRange(_chromium.Complaints);
        wrong.ShouldBeEmpty();
        addresses.Count.ShouldBeGreaterThan(40);
    }

    [Fact]
    public async Task The_keyboard_skips_the_navigation()
    {
        var page = await _chromium.OpenAsync(_site.Server.Url, _site.Server.Token);
        await page.GotoAsync("/plans");
        await page.Keyboard.PressAsync("Tab");
        (await FocusedAsync(page)).ShouldBe("Skip to the content");
        await page.Keyboard.PressAsync("Enter");
        await page.Keyboard.PressAsync("Tab");
        (await FocusedAsync(page)).ShouldBe("Choose VMs to plan");
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task Times_are_told_by_the_reader_s_clock_too_and_stay_so_when_the_page_becomes_new()
    {
        var page = await _chromium.OpenAsync(_site.Server.Url, _site.Server.Token, zone: Zone);
        await page.GotoAsync("/");
        var link = page.GetByRole(AriaRole.Link, new() { Name = "shop-web02", Exact = true }).First;
        await link.FocusAsync();
        await using (var db = await _site.Server.DatabaseAsync())
        {
            db.Add(new RunEvent { RunId = _site.Runs["ready"], At = new DateTime(2026, 11, 1, 20, 30, 0, DateTimeKind.Utc), Phase = RunPhase.Ready, Message = "what came meanwhile" });
            await db.SaveChangesAsync(Cancel);
        }

        var time = page.GetByRole(AriaRole.Row).Filter(new() { HasText = "what came meanwhile" }).Locator("time");
        await Assertions.Expect(time).ToHaveTextAsync("2026-11-01 20:30");
        await Assertions.Expect(time).ToHaveAttributeAsync("data-local", "Mon 02:00 GMT+5:30");
        (await time.GetAttributeAsync("title")).ShouldBe("2026-11-01 20:30:00 UTC\n2026-11-02 02:00:00 GMT+5:30");
        (await FocusedAsync(page)).ShouldBe("shop-web02");
        await page.Context.CloseAsync();

        var plain = await _chromium.OpenAsync(_site.Server.Url, _site.Server.Token, zone: "UTC");
        await plain.GotoAsync("/");
        (await plain.Locator("time[data-local]").CountAsync()).ShouldBe(0, "where the reader's clock goes by UTC there is nothing to add");
        await plain.Context.CloseAsync();
    }

    private static Task<string> FocusedAsync(IPage page) => page.EvaluateAsync<string>("() => document.activeElement.textContent.trim()");

    private static async Task PictureAsync(IPage page, string name)
    {
        if (Pictured.Any(x => name.Contains(x, StringComparison.Ordinal)))
        {
            await Chromium.PictureAsync(page, "site/" + name);
        }
    }

    /// <summary>Each with the route that it is of, which pages with two addresses share.</summary>
    private async Task<List<(string Route, string Address)>> AddressesAsync()
    {
        using var http = _site.Server.Client();
        http.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));
        List<(string, string)> found = [];
        foreach (var endpoint in _site.Server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>())
        {
            var route = "/" + endpoint.RoutePattern.RawText!.Trim('/');
            if (endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Contains("GET") == false || (!PageRequest.IsOfPages(route) && !route.EndsWith(".html", StringComparison.Ordinal)))
            {
                continue;
            }

            var component = endpoint.Metadata.GetMetadata<ComponentTypeMetadata>()?.Type.Name;
            foreach (var address in More.GetValueOrDefault(route, []).Prepend(PathOf(endpoint)))
            {
                using var answer = await http.GetAsync(address, Cancel);
                if (component is not null || (answer.IsSuccessStatusCode && answer.Content.Headers.ContentType?.MediaType == "text/html"))
                {
                    found.Add((component ?? route, address));
                }
            }
        }

        return found;
    }

    /// <summary>The same pages with something else on them.</summary>
    private Dictionary<string, string[]> More => new()
    {
        ["/runs/{Id:guid}"] = [.. _site.Runs.Values.Select(x => $"/runs/{x}")],
        ["/plans/{Name}"] = [$"/plans/{_site.Plan}"],
        ["/plans/{Name}/waves"] = [$"/plans/{_site.Plan}/waves"],
        ["/plans/{Name}/mappings"] = [$"/plans/{_site.Plan}/mappings"],
        ["/plans/{Name}/waves/{Wave:int}"] = [$"/plans/{_site.Plan}/waves/1"],
        ["/plans/new"] = [$"/plans/new?source={SampleSite.Source}"],
        ["/inventory"] = ["/inventory?worst=Critical&columns=guest&columns=changeRate&columns=concerns&columns=plan", $"/inventory?source={SampleSite.Source}"],
        ["/inventory/to-plan"] = [$"/inventory/to-plan?source={_site.Values["source"]}&match=all"],
        ["/inventory/{Source}/{Key}"] = [$"/inventory/{SampleSite.Source}/{_site.VmWithBaseline}"],
        ["/sources/{Name}"] = [$"/sources/{SampleSite.Source}"],
        ["/api/v1/runs/{id:guid}/report.html"] = [$"/api/v1/runs/{_site.Runs["failed verdict"]}/report.html"],
        ["/api/v1/plans/{name}/reports/validation.html"] = [$"/api/v1/plans/{_site.Plan}/reports/validation.html"],
    };

    private string PathOf(RouteEndpoint endpoint) => "/" + string.Join('/', endpoint.RoutePattern.PathSegments.Select(x => string.Concat(x.Parts.Select(part => part switch
    {
        RoutePatternLiteralPart literal => literal.Content,
        RoutePatternSeparatorPart separator => separator.Content,
        RoutePatternParameterPart parameter => Value(endpoint.RoutePattern.RawText!, parameter.Name),
        _ => throw new NotSupportedException(),
    }))));

    private string Value(string route, string parameter) => (route.Trim('/').Split('/')[0], parameter.ToLowerInvariant()) switch
    {
        ("sources", "name") => _site.Values["source"],
        ("hosts", "name") => "another",
        ("settings", "name") => "user0",
        (_, "wave") => "1",
        (_, "key") => "vm-1",
        ("api", "source") or ("inventory", "source") => _site.Values["source"],
        (_, var name) => _site.Values[name],
    };

    /// <summary>One site and one browser for all of these tests.</summary>
    public sealed class Shown : IAsyncLifetime
    {
        internal SampleSite Site { get; private set; } = null!;

        internal Chromium Chromium { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Site = await SampleSite.OpenAsync();
            Chromium = await Chromium.StartAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await Chromium.DisposeAsync();
            await Site.DisposeAsync();
        }
    }
}
