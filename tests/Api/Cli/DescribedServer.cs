using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Migrate.Api.Tests.Cli;

/// <summary>
/// A server that is made of docs/openapi.json alone: it answers each call as the document says, notes which operation the call was, and what about it the document does not have.
/// So a command is shown to make a call by making it, whatever the installation would have to look like for the real one.
/// </summary>
internal sealed class DescribedServer : IAsyncDisposable
{
    private readonly JsonNode _document = JsonNode.Parse(File.ReadAllText(Repository.PathOf("docs", "openapi.json")))!;
    private readonly List<Operation> _operations = [];
    private WebApplication? _app;

    public DescribedServer()
    {
        foreach (var (path, verbs) in _document["paths"]!.AsObject())
        {
            foreach (var (verb, operation) in verbs!.AsObject().Where(x => x.Value?["operationId"] is not null))
            {
                _operations.Add(new Operation(operation!["operationId"]!.GetValue<string>(), verb.ToUpperInvariant(), path.Split('/'), operation));
            }
        }
    }

    public string Url { get; private set; } = "";

    public IReadOnlyList<string> OperationIds => [.. _operations.Select(x => x.Id)];

    public ConcurrentQueue<Call> Calls { get; } = [];

    /// <summary>Of runs: where the last call that changed something brings them.</summary>
    public string Phase { get; set; } = "Completed";

    public string Outcome { get; init; } = "Pass";

    /// <summary>Of the newest stream of events: after which one it is to begin.</summary>
    public string? LastEventId { get; private set; }

    /// <summary>Streams of events do not end.</summary>
    public bool HoldsStreams { get; init; }

    /// <summary>How many entries lists say that they have.</summary>
    public int Total { get; set; } = 1;

    /// <summary>What calls held that the document does not have.</summary>
    public ConcurrentQueue<string> Strange { get; } = [];

    /// <summary>All that an operation can be given: its query's names, and the names at the top of its body.</summary>
    public IEnumerable<string> InputsOf(string id)
    {
        var operation = _operations.Single(x => x.Id == id);
        return operation.Query.Concat((Resolve(operation.BodySchema)?["properties"]?.AsObject() ?? []).Select(x => "body." + x.Key));
    }

