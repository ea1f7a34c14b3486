using System.Net;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Api.Tests.Pages;

public sealed class SourcePageTests(RunningServer server)
{
    private const string Password = "pages-password-never-shown";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_source_is_tested_confirmed_added_synchronised_and_removed_by_its_forms()
    {
        await using var simulator = await SimulatorServer.StartAsync(EstateGenerator.Generate(60, hosts: 2), new SimulatorOptions { Password = Password }, Cancellation);
        using var browser = new Browser(server);
        var add = $"/sources/add?url={Uri.EscapeDataString(simulator.Url.ToString())}";
        (await browser.PageAsync(add)).ShouldContain($"<pre>{simulator.Thumbprint}</pre>");

        using var untrusted = await browser.SendAsync(add, "name=\"password\"", ("name", "pages"), ("userName", simulator.UserName), ("password", Password));
        var failed = await browser.ShouldComeToSayAsync(PathOf(untrusted), "source.certificate-untrusted");
        failed.ShouldContain("value=\"pages\"", customMessage: "what was typed is there again");
        failed.ShouldContain($"<pre>{simulator.Thumbprint}</pre>");
        failed.ShouldNotContain(Password);

        using var bad = await browser.SendAsync(add, "name=\"password\"", ("name", "no good"), ("userName", ""), ("password", Password), ("confirmed", "yes"));
        bad.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        var refused = await bad.Content.ReadAsStringAsync(Cancellation);
        refused.ShouldContain("<li>name: ");
        refused.ShouldContain("<li>userName: ", customMessage: "all that is wrong is told at once");
        refused.ShouldContain("value=\"no good\"", customMessage: "what was typed stays");
        refused.ShouldNotContain(Password);

        using var added = await browser.SendAsync(add, "name=\"password\"", ("name", "pages"), ("userName", simulator.UserName), ("password", Password), ("confirmed", "yes"));
        PathOf(added).ShouldNotContain(Password);
        (await browser.ShouldComeToSayAsync(PathOf(added), "The source was added: its login works.")).ShouldContain("href=\"/sources/pages\"");
        var shown = await browser.PageAsync("/sources/pages");
        shown.ShouldContain("Next: synchronise");
        shown.ShouldContain("Nothing is missing", customMessage: "the simulator's administrator may do everything");
        (await browser.PageAsync("/sources/pages?privileges=yes")).ShouldContain("Nothing is missing", customMessage: "the same when it is asked again");

        using var changed = await browser.SendAsync("/sources/pages", "value=\"update\"", ("userName", ""), ("password", Password), ("thumbprint", ""));
        await browser.ShouldComeToSayAsync(PathOf(changed), "The new login works and is stored.");

        using var synchronised = await browser.SendAsync("/sources/pages", "value=\"sync\"");
        await browser.ShouldComeToSayAsync(PathOf(synchronised), "The inventory was read. Version 1: 60 VMs");
        await InventoryAsync(browser);

        using var unconfirmed = await browser.SendAsync("/sources/pages", "value=\"remove\"", ("confirm", "page"));
        unconfirmed.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        using var removed = await browser.SendAsync("/sources/pages", "value=\"remove\"", ("confirm", "pages"));
        removed.Headers.Location!.ToString().ShouldEndWith("/sources?done=removed");
        using var gone = await browser.GetAsync("/sources/pages");
        gone.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await gone.Content.ReadAsStringAsync(Cancellation)).ShouldContain("source.unknown");
    }

    [Theory]
    [InlineData("http://vcenter.example", "an https URL")]
    [InlineData("https://127.0.0.1:1", "class=\"notice bad\"")]
    public async Task A_server_that_cannot_be_asked_is_told_beside_the_address(string url, string told)
    {
        using var browser = new Browser(server);
        var html = await browser.PageAsync($"/sources/add?url={Uri.EscapeDataString(url)}");
        html.ShouldContain(told);
        html.ShouldNotContain("name=\"password\"");
    }

    [Fact]
    public async Task A_host_that_cannot_be_reached_is_not_stored_and_why_is_told()
    {
        using var browser = new Browser(server);
        using var refused = await browser.SendAsync("/hosts/add", "value=\"add\"", ("name", "far"), ("uri", "http://no"), ("domainType", "auto"), ("targets", "here"));
        refused.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        var html = await refused.Content.ReadAsStringAsync(Cancellation);
        html.ShouldContain("<li>uri: ");
        html.ShouldContain("<li>targets: ");
        using var none = await browser.GetAsync("/hosts/far");
        none.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    /// <summary>A list's filter, order and page are in its address; its CSV has the same rows.</summary>
    private static async Task InventoryAsync(Browser browser)
    {
        var first = WebUtility.HtmlDecode(await browser.PageAsync("/inventory?source=pages&sort=-capacity"));
        first.ShouldContain("1 – 50 of 60");
        first.ShouldContain("aria-sort=\"descending\"");
        WebUtility.HtmlDecode(await browser.PageAsync("/inventory?source=pages&sort=-capacity&page=2")).ShouldContain("51 – 60 of 60");
        (await browser.PageAsync("/inventory?source=pages&filter=no-such-vm")).ShouldContain("No VM matches");
        using var csv = await browser.GetAsync("/inventory.csv?source=pages");
        csv.Content.Headers.ContentType!.MediaType.ShouldBe("text/csv");
        var lines = (await csv.Content.ReadAsStringAsync(Cancellation)).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        lines.Length.ShouldBe(61);
        var key = lines[1].Split(',')[0];
        var vm = await browser.PageAsync($"/inventory/pages/{key}");
        vm.ShouldContain("Down to the HBA");
        vm.ShouldContain("No baseline");
        using var unknown = await browser.GetAsync("/inventory/pages/vm-none");
        unknown.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    private static string PathOf(HttpResponseMessage answer)
    {
        answer.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        return new Uri(answer.RequestMessage!.RequestUri!, answer.Headers.Location!).PathAndQuery;
    }
}
