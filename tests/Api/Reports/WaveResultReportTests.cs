using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Api.Reports.Formats;
using Migrate.Api.Reports.WaveResults;
using Migrate.Executor.Runs.Gates;
using Migrate.Executor.Validation;
using Migrate.Planner.Persistence;
using Migrate.Planner.VSphere.ChangeTracking;

namespace Migrate.Api.Tests.Reports;

/// <summary>What became of a wave, of runs as they lie in the database.</summary>
public sealed class WaveResultReportTests(RunningServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_formats_say_the_same_of_a_wave_in_which_everything_happens()
    {
        var plan = await SamplePlan.AddAsync(server, 12);
        await plan.AddRunAsync(0, Outcome.Pass, x => x.DowntimeEndedAt = x.DowntimeStartedAt!.Value.AddSeconds(96)); // 200 % above 32 s, and above 60 s.
        await plan.AddRunAsync(2, Outcome.Inconclusive);
        var accepted = await plan.AddRunAsync(3, Outcome.Fail, x => x.VerdictAcceptance = new VerdictAcceptance("ann", SamplePlan.Start, "moved on Monday", x.DowntimeStartedAt!.Value.AddMinutes(2)).Write());
        await plan.AddRunAsync(4, Outcome.Fail);
        await plan.AddRunAsync(5, null, x =>
        {
            (x.Phase, x.ResumePhase, x.DowntimeStartedAt, x.DowntimeEndedAt, x.DomainName) = (RunPhase.Failed, RunPhase.Seeding, null, null, null);
            (x.ErrorCode, x.Error, x.Remedy) = ("source.unreachable", "The source does not answer.", "Look at its network.");
        });
        await plan.AddRunAsync(7, Outcome.Pass, x => x.Phase = RunPhase.RolledBack);
        await plan.AddRunAsync(10, Outcome.Pass); // Of wave 2.
        using var client = server.Client();
        var path = $"/api/v1/plans/{plan.Plan.Name}/reports/wave";

        var json = await client.GetStringAsync(path + ".json?wave=1", Cancel);
        (await ReportSchemas.ValidateAsync("wave", json, await client.GetStringAsync(path + ".json", Cancel))).ShouldBeEmpty();
        var report = JsonSerializer.Deserialize<WaveResultReport>(json, Json.Options)!;
        var totals = report.Totals;
        (totals.Vms, totals.Moved, totals.Passed, totals.FailedVerdicts, totals.Inconclusive, totals.FailedRuns, totals.RolledBack, totals.NotStarted).ShouldBe((10, 4, 1, 2, 1, 1, 1, 4));
        (totals.AllocatedBytes, totals.SentBytes, totals.CapacityBytes).ShouldBe((6 * 3 * SamplePlan.GiB, 6 * 2 * SamplePlan.GiB, 10 * 8 * SamplePlan.GiB));
        (totals.LongestDowntimeVm, totals.LongestDowntimeSeconds, totals.MedianDowntimeSeconds).ShouldBe(("vm0", 96, 40));
        var copies = report.Forecasts[0];
        (copies.Vms, copies.MedianError).ShouldBe((6, 1), "60 s of 30 that were planned");
        var downtimes = report.Forecasts[1];
        (downtimes.Vms, downtimes.MedianError, downtimes.WorstError, downtimes.WorstVm, downtimes.WithinBand).ShouldBe((5, 0.25, 2, "vm0", 4));
        report.FailedVerdicts.Select(x => (x.VmName, x.Holds)).ShouldBe([("vm3", false), ("vm4", true)]);
        report.Deviations.ShouldContain(x => x.Vm == "vm0" && x.What == "downtime" && x.Done == "1 min 36 s");
        var first = report.Vms.Single(x => x.Vm == "vm2");
        first.Phases.Select(x => (x.Phase, x.Seconds)).Take(2).ShouldBe([(RunPhase.Preparing, 10), (RunPhase.Seeding, 60)]);
        report.Answer.Standing.ShouldBe(Standing.Bad);
        report.Answer.ToDo.Where(x => x.Standing == Standing.Bad).Select(x => x.What).ShouldBe(
            ["The run of vm5 failed: The source does not answer.", "vm4 has the verdict Fail, which holds the waves after 1. Identity: An address is compared."]);

        var rows = CsvReader.Read(await client.GetStringAsync(path + ".csv?wave=1", Cancel));
        string[] Column(string name) => [.. rows.Skip(1).Select(x => x[rows[0].IndexOf(name)])];
        Column("vm").ShouldBe(report.Vms.Select(x => x.Vm));
        Column("allocated_bytes").Sum(long.Parse).ShouldBe(totals.AllocatedBytes);
        Column("downtime_error")[0].ShouldBe("2");
        Column("accepted_by").ShouldContain("ann");
        Column("run").ShouldContain($"{accepted.Id}");

        var html = WebUtility.HtmlDecode(await client.GetStringAsync(path + ".html?wave=1", Cancel));
        foreach (var shown in new[] { ">4 of 10</strong><span>VMs moved</span>", "longest 1 min 36 s, vm0", ">+25 %</strong><span>downtime vs forecast</span>", "4 of 5 were within their band", "moved on Monday", "The source does not answer.", "Look at its network." })
        {
            html.ShouldContain(shown);
        }

        JsonSerializer.Deserialize<WaveResultReport>(await client.GetStringAsync(path + ".json", Cancel), Json.Options)!.Totals.Passed.ShouldBe(2, "of all waves");
        using var unknown = await client.GetAsync(path + ".json?wave=9", Cancel);
        unknown.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Of_a_warm_run_all_passes_count_and_the_first_one_is_its_copy()
    {
        var plan = await SamplePlan.AddAsync(server, 1);
        var run = await plan.AddRunAsync(0, Outcome.Pass);
        await using (var db = await server.DatabaseAsync())
        {
            for (var number = 1; number <= 2; number++)
            {
                var begin = run.StartedAt!.Value.AddMinutes(number);
                var pass = new RunPass { Id = Guid.NewGuid(), RunId = run.Id, Number = number, IsLast = number == 2, StartedAt = begin, FrozenAt = begin, CopiedAt = begin.AddSeconds(number == 1 ? 45 : 5), FinishedAt = begin.AddSeconds(50), Outcome = PassOutcome.Completed };
                db.Add(pass);
                db.Add(new RunPassDisk { Id = Guid.NewGuid(), PassId = pass.Id, DiskKey = 2000, Label = "Hard disk 1", Basis = PassBasis.UsedAreas, Reason = "", StartedAt = begin, BytesRead = 3 * SamplePlan.GiB / number, BytesSent = SamplePlan.GiB / number });
            }

            await db.SaveChangesAsync(Cancel);
        }

        var maker = server.Services.GetRequiredService<WaveResultMaker>();
        var report = await maker.MakeAsync(plan.Plan.Name, 1, Cancel);
        var vm = report.Vms.ShouldHaveSingleItem();
        (vm.Passes, vm.AllocatedBytes, vm.SentBytes, vm.CopySeconds, vm.CopyError).ShouldBe((2, 9 * SamplePlan.GiB / 2, 3 * SamplePlan.GiB / 2, 45, 0.5));
        vm.BytesPerSecond!.Value.ShouldBe(3 * SamplePlan.GiB / 45.0, 1);

        await using var small = await server.DatabaseAsync();
        await small.RunPassDisks.Where(x => small.RunPasses.Any(y => y.Id == x.PassId && y.RunId == run.Id)).ExecuteUpdateAsync(set => set.SetProperty(x => x.BytesRead, 255L << 20), Cancel);
        (await maker.MakeAsync(plan.Plan.Name, 1, Cancel)).Vms[0].CopyError.ShouldBeNull("it measures how long a copy takes to begin");
    }

    [Fact]
    public async Task As_many_questions_for_a_wave_of_many_as_for_one()
    {
        var (few, many) = (await SamplePlan.AddAsync(server, 1), await SamplePlan.AddAsync(server, 60));
        await few.AddRunAsync(0, Outcome.Pass);
        for (var i = 0; i < 60; i++)
        {
            await many.AddRunAsync(i, i % 7 == 0 ? Outcome.Fail : Outcome.Pass);
        }

        var maker = server.Services.GetRequiredService<WaveResultMaker>();
        var least = await SamplePlan.CommandsOfAsync(() => maker.MakeAsync(few.Plan.Name, null, Cancel));
        (await SamplePlan.CommandsOfAsync(() => maker.MakeAsync(many.Plan.Name, null, Cancel))).ShouldBe(least);
        var validation = server.Services.GetRequiredService<Migrate.Api.Reports.Validations.ValidationMaker>();
        var fewest = await SamplePlan.CommandsOfAsync(() => validation.MakeAsync(few.Plan.Name, null, Cancel));
        (await SamplePlan.CommandsOfAsync(() => validation.MakeAsync(many.Plan.Name, null, Cancel))).ShouldBe(fewest);
        least.ShouldBeGreaterThan(fewest);
    }
}
