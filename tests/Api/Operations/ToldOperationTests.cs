using System.Text.Json;
using Migrate.Api.Manifests;
using Migrate.Api.Operations;
using Migrate.Api.Tests.Pages;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Tests.Operations;

/// <summary>What a page tells of operations on its thing.</summary>
public sealed class ToldOperationTests(RunningServer server)
{
    private static readonly DateTime Now = DateTime.UtcNow;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_disk_that_is_not_what_it_was_is_told_in_red_whoever_opens_the_page_and_what_went_well_only_to_who_asked()
    {
        var run = await server.AddRunAsync("told-" + Guid.NewGuid().ToString("N")[..6], (_, _, x) => x.Phase = RunPhase.Completed);
        Operation[] rows =
        [
            Verified(run, 2000, differing: 3, minutes: 30),
            Verified(run, 2001, differing: 0, minutes: 20),
            Verified(run, 2002, differing: 5, minutes: 15), // It was mended meanwhile:
            Verified(run, 2002, differing: 0, minutes: 10),
            Verified(run, 2003, differing: 7, minutes: 60 * 30), // long ago
        ];
        await using (var db = await server.DatabaseAsync())
        {
            db.AddRange(rows);
            await db.SaveChangesAsync(Cancel);
        }

        using var browser = new Browser(server);
        var page = await browser.PageAsync($"/runs/{run.Id}");
        page.ShouldContain("disk-2000 is not what its manifest says: 3 of 9 extents differ.");
        page.ShouldContain("<div class=\"notice bad\" role=\"status\">");
        page.ShouldNotContain("disk-2001");
        page.ShouldNotContain("disk-2002");
        page.ShouldNotContain("disk-2003");
        page.ShouldNotContain("data-refresh=\"2\"");
        var asked = await browser.PageAsync($"/runs/{run.Id}?operation={rows[1].Id}");
        asked.ShouldContain("all 9 extents of disk-2001 are equal");
        asked.ShouldContain("disk-2000 is not what its manifest says");
    }

    private static Operation Verified(Run run, int disk, long differing, int minutes) => new()
    {
        Id = Guid.NewGuid(),
        Kind = OperationKind.VerifyManifest,
        Subject = $"runs/{run.Id}/manifests/{disk}",
        State = OperationState.Succeeded,
        StartedBy = "ann",
        CreatedAt = Now.AddMinutes(-minutes),
        StartedAt = Now.AddMinutes(-minutes),
        FinishedAt = Now.AddMinutes(-minutes),
        Result = JsonSerializer.Serialize(new OperationResult(Verification: new VerificationView(disk, $"disk-{disk}", differing == 0, 9, differing, [], 1, 0)), Json.Options),
    };
}
