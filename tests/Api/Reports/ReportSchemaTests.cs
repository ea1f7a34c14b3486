using System.Text.Json;
using System.Text.Json.Nodes;
using Migrate.Api.Reports.Formats;

namespace Migrate.Api.Tests.Reports;

/// <summary>docs/schemas is the contract of reports. After a wanted change, write it anew: MIGRATE_WRITE_DOCS=1 dotnet test tests/Api; a change that breaks readers takes another version.</summary>
public sealed class ReportSchemaTests
{
    public static TheoryData<string> Kinds => ["readiness", "wave", "validation", "hand-over"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task The_published_schema_is_that_of_the_records(string kind)
    {
        var given = ReportSchemas.Of(TypeOf(kind), kind);
        var path = ReportSchemas.PathOf(kind);
        if (Environment.GetEnvironmentVariable("MIGRATE_WRITE_DOCS") == "1")
        {
            await File.WriteAllTextAsync(path, given.ToJsonString(new() { WriteIndented = true }) + "\n", TestContext.Current.CancellationToken);
        }

        JsonNode.DeepEquals(JsonNode.Parse(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)), given).ShouldBeTrue(
            $"The {kind} report changed. If that is wanted: MIGRATE_WRITE_DOCS=1 dotnet test tests/Api, and commit docs/schemas.");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task The_schema_takes_a_report_and_refuses_what_is_none(string kind)
    {
        var report = ReportOutput.JsonOf(SampleReports.Of(kind, "web01"));
        (await ReportSchemas.ValidateAsync(kind, report)).ShouldBeEmpty();

        foreach (var spoil in new Action<JsonObject>[] { x => x["schemaVersion"] = 2, x => x.Remove("generatedAt"), x => x["more"] = 1, x => x["answer"]!["standing"] = "Splendid", x => x["kind"] = "invoice" })
        {
            var spoiled = JsonNode.Parse(report)!.AsObject();
            spoil(spoiled);
            (await ReportSchemas.ValidateAsync(kind, spoiled.ToJsonString())).ShouldNotBeEmpty();
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_report_reads_back_equal(string kind)
    {
        var json = ReportOutput.JsonOf(SampleReports.Of(kind, "web01"));
        ReportOutput.JsonOf((Report)JsonSerializer.Deserialize(json, TypeOf(kind), Json.Options)!).ShouldBe(json);
    }

    private static Type TypeOf(string kind) => SampleReports.Of(kind, "").GetType();
}
