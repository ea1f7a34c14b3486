using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Migrate.Api.Tests.Hosting;

/// <summary>
/// docs/reference says for people what docs/openapi.json says for programs, and which role each call takes. It is written from these two:
/// after a wanted change, MIGRATE_WRITE_DOCS=1 dotnet test tests/Api
/// </summary>
public sealed class ApiReferenceTests
{
    [Fact]
    public void The_reference_says_what_the_document_says()
    {
        var pages = ApiReference.Pages(Document(), Roles());
        foreach (var (file, text) in pages)
        {
            WrittenDocument.ShouldBe($"docs/reference/{file}", text);
        }

        Directory.GetFiles(Repository.PathOf("docs", "reference")).Select(Path.GetFileName).ShouldBe(pages.Keys, ignoreOrder: true, "a page of what is no longer there");
    }

    /// <summary>So that nothing is left out because of how it is written in the document.</summary>
    [Fact]
    public void Every_call_has_its_parameters_its_role_and_its_types_and_every_link_leads_somewhere()
    {
        var document = Document();
        var pages = ApiReference.Pages(document, Roles());
        var types = Regex.Matches(pages["types.md"], "^## (.+)$", RegexOptions.Multiline).Select(x => x.Groups[1].Value).ToHashSet();
        List<string> wrong = [];
        foreach (var (path, methods) in document["paths"]!.AsObject())
        {
            foreach (var (method, operation) in methods!.AsObject())
            {
                var id = operation!["operationId"]!.GetValue<string>();
                var text = pages.Where(x => x.Key != "types.md").SelectMany(x => x.Value.Split("\n## ")).SingleOrDefault(x => x.StartsWith(id + "\n", StringComparison.Ordinal)) ?? "";
                wrong.AddRange(text.Contains($"`{method.ToUpperInvariant()} {path}`", StringComparison.Ordinal) ? [] : [$"{id}: how it is called is not said"]);
                wrong.AddRange(Regex.IsMatch(text, "Role: (anybody|Viewer|Operator|Approver|Admin)") ? [] : [$"{id}: its role is not said"]);
                wrong.AddRange((operation["parameters"]?.AsArray() ?? []).Select(x => x!["name"]!.GetValue<string>()).Where(x => !text.Contains($"| `{x}` |", StringComparison.Ordinal)).Select(x => $"{id}: {x} is not said"));
                wrong.AddRange(operation["requestBody"] is null || text.Contains("\nRequest: ", StringComparison.Ordinal) ? [] : [$"{id}: what it is sent is not said"]);
            }
        }

        foreach (var (name, schema) in document["components"]!["schemas"]!.AsObject())
        {
            var text = pages["types.md"].Split("\n## ").SingleOrDefault(x => x.StartsWith(name + "\n", StringComparison.Ordinal)) ?? "";
            wrong.AddRange((schema!["properties"]?.AsObject() ?? []).Select(x => x.Key).Where(x => !text.Contains($"| `{x}` |", StringComparison.Ordinal)).Select(x => $"{name}: {x} is not said"));
            wrong.AddRange((schema["enum"]?.AsArray() ?? []).Select(x => $"`{x}`").Where(x => !text.Contains(x, StringComparison.Ordinal)).Select(x => $"{name}: {x} is not said"));
        }

        foreach (var (file, text) in pages)
        {
            wrong.AddRange(Regex.Matches(text, @"\]\((?:types\.md)?#([^)]+)\)").Select(x => x.Groups[1].Value).Where(x => !types.Any(y => y.Equals(x, StringComparison.OrdinalIgnoreCase)) && !text.Contains($"\n## {x}", StringComparison.OrdinalIgnoreCase)).Select(x => $"{file}: a link to {x}"));
        }

        wrong.Distinct().ShouldBeEmpty(string.Join('\n', wrong.Distinct()));
    }

    private static JsonNode Document() => JsonNode.Parse(File.ReadAllText(Repository.PathOf("docs", "openapi.json")))!;

    /// <summary>By operation, from the page that a test writes from the server's own list of endpoints.</summary>
    private static Dictionary<string, string> Roles() => File.ReadAllLines(Repository.PathOf("docs", "roles.md")).Select(x => x.Split('|', StringSplitOptions.TrimEntries))
        .Where(x => x is ["", _, _, _, { Length: > 0 }, ""]).DistinctBy(x => x[4]).ToDictionary(x => x[4], x => x[1]);
}
