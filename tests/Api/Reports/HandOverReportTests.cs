using System.Text.Json;
using Migrate.Api.Reports.Formats;
using Migrate.Api.Reports.HandOver;
using Migrate.Executor.Runs.Gates;
using Migrate.Executor.Validation;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Tests.Reports;

/// <summary>What is handed over with a VM, of runs as they lie in the database.</summary>
public sealed class HandOverReportTests(RunningServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_formats_say_the_same_of_a_VM_that_moved_late_and_with_a_failed_verdict()
    {
        var plan = await SamplePlan.AddAsync(server, 7);
        var run = await plan.AddRunAsync(6, Outcome.Fail, x =>
        {
            x.StartedAt += TimeSpan.FromMinutes(30);
            x.Attempt = 2;
            x.VerdictAcceptance = new VerdictAcceptance("ann", SamplePlan.Start, "the address moves on Monday", x.DowntimeStartedAt!.Value.AddMinutes(2)).Write();
        });
        using var client = server.Client();
        var path = $"/api/v1/runs/{run.Id}/reports/hand-over";

        var json = await client.GetStringAsync(path + ".json", Cancel);
        (await ReportSchemas.ValidateAsync("hand-over", json)).ShouldBeEmpty();
        var report = JsonSerializer.Deserialize<HandOverReport>(json, Json.Options)!;
        (report.Vm, report.Outcome, report.Downtime!.Seconds, report.Answer.Standing).ShouldBe(("vm6", Outcome.Fail, 40, Standing.Attention));
        report.AcceptedRisks.Select(x => x.Reason).ShouldBe(["unused since March", "the address moves on Monday"]);
        report.Deviations.Select(x => x.What).ShouldBe(["begin of the copy", "attempts", "verdict", "rate of Hard disk 1"]);
        report.Deviations[0].Done.ShouldEndWith("30 min 00 s later");
        var disk = report.Disks.ShouldHaveSingleItem();
        (disk.SourceDatastore, disk.SourceFile, disk.BytesRead, disk.CopySeconds, disk.Equal).ShouldBe(("iser-vmfs", "[iser-vmfs] vm6/disk.vmdk", 3 * SamplePlan.GiB, 60, true));
        report.WayBack.Commands.ShouldContain(x => x.Line == $"migrate run rollback {run.Id} --discard-changes --reason WHY");
        report.VerifyAgain[0].Line.ShouldBe($"migrate verify {run.Id}");

        var rows = CsvReader.Read(await client.GetStringAsync(path + ".csv", Cancel));
        rows[1][rows[0].IndexOf("read_bytes")].ShouldBe($"{disk.BytesRead}");
        rows[1][rows[0].IndexOf("source_hash")].ShouldBe(disk.SourceHash);

        var html = System.Net.WebUtility.HtmlDecode(await client.GetStringAsync(path + ".html", Cancel));
        foreach (var shown in new[] { "the address moves on Monday", "<strong>40 s</strong>", disk.SourceHash!, "3 GiB read", "30 min 00 s later", $"migrate verify {run.Id}", "32 s (20 s – 1 min 00 s)" })
        {
            html.ShouldContain(shown);
        }
    }

    [Fact]
    public async Task A_run_that_is_not_over_or_went_back_says_so()
    {
        var plan = await SamplePlan.AddAsync(server, 2);
        var seeding = await plan.AddRunAsync(0, null, x => (x.Phase, x.DomainName, x.DowntimeStartedAt, x.FinishedAt) = (RunPhase.Seeding, null, null, null));
        var back = await plan.AddRunAsync(1, Outcome.Pass, x => x.Phase = RunPhase.RolledBack);
        using var client = server.Client();

        var first = JsonSerializer.Deserialize<HandOverReport>(await client.GetStringAsync($"/api/v1/runs/{seeding.Id}/reports/hand-over.json", Cancel), Json.Options)!;
        (first.Answer.Headline, first.WayBack.Commands[0].Line).ShouldBe(("The move is not over", $"migrate run rollback {seeding.Id} --reason WHY"), "nothing would be lost");
        var second = await server.RunAsync("report", "handover", back.Id.ToString(), "--format", "json");
        var report = JsonSerializer.Deserialize<HandOverReport>(second.Out, Json.Options)!;
        (report.Answer.Headline, report.WayBack.IsPossible).ShouldBe(("Rolled back: the VM is its source again", false));
        report.Deviations.ShouldContain(x => x.What == "end");
    }
}
