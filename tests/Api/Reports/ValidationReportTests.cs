using System.Net;
using System.Text.Json;
using Migrate.Api.Reports.Formats;
using Migrate.Api.Reports.Validations;
using Migrate.Executor.Runs.Gates;
using Migrate.Executor.Validation;

namespace Migrate.Api.Tests.Reports;

/// <summary>What is proven of a wave, of verdicts as they lie in the database.</summary>
public sealed class ValidationReportTests(RunningServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_formats_say_the_same_verdicts()
    {
        var plan = await SamplePlan.AddAsync(server, 5);
        await plan.AddRunAsync(0, Outcome.Pass);
        await plan.AddRunAsync(1, Outcome.Inconclusive);
        await plan.AddRunAsync(2, Outcome.Fail, x => x.VerdictAcceptance = new VerdictAcceptance("ann", SamplePlan.Start, "moved on Monday", x.DowntimeStartedAt!.Value.AddMinutes(2)).Write());
        await plan.AddRunAsync(3, Outcome.Fail);
        using var client = server.Client();
        var path = $"/api/v1/plans/{plan.Plan.Name}/reports/validation";

        var json = await client.GetStringAsync(path + ".json", Cancel);
        (await ReportSchemas.ValidateAsync("validation", json)).ShouldBeEmpty();
        var report = JsonSerializer.Deserialize<ValidationReport>(json, Json.Options)!;
        report.Verdicts.ShouldBe(new ValidationCount(1, 2, 1, 1));
        report.Aspects.Single(x => x.Aspect == Aspect.Data).Count.ShouldBe(new ValidationCount(4, 0, 0, 1));
        report.Aspects.Single(x => x.Aspect == Aspect.Identity).Count.ShouldBe(new ValidationCount(1, 2, 1, 1));
        report.Open[0].Vms.ShouldBe(["vm2", "vm3"]);
        (report.Answer.Standing, report.Answer.Headline, report.Answer.ToDo[0].What).ShouldBe((Standing.Bad, "Not as it was", "vm3: Identity: An address is compared."));

        var rows = CsvReader.Read(await client.GetStringAsync(path + ".csv", Cancel));
        rows.Count.ShouldBe(1 + (4 * 4) + 1, "a row for each aspect, and one for a VM without a verdict");
        var (verdict, aspect, outcome) = (rows[0].IndexOf("verdict"), rows[0].IndexOf("aspect"), rows[0].IndexOf("outcome"));
        rows.Count(x => x[aspect] == "Identity" && x[outcome] == "Fail").ShouldBe(2);
        rows.Count(x => x[verdict] == "Fail").ShouldBe(2 * 4);

        var html = WebUtility.HtmlDecode(await client.GetStringAsync(path + ".html", Cancel));
        foreach (var shown in new[] { ">1 of 5</strong><span>VMs proven</span>", ">4 of 5</strong><span>Data passed</span>", "Accepted by ann", "moved on Monday", "Not as it was" })
        {
            html.ShouldContain(shown);
        }

        (await server.RunAsync("report", "validation", plan.Plan.Name, "--wave", "1", "--format", "csv")).Out.ShouldBe(await client.GetStringAsync(path + ".csv?wave=1", Cancel));
    }
}
