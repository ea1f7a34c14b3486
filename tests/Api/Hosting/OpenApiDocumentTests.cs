using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

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
                operations["get"]!["parameters"]!.AsArray().Select(p => p!["name"]!.GetValue<string>()).ShouldContain("pageSize", path);
            }
        }
    }

    /// <summary>What a generated client needs; made from the document, so that a new call cannot be forgotten.</summary>
    [Fact]
    public async Task Each_call_says_what_it_answers_and_how_it_fails()
    {
        using var client = server.Client();
        var document = JsonNode.Parse(await client.GetStringAsync("/openapi/v1.json", TestContext.Current.CancellationToken))!;
        List<string> wrong = [];
        var calls = 0;
        foreach (var operation in document["paths"]!.AsObject().SelectMany(x => x.Value!.AsObject()).Select(x => x.Value!))
        {
            calls++;
            var id = operation["operationId"]!.GetValue<string>();
            var answers = operation["responses"]!.AsObject();
            var good = answers.Where(x => x.Key[0] == '2').ToList();
            if (good.Count != 1)
            {
                wrong.Add($"{id} says {good.Count} answers of success");
            }

            foreach (var (status, answer) in good)
            {
                var contents = answer!["content"]?.AsObject().ToList() ?? [];
                wrong.AddRange(contents.Where(x => !IsKnown(x.Key, x.Value!["schema"])).Select(x => $"{id} says {x.Key} without what it is"));
                if (contents.Count == 0 != (status == "204"))
                {
                    wrong.Add($"{id} says {status} with {contents.Count} contents");
                }
            }

            foreach (var status in (string[])["401", "403", "default"])
            {
                if (answers[status]?["content"]?["application/problem+json"] is null)
                {
                    wrong.Add($"{id} does not say how it fails: {status}");
                }
            }
        }

        wrong.AddRange(document["components"]!["schemas"]!.AsObject().Where(x => x.Value!["enum"] is { } words && (x.Value["type"]?.GetValue<string>() != "string" || words.AsArray().Any(y => y is null))).Select(x => $"{x.Key} does not say that it is words"));
        wrong.ShouldBeEmpty();
        calls.ShouldBe(server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(x => x.RoutePattern.RawText!.TrimStart('/').StartsWith("api/", StringComparison.Ordinal)).Sum(x => x.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods.Count), "calls that the document does not have");

        static bool IsKnown(string type, JsonNode? schema) => type == "application/json" && schema?["format"]?.GetValue<string>() != "binary"
            ? (schema?["$ref"] ?? schema?["items"]?["$ref"]) is not null
            : schema?["type"]?.GetValue<string>() == "string" && schema["format"]?.GetValue<string>() == "binary";
    }
}
