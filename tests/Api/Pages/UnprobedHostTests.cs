using System.Net;
using Microsoft.EntityFrameworkCore;
using Migrate.Api.Tests.Waves;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Tests.Pages;

/// <summary>What was never looked at is not called good, and what misses a probe says so and leads to it.</summary>
[UsesDatabase]
public sealed class UnprobedHostTests(RunningServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_host_that_was_never_probed_says_so_until_it_was()
    {
        await using (var db = await server.DatabaseAsync())
        {
            db.KvmHosts.Add(new KvmHost { Id = Guid.NewGuid(), Name = "page-unprobed", Uri = "test:///default", DomainType = "qemu" });
            await db.SaveChangesAsync(Cancel);
        }

        using var browser = new Browser(server);
        var page = await browser.PageAsync("/hosts/page-unprobed");
        page.ShouldContain("It was not probed yet");
        page.ShouldContain("not looked for");
        page.ShouldNotContain("Nothing is in the way");
        page.ShouldNotContain("Probe again");
        (await RowAsync(browser)).ShouldContain("not looked for");

        using var probed = await browser.SendAsync("/hosts/page-unprobed", "value=\"probe\"");
        page = await browser.ShouldComeToSayAsync(new Uri(server.Url, probed.Headers.Location!).PathAndQuery, "The host was probed.");
        page.ShouldNotContain("It was not probed yet");
        page.ShouldNotContain("not looked for");
        page.ShouldContain("Probe again");
        (await RowAsync(browser)).ShouldNotContain("not looked for");
    }

    [Fact]
    public async Task A_planned_VM_whose_host_was_never_probed_says_what_is_missing_and_offers_no_script()
    {
        await using var simulator = await WaveSite.OpenAsync(server, "page-blank");
        using var client = server.Client();
        var key = System.Text.Json.JsonDocument.Parse(await client.GetStringAsync("/api/v1/sources/page-blank-vc/vms?filter=page-blank-web", Cancel)).RootElement.GetProperty("items")[0].GetProperty("key").GetString()!;
        using var browser = new Browser(server);
        var address = $"/inventory/page-blank-vc/{key}";
        (await browser.PageAsync(address)).ShouldContain("/bundle?kind=");

        await using (var db = await server.DatabaseAsync())
        {
            await db.KvmHosts.Where(x => x.Name == "page-blank-host").ExecuteUpdateAsync(x => x.SetProperty(y => y.Facts, "{}"), Cancel);
        }

        var page = WebUtility.HtmlDecode(await browser.PageAsync(address));
        page.ShouldContain("The KVM host 'page-blank-host' was never probed");
        page.ShouldContain("migrate host probe page-blank-host");
        page.ShouldContain("href=\"/hosts/page-blank-host\"");
        page.ShouldNotContain("/bundle?kind=", customMessage: "a script would be the same error as a file");
        page.ShouldNotContain("JSON");

        await using (var db = await server.DatabaseAsync())
        {
            await db.KvmHosts.Where(x => x.Name == "page-blank-host").ExecuteUpdateAsync(x => x.SetProperty(y => y.Facts, """{ "cpus": 8 }"""), Cancel);
        }

        page = WebUtility.HtmlDecode(await browser.PageAsync(address));
        page.ShouldContain("an earlier release probed it");
        page.ShouldNotContain("JSON");
    }

    private static async Task<string> RowAsync(Browser browser)
    {
        var page = await browser.PageAsync("/sources");
        var from = page.IndexOf("/hosts/page-unprobed", StringComparison.Ordinal);
        return page[from..page.IndexOf("</tr>", from, StringComparison.Ordinal)];
    }
}
