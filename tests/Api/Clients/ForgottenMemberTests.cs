using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Migrate.Api.Tests.Lists;
using Migrate.GeneratedClient;

namespace Migrate.Api.Tests.Clients;

/// <summary>Every call that takes a body, with one that says nothing, or null everywhere: made from the document, so that a new one cannot be forgotten.</summary>
public sealed class ForgottenMemberTests
{
    private static readonly JsonObject Types = MigrateClient.Document["components"]!["schemas"]!.AsObject();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_caller_forgets_is_no_failure_of_the_server()
    {
        await using var server = new RunningServer();
        await server.InitializeAsync();
        var values = await SampleLists.AddAsync(server);
        values["disk"] = "2000";
        using var http = server.Client();
        List<string> wrong = [];
        var calls = 0;
        foreach (var (path, operations) in MigrateClient.Document["paths"]!.AsObject())
        {
            foreach (var (verb, operation) in operations!.AsObject().Where(x => x.Value!["requestBody"] is not null))
            {
                var address = values.Aggregate(path.StartsWith("/api/v1/sources/{name}", StringComparison.Ordinal) ? path.Replace("{name}", values["source"], StringComparison.Ordinal) : path, (x, y) => x.Replace($"{{{y.Key}}}", y.Value, StringComparison.Ordinal));
                var schema = operation!["requestBody"]!["content"]!["application/json"]!["schema"]!;
                foreach (var body in Bodies(schema).Distinct())
                {
                    using var request = new HttpRequestMessage(new HttpMethod(verb), address) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
                    using var answer = await http.SendAsync(request, Cancel);
                    calls++;
                    if (answer.StatusCode == HttpStatusCode.InternalServerError)
                    {
                        wrong.Add($"{verb} {path} {body}");
                    }
                }
            }
        }

        wrong.ShouldBeEmpty();
        calls.ShouldBeGreaterThan(60);
    }

    private static IEnumerable<string> Bodies(JsonNode schema)
    {
        if (Resolve(schema)["properties"]?.AsObject() is not { } members)
        {
            return ["[]", "[null]"];
        }

        return
        [
            "{}", new JsonObject(members.Select(x => KeyValuePair.Create(x.Key, (JsonNode?)null))).ToJsonString(), Filled([]), Filled([null]),
        ];

        // What a caller without an idea fills in, so that what is read first does not stand before the lists.
        string Filled(JsonNode?[] entries) => new JsonObject(members.Select(x => KeyValuePair.Create(x.Key, Value(Resolve(x.Value!), entries))).Where(x => x.Value is not null)).ToJsonString();
    }

    private static JsonNode? Value(JsonNode schema, JsonNode?[] entries) =>
        schema["enum"]?[0] is { } word ? word.DeepClone()
        : Is(schema, "array") ? new JsonArray(entries)
        : Is(schema, "object") && schema["additionalProperties"] is JsonObject ? new JsonObject(entries.Select(x => KeyValuePair.Create("a", x)))
        : Is(schema, "string") && schema["format"] is null ? "a"
        : null;

    private static JsonNode Resolve(JsonNode schema) =>
        schema["$ref"]?.GetValue<string>() is { } reference ? Types[reference.Split('/')[^1]]!
        : schema["oneOf"]?.AsArray().FirstOrDefault(x => x!["$ref"] is not null) is { } one ? Resolve(one)
        : schema;

    private static bool Is(JsonNode schema, string type) => schema["type"] is JsonArray several ? several.Any(x => x!.GetValue<string>() == type) : schema["type"]?.GetValue<string>() == type;
}
