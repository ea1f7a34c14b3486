using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Api.Reports.Formats;
using Migrate.Api.Reports.Readiness;
using Migrate.Executor.Validation;

namespace Migrate.Api.Tests.Reports;

/// <summary>The report before a move, of plans as they lie in the database, by its addresses and its command.</summary>
public sealed class ReadinessReportTests(RunningServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_formats_say_the_same_numbers()
    {
        var plan = await SamplePlan.AddAsync(server, 12);
        await plan.AddRunAsync(0, Outcome.Pass);
        using var client = server.Client();
        var path = $"/api/v1/plans/{plan.Plan.Name}/reports/readiness";

        var json = await client.GetStringAsync(path + ".json", Cancel);
        (await ReportSchemas.ValidateAsync("readiness", json)).ShouldBeEmpty();
        var report = JsonSerializer.Deserialize<ReadinessReport>(json, Json.Options)!;
        report.Totals.ShouldBe(new ReadinessTotals(12, 9, 2, 0, 1, 12 * 8 * SamplePlan.GiB, 12 * 3 * SamplePlan.GiB, 3, 12, 0));
        report.Vms.Where(x => x.State == VmReadiness.Blocked).Select(x => x.Vm).ShouldBe(["vm1", "vm11"]);
        report.AcceptedRisks.ShouldHaveSingleItem().Reason.ShouldBe("unused since March");
        (report.Answer.Standing, report.Answer.ToDo[0].What).ShouldBe((Standing.Bad, "Raw device mapping (disk.rdm-physical) blocks vm1, vm11."));
        report.Answer.ToDo[0].How.ShouldContain($"migrate concerns override disk.rdm-physical --plan {plan.Plan.Name}");
        report.Waves.Select(x => (x.Number, x.Vms, x.Blocked, x.CopyBytes)).ShouldBe([(1, 10, 1, 30 * SamplePlan.GiB), (2, 2, 1, 6 * SamplePlan.GiB)]);
        report.Capacity.Single(x => x.What == "storage").Needed.ShouldBe(11 * 3 * SamplePlan.GiB, "what has moved needs no more room");

        var rows = CsvReader.Read(await client.GetStringAsync(path + ".csv", Cancel));
        string[] Column(string name) => [.. rows.Skip(1).Select(x => x[rows[0].IndexOf(name)])];
        Column("vm").ShouldBe(report.Vms.Select(x => x.Vm));
        Column("copy_bytes").Sum(long.Parse).ShouldBe(report.Totals.CopyBytes);
        Column("state").Count(x => x == "Blocked").ShouldBe(report.Totals.Blocked);
        Column("downtime_high_s").ShouldAllBe(x => x == "60");

        var html = await client.GetStringAsync(path + ".html", Cancel);
        foreach (var shown in new[] { ">12</strong><span>VMs</span>", "9 ready, 2 blocked", ">36 GiB</strong><span>to copy</span>", "of 96 GiB capacity", "approved by bob", "unused since March", "Not ready to begin" })
        {
            html.ShouldContain(shown);
        }
    }

    [Fact]
    public async Task The_caller_says_the_format_by_what_it_accepts()
    {
        var plan = await SamplePlan.AddAsync(server, 1);
        using var client = server.Client();
        async Task<(HttpStatusCode, string?)> TypeOfAsync(string? accept)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/plans/{plan.Plan.Id}/reports/readiness");
            if (accept is not null)
            {
                request.Headers.Accept.ParseAdd(accept);
            }

            using var response = await client.SendAsync(request, Cancel);
            return (response.StatusCode, response.Content.Headers.ContentType?.MediaType);
        }

        (await TypeOfAsync(null)).ShouldBe((HttpStatusCode.OK, "application/json"));
        (await TypeOfAsync("text/html,application/xhtml+xml,*/*;q=0.8")).ShouldBe((HttpStatusCode.OK, "text/html"));
        (await TypeOfAsync("application/json;q=0.1, text/csv")).ShouldBe((HttpStatusCode.OK, "text/csv"));
        (await TypeOfAsync("application/pdf")).ShouldBe((HttpStatusCode.OK, "application/pdf"));
        (await TypeOfAsync("image/png")).ShouldBe((HttpStatusCode.NotAcceptable, "application/problem+json"));
        client.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));
        using var unknown = await client.GetAsync("/api/v1/plans/no-such-plan/reports/readiness", Cancel);
        unknown.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task What_nobody_tells_of_a_disk_is_taken_to_be_full()
    {
        var maker = server.Services.GetRequiredService<ReadinessMaker>();
        (await maker.MakeAsync((await SamplePlan.AddAsync(server, 1)).Plan.Name, Cancel)).Totals.CopyBytes.ShouldBe(3 * SamplePlan.GiB);
        (await maker.MakeAsync((await SamplePlan.AddAsync(server, 1, datastore: "ds-2")).Plan.Name, Cancel)).Totals.CopyBytes.ShouldBe(8 * SamplePlan.GiB, "vSAN has descriptors where others have files");
    }

    [Fact]
    public async Task As_many_questions_for_three_hundred_VMs_as_for_three()
    {
        var maker = server.Services.GetRequiredService<ReadinessMaker>();
        var (few, many) = (await SamplePlan.AddAsync(server, 3), await SamplePlan.AddAsync(server, 300));
        var least = await SamplePlan.CommandsOfAsync(() => maker.MakeAsync(few.Plan.Name, Cancel));
        var most = await SamplePlan.CommandsOfAsync(() => maker.MakeAsync(many.Plan.Name, Cancel));
        least.ShouldBeGreaterThan(8);
        most.ShouldBeLessThan(least + 6, "baselines are asked for by some hundred VMs at once");
    }

    [Fact]
    public async Task The_command_writes_what_its_file_is_called()
    {
        var plan = await SamplePlan.AddAsync(server, 2, x => x == 0 ? "<script>" : "=cmd");
        var file = Path.Combine(server.Directory, plan.Plan.Name);
        (await server.RunAsync("report", "readiness", plan.Plan.Name, "--out", file + ".html")).ExitCode.ShouldBe(0);
        (await File.ReadAllTextAsync(file + ".html", Cancel)).ShouldContain("&lt;script&gt;");
        (await server.RunAsync("report", "readiness", plan.Plan.Name, "--out", file + ".pdf")).ExitCode.ShouldBe(0);
        (await File.ReadAllBytesAsync(file + ".pdf", Cancel))[..5].ShouldBe("%PDF-"u8.ToArray());
        (await server.RunAsync("report", "readiness", plan.Plan.Name, "--format", "csv")).Out.ShouldContain(",'=cmd,");
        (await server.RunAsync("report", "readiness", plan.Plan.Name, "--format", "pdf")).ExitCode.ShouldBe(2);
    }
}