    public async Task StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(AnswerAsync);
        await _app.StartAsync(TestContext.Current.CancellationToken);
        Url = _app.Urls.Single();
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }
    }

    private async Task AnswerAsync(HttpContext http)
    {
        var path = http.Request.Path.Value!.Split('/');
        var operation = _operations.Where(x => x.Verb == http.Request.Method && x.Fits(path)).MinBy(x => x.Path.Count(part => part.StartsWith('{')));
        if (operation is null)
        {
            Strange.Enqueue($"{http.Request.Method} {http.Request.Path}: no operation is there");
            http.Response.StatusCode = 404;
            return;
        }

        var names = operation.Path.Zip(path).Where(x => x.First.StartsWith('{')).ToDictionary(x => x.First.Trim('{', '}'), x => Uri.UnescapeDataString(x.Second));
        foreach (var (name, value) in http.Request.Query)
        {
            names[name == "filter" ? "name" : name] = value.ToString();
            if (!operation.Query.Contains(name))
            {
                Strange.Enqueue($"{operation.Id}: the query has '{name}'");
            }
        }

        var body = http.Request.ContentLength > 0 || http.Request.Headers.TransferEncoding.Count > 0 ? await JsonNode.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted) : null;
        foreach (var problem in ProblemsOf(operation.BodySchema, body, operation.Id))
        {
            Strange.Enqueue(problem);
        }

        Calls.Enqueue(new Call(operation.Id, operation.Verb, [.. http.Request.Query.Keys, .. (body as JsonObject ?? []).Where(x => x.Value is not null).Select(x => "body." + x.Key)]));
        if (operation.Verb == "POST")
        {
            Phase = operation.Id switch { "PauseRun" => "Paused", "RollBackRun" => "RolledBack", _ => "Completed" };
        }

        await WriteAsync(http, operation, names);
    }

    private async Task WriteAsync(HttpContext http, Operation operation, Dictionary<string, string> names)
    {
        var (status, answer) = operation.Document["responses"]!.AsObject().First(x => x.Key.StartsWith('2'));
        http.Response.StatusCode = int.Parse(status, System.Globalization.CultureInfo.InvariantCulture);
        if (answer?["content"]?.AsObject().First() is not { } content)
        {
            return;
        }

        http.Response.ContentType = content.Key;
        LastEventId = content.Key == "text/event-stream" ? http.Request.Headers["Last-Event-ID"] : LastEventId;
        if (HoldsStreams && content.Key == "text/event-stream")
        {
            await http.Response.Body.FlushAsync(http.RequestAborted);
            await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }

        await http.Response.WriteAsync(
            content.Key switch
            {
                "text/event-stream" => "event: end\ndata: {}\n\n",
                "application/json" => Sample(content.Value!["schema"], "", names, 0)?.ToJsonString() ?? "null",
                _ => "as it comes\n",
            },
            http.RequestAborted);
    }

    private JsonNode? Resolve(JsonNode? schema)
    {
        while (schema?["$ref"]?.GetValue<string>() is { } reference)
        {
            schema = _document["components"]!["schemas"]![reference.Split('/')[^1]];
        }

        return schema?["oneOf"]?.AsArray().FirstOrDefault(x => x!["type"]?.ToString() != "null") is { } one ? Resolve(one) : schema;
    }

    private static bool Is(JsonNode schema, string type) => schema["type"] is JsonArray several ? several.Any(x => x!.GetValue<string>() == type) : schema["type"]?.GetValue<string>() == type;

    /// <summary>Something that the schema allows. What the call named is in the answer under the same name; runs are those that have moved, and operations have succeeded.</summary>
    private JsonNode? Sample(JsonNode? declared, string name, Dictionary<string, string> names, int depth)
    {
        var schema = Resolve(declared);
        if (schema is null || depth > 12)
        {
            return null;
        }

        if (schema["enum"]?.AsArray() is { } values)
        {
            return (values.FirstOrDefault(x => x?.ToString() == Phase) ?? values.FirstOrDefault(x => x?.ToString() == "Succeeded") ?? values[0])?.DeepClone();
        }

        if (schema["properties"]?.AsObject() is { } properties)
        {
            return new JsonObject(properties.Select(x => KeyValuePair.Create(x.Key, Sample(x.Value, x.Key, names, depth + 1))));
        }

        if (Is(schema, "array"))
        {
            return new JsonArray(Sample(schema["items"], name, names, depth + 1));
        }

        if (Is(schema, "boolean"))
        {
            return true;
        }

        if (Is(schema, "integer") || Is(schema, "number"))
        {
            return name == "total" ? Total : 1;
        }

        if (Is(schema, "object"))
        {
            return schema["additionalProperties"] is JsonObject each ? new JsonObject { ["key"] = Sample(each, name, names, depth + 1) } : new JsonObject();
        }

        return schema["format"]?.GetValue<string>() switch
        {
            "date-time" => "2026-01-01T00:00:00Z",
            "time" => "10:00:00",
            "uuid" => Guid.TryParse(names.GetValueOrDefault(name), out var id) ? id.ToString() : "01a1fbaf-6b05-77c9-8192-a39457ff049b",
            _ => name == "outcome" ? Outcome : names.GetValueOrDefault(name, name.Length > 0 ? name : "text"),
        };
    }

    private IEnumerable<string> ProblemsOf(JsonNode? declared, JsonNode? value, string at)
    {
        if (value is null || Resolve(declared) is not { } schema)
        {
            return [];
        }

        if (value is JsonArray items)
        {
            return items.SelectMany(x => ProblemsOf(schema["items"], x, at + "[]"));
        }

        if (value is not JsonObject given || schema["properties"]?.AsObject() is not { } known)
        {
            return [];
        }

        return given.Where(x => !known.ContainsKey(x.Key)).Select(x => $"{at}: the body has '{x.Key}'")
            .Concat((schema["required"]?.AsArray() ?? []).Select(x => x!.GetValue<string>()).Where(x => !given.ContainsKey(x)).Select(x => $"{at}: the body lacks '{x}'"))
            .Concat(given.Where(x => known.ContainsKey(x.Key)).SelectMany(x => ProblemsOf(known[x.Key], x.Value, $"{at}.{x.Key}")));
    }

    public sealed record Call(string Operation, string Verb, IReadOnlyList<string> Inputs);

    private sealed record Operation(string Id, string Verb, string[] Path, JsonNode Document)
    {
        public IReadOnlyList<string> Query { get; } = [.. (Document["parameters"]?.AsArray() ?? []).Where(x => x!["in"]!.GetValue<string>() == "query").Select(x => x!["name"]!.GetValue<string>())];

        public JsonNode? BodySchema => Document["requestBody"]?["content"]?["application/json"]?["schema"];

        public bool Fits(string[] path) => path.Length == Path.Length && Path.Zip(path).All(x => x.First.StartsWith('{') ? x.Second.Length > 0 : x.First == x.Second);
    }
}
