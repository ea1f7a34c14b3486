using Microsoft.Extensions.DependencyInjection;
using Migrate.Api.Hosting;
using Migrate.Api.Reports.Formats;
using Migrate.Api.Reports.HandOver;
using Migrate.Api.Reports.Readiness;
using Migrate.Api.Reports.Validations;
using Migrate.Api.Reports.WaveResults;
using Migrate.Executor.Validation;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Tests.Reports;

/// <summary>The other database answers the reports' questions, too.</summary>
public sealed class ReportsOnPostgresTests(PostgresCluster postgres) : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("migrate-reports-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Every_report_is_made()
    {
        var database = DatabaseOptions.Postgres(await postgres.NewDatabaseAsync(Cancel));
        await using var server = await MigrateServer.StartAsync(
            new ServeOptions { Data = new DataDirectory(_directory), Urls = "http://127.0.0.1:0", TargetPort = 0, DiscoveryPort = null, Database = database }, Cancel, _ => { });
        var plan = await SamplePlan.AddAsync(server.Services, 12);
        await plan.AddRunAsync(0, Outcome.Pass);
        var failed = await plan.AddRunAsync(3, Outcome.Fail);

        var readiness = await server.Services.GetRequiredService<ReadinessMaker>().MakeAsync(plan.Plan.Name, Cancel);
        var wave = await server.Services.GetRequiredService<WaveResultMaker>().MakeAsync(plan.Plan.Name, 1, Cancel);
        var validation = await server.Services.GetRequiredService<ValidationMaker>().MakeAsync(plan.Plan.Name, null, Cancel);
        var handOver = await server.Services.GetRequiredService<HandOverMaker>().MakeAsync(failed.Id, Cancel);

        (readiness.Totals.Vms, readiness.Totals.Moved, readiness.FailedVerdicts.Count).ShouldBe((12, 2, 1));
        (wave.Totals.Moved, wave.Forecasts[0].MedianError, wave.Vms[0].Phases.Count).ShouldBe((2, 1, 6));
        validation.Verdicts.ShouldBe(new ValidationCount(1, 1, 0, 10));
        foreach (Report report in new Report[] { readiness, wave, validation, handOver })
        {
            (await ReportSchemas.ValidateAsync(report.Kind, ReportOutput.JsonOf(report))).ShouldBeEmpty();
        }
    }
}
