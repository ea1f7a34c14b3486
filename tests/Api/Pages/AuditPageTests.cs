using System.Net;
using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;

namespace Migrate.Api.Tests.Pages;

/// <summary>On a server of its own, because it spoils its log.</summary>
[UsesDatabase]
public sealed class AuditPageTests : IAsyncLifetime
{
    private readonly RunningServer _server = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _server.InitializeAsync();
        using var client = _server.Client();
        using var added = await client.PostAsJsonAsync("/api/v1/users", new { name = "one", role = "Viewer" }, Cancellation);
        added.StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task The_log_is_shown_between_two_times()
    {
        using var browser = new Browser(_server);
        var (before, after) = (DateTime.UtcNow.AddHours(-1).ToString("yyyy-MM-ddTHH:mm"), DateTime.UtcNow.AddHours(1).ToString("yyyy-MM-ddTHH:mm"));
        (await browser.PageAsync($"/audit?from={before}&until={after}")).ShouldContain("AddUser");
        (await browser.PageAsync($"/audit?from={after}")).ShouldContain("No line");
        (await browser.PageAsync($"/audit?until={before}")).ShouldContain("No line");
        var wrong = await browser.PageAsync("/audit?from=yesterday");
        WebUtility.HtmlDecode(wrong).ShouldContain("'yesterday' is no time");
        wrong.ShouldNotContain("AddUser", customMessage: "a wrong time is not any time");
    }

    [Fact]
    public async Task Verifying_says_how_many_lines_are_in_order_or_which_one_is_not()
    {
        using var browser = new Browser(_server);
        using var intact = await browser.SendAsync("/audit", "value=\"verify\"");
        var good = WebUtility.HtmlDecode(await intact.Content.ReadAsStringAsync(Cancellation));
        intact.StatusCode.ShouldBe(HttpStatusCode.OK, good);
        good.ShouldContain("Intact: 3 lines", customMessage: "the user, what came of that, and that somebody verifies");
        good.ShouldMatch("Verified by admin on \\d{4}-\\d\\d-\\d\\d .* UTC");

        await using (var db = await _server.DatabaseAsync())
        {
            await db.Database.ExecuteSqlRawAsync("UPDATE audit SET \"Who\" = 'somebody else' WHERE \"Sequence\" = 2", Cancellation);
        }

        using var broken = await browser.SendAsync("/audit", "value=\"verify\"");
        var bad = WebUtility.HtmlDecode(await broken.Content.ReadAsStringAsync(Cancellation));
        bad.ShouldContain("Not intact: line 2 was changed");
        bad.ShouldContain("In order up to line 1.");
        (await _server.RunAsync("audit", "verify")).Out.ShouldContain("line 2 was changed", customMessage: "as the command says");
    }

    [Fact]
    public async Task Nobody_verifies_it_who_is_not_known()
    {
        using var browser = new Browser(_server, known: false);
        using var refused = await browser.PostAsync("/audit", ("_handler", "verify"));
        refused.StatusCode.ShouldNotBe(HttpStatusCode.OK);
        (await refused.Content.ReadAsStringAsync(Cancellation)).ShouldNotContain("Intact");
    }
}
