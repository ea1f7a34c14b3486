using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Api.Jobs;
using Migrate.Api.Runs;
using Migrate.Api.Tests.Clients;
using Migrate.Executor.Validation;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Tests.Upgrades;

/// <summary>This version starts on what the first one left in the middle of a migration.</summary>
public sealed class UpgradeTests
{
    private const string Password = "Nqu+OWrISOqZIJhOj76mrncQ";
    private static readonly Guid Completed = new("01a2063d-6830-73aa-9695-98a721328bbd");
    private static readonly Guid RolledBack = new("01a2063d-6875-7301-ad8d-8391a2c4c968");
    private static readonly Guid UnderWay = new("01a20642-4add-7af8-9014-b0571c25a84b");

    // Of these the first version knew nothing, or its demo had none.
    private static readonly string[] Empty =
    [
        "ExportAudit", "ListAudit", "ListKeys", "ListNamespaces", "ListNotifications", "ListOperations", "ListOverrides", "ListTargetHosts", "ListUsers", "ListViews",
    ];

    // Its vCenter is gone; the run has no verdict yet, the plan was not checked, and its waves have one version.
    private static readonly string[] Refused = ["CheckPrivileges source.unreachable", "DiffWaveVersions wave.version.unknown", "DiffWaveVms wave.version.unknown", "GetBaseline baseline.not-found", "GetLatestCheck plan.check.not-found", "GetManifest manifest.none", "GetManifestSignature manifest.none", "GetOperation operation.unknown", "GetRunVerdict run.verdict.unknown", "GetUser user.unknown"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_of_it_is_there_is_read_by_every_call_and_goes_on()
    {
        await using var server = new RunningServer { Before = (directory, database) => FormerVersion.PutAsync(directory, database, Cancel) };
        await server.InitializeAsync();

        await using (var db = await server.DatabaseAsync())
        {
            (await db.Database.GetPendingMigrationsAsync(Cancel)).ShouldBeEmpty();
            var source = await db.Sources.AsNoTracking().SingleAsync(Cancel);
            server.Services.GetRequiredService<IDataProtectionProvider>().CreateProtector("Migrate.Source.Password").Unprotect(source.ProtectedPassword).ShouldBe(Password);
            (await db.Runs.AsNoTracking().OrderBy(x => x.CreatedAt).Select(x => new { x.Id, x.Outcome }).ToListAsync(Cancel)).Select(x => (x.Id, x.Outcome))
                .ShouldBe([(Completed, "Inconclusive"), (RolledBack, "Inconclusive"), (UnderWay, null)], ignoreOrder: true);
        }

        Directory.GetFiles(server.Directory, "*.before-*").ShouldHaveSingleItem("what was there is kept, as it was");
        var (wrong, empty, refused) = await EveryRead.OfAsync(server, new Dictionary<string, string>
        {
            ["source"] = "vcenter",
            ["name"] = "warm",
            ["plan"] = "warm",
            ["vm"] = "vm-15",
            ["version"] = "1",
            ["id"] = UnderWay.ToString(),
            ["host"] = "here",
            ["cluster"] = "domain-c7",
            ["network"] = "network-13",
        });
        wrong.ShouldBeEmpty();
        empty.ShouldBe(Empty);
        refused.ShouldBe(Refused);

        using var http = server.Client();
        var moved = (await http.GetFromJsonAsync<RunDetail>($"/api/v1/runs/{Completed}", Json.Options, Cancel))!;
        moved.Disks.ShouldAllBe(x => x.VerifiedAt != null && x.SourceHash == x.DestinationHash);
        moved.Events.Count.ShouldBeGreaterThan(20);
        var verdict = (await http.GetFromJsonAsync<Verdict>($"/api/v1/runs/{Completed}/verdict", Json.Options, Cancel))!;
        verdict.Aspects.Single(x => x.Aspect == Aspect.Data).Outcome.ShouldBe(Outcome.Pass);
        verdict.Latencies.ShouldNotBeEmpty();

        var overrides = (await http.GetFromJsonAsync<JsonObject>("/api/v1/plans/blocked/overrides", Cancel))!;
        overrides["items"]![0]!["reason"]!.GetValue<string>().ShouldBe("the node is decommissioned");

        // The warm run was Ready, with two passes: this version's worker takes it up where it was, and finds its vCenter gone.
        var job = (await http.GetFromJsonAsync<JobDetail>($"/api/v1/jobs/{UnderWay}", Json.Options, Cancel))!;
        job.Job.Step.ShouldBeOneOf([RunPhase.Ready, RunPhase.Syncing], string.Join("\n", job.Events.Select(x => x.Message)));
        (await http.GetFromJsonAsync<Page<PassView>>($"/api/v1/runs/{UnderWay}/passes", Json.Options, Cancel))!.Total.ShouldBeGreaterThanOrEqualTo(2);
    }
}
