using System.Text.Json.Nodes;

namespace Migrate.Api.Tests.Hosting;

/// <summary>
/// docs/openapi.json is the contract as reviewers see it change. After a wanted change, write it anew:
/// MIGRATE_WRITE_DOCS=1 dotnet test tests/Api
/// </summary>
public sealed class OpenApiDocumentTests(RunningServer server)
{
    [Fact]
    public async Task The_kept_document_is_the_one_that_the_server_gives()
    {
        using var client = server.Client();
        var given = JsonNode.Parse(await client.GetStringAsync("/openapi/v1.json", TestContext.Current.CancellationToken))!;
        var path = Repository.PathOf("docs", "openapi.json");
        if (Environment.GetEnvironmentVariable("MIGRATE_WRITE_DOCS") == "1")
        {
            await File.WriteAllTextAsync(path, given.ToJsonString(new() { WriteIndented = true }) + "\n", TestContext.Current.CancellationToken);
        }

        var kept = JsonNode.Parse(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken))!;
        JsonNode.DeepEquals(kept, given).ShouldBeTrue("The API's contract changed. If that is wanted: MIGRATE_WRITE_DOCS=1 dotnet test tests/Api, and commit docs/openapi.json.");
    }

    [Fact]
    public async Task Enums_are_names_and_lists_have_pages()
    {
        using var client = server.Client();
        var document = JsonNode.Parse(await client.GetStringAsync("/openapi/v1.json", TestContext.Current.CancellationToken))!;
        document["components"]!["schemas"]!["RunPhase"]!["enum"]!.AsArray().Select(v => v!.GetValue<string>()).ShouldContain("CuttingOver");
        foreach (var (path, operations) in document["paths"]!.AsObject())
        {
            if (operations!["get"]?["operationId"]?.GetValue<string>() is { } id && id.StartsWith("List", StringComparison.Ordinal))
            {
                operations["get"]!["parameters"]!.AsArray().Select(p => p!["name"]!.GetValue<string>()).ShouldContain("PageSize", path);
            }
        }
    }
}
