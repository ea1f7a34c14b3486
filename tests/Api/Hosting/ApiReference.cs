using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Migrate.Api.Tests.Hosting;

/// <summary>Pages for people, of an OpenAPI document: an index, the calls of each area, and the types that they send and answer.</summary>
internal static class ApiReference
{
    /// <summary>Said once, on the index: they hold for every call.</summary>
    private static readonly string[] OfEveryCall = ["400", "401", "403", "default"];

    /// <summary>What a member's name says of its unit; the first that fits.</summary>
    private static readonly (string End, string Unit)[] Units =
    [
        ("BytesPerSecond", "bytes per second"), ("bytesPerSecond", "bytes per second"), ("Bytes", "bytes"), ("bytes", "bytes"), ("Microseconds", "microseconds"), ("Milliseconds", "milliseconds"), ("Seconds", "seconds"), ("seconds", "seconds"),
        ("Minutes", "minutes"), ("days", "days"), ("Days", "days"), ("Us", "microseconds"), ("Ms", "milliseconds"), ("Mbps", "Mbit/s"),
    ];

    public static SortedDictionary<string, string> Pages(JsonNode document, IReadOnlyDictionary<string, string> roles)
    {
        var calls = document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(x => (Path: path.Key, Method: x.Key.ToUpperInvariant(), Operation: x.Value!)))
            .ToLookup(x => x.Operation["tags"]![0]!.GetValue<string>());
        var pages = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var index = new StringBuilder("# Reference of the API\n\nWritten by a test from [openapi.json](../openapi.json), for people. [api.md](../api.md) says what all calls have in common: who calls, lists, errors, long work, two at once.\n\n" +
            "Every call may answer 400 (it could not be read), 401 (no token, or one that does not hold) and 403 (the role, or the key's areas, do not open it); other failures are named with their calls. All are problem details, whose codes [errors.md](../errors.md) lists. " +
            "A member without \"may be absent\" is always there in an answer, and needed in a request.\n");
        foreach (var area in calls.OrderBy(x => x.Key, StringComparer.Ordinal))
        {
            var file = area.Key.Replace(' ', '-').ToLowerInvariant() + ".md";
            index.Append(CultureInfo.InvariantCulture, $"\n## [{area.Key}]({file})\n\n| | Role | |\n|---|---|---|\n");
            var page = new StringBuilder($"# {area.Key}\n\nWritten by a test from [openapi.json](../openapi.json). [All calls](README.md), [types](types.md).\n");
            foreach (var (path, method, operation) in area)
            {
                var id = Id(operation);
                index.Append(CultureInfo.InvariantCulture, $"| [`{method} {path}`]({file}#{id.ToLowerInvariant()}) | {roles[id]} | {Cell(operation["summary"])} |\n");
                Write(page, path, method, operation, roles[id]);
            }

            pages[file] = page.ToString();
        }

        index.Append("\n[Types](types.md) that calls send and answer.\n");
        pages["README.md"] = index.ToString();
        pages["types.md"] = Types(document["components"]!["schemas"]!.AsObject());
        return pages;
    }

    private static void Write(StringBuilder page, string path, string method, JsonNode operation, string role)
    {
        page.Append(CultureInfo.InvariantCulture, $"\n## {Id(operation)}\n\n`{method} {path}`. Role: {role}. {operation["summary"]}\n");
        if (operation["parameters"]?.AsArray() is { Count: > 0 } parameters)
        {
            page.Append("\n| Parameter | In | Type | |\n|---|---|---|---|\n");
            foreach (var one in parameters)
            {
                var name = one!["name"]!.GetValue<string>();
                page.Append(string.Create(CultureInfo.InvariantCulture, $"| `{name}` | {one["in"]} | {TypeOf(one["schema"]!, name)} | {(one["required"]?.GetValue<bool>() == true ? "" : "May be absent. ")}{Cell(one["description"])}").TrimEnd()).Append(" |\n");
            }
        }

        if (operation["requestBody"]?["content"]?["application/json"]?["schema"] is { } sent)
        {
            page.Append(CultureInfo.InvariantCulture, $"\nRequest: {TypeOf(sent, "")}.\n");
        }

        foreach (var (status, answer) in operation["responses"]!.AsObject().Where(x => x.Key[0] == '2'))
        {
            var contents = answer!["content"]?.AsObject().Select(x => x.Key == "application/json" ? TypeOf(x.Value!["schema"]!, "") : $"`{x.Key}`").ToList() ?? [];
            page.Append(CultureInfo.InvariantCulture, $"\nAnswer: {status}{(contents.Count == 0 ? ", without content" : $", {string.Join(" or ", contents)}")}.\n");
        }

        var failures = operation["responses"]!.AsObject().Where(x => x.Key[0] != '2' && !OfEveryCall.Contains(x.Key)).OrderBy(x => x.Key, StringComparer.Ordinal).Select(x => $"{x.Key} ({x.Value!["description"]})").ToList();
        page.Append(failures.Count == 0 ? "" : $"\nFails with: {string.Join("; ", failures)}.\n");
    }

    private static string Types(JsonObject schemas)
    {
        var text = new StringBuilder("# Types\n\nWritten by a test from [openapi.json](../openapi.json): what calls send and answer. [All calls](README.md).\n");
        foreach (var (name, schema) in schemas.OrderBy(x => x.Key, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {name}\n");
            text.Append(schema!["description"] is { } about ? $"\n{about.ToString().ReplaceLineEndings(" ")}\n" : "");
            if (schema["enum"] is { } words)
            {
                text.Append(CultureInfo.InvariantCulture, $"\nOne of {string.Join(", ", words.AsArray().Select(x => $"`{x}`"))}.\n");
            }

            if (schema["properties"]?.AsObject() is not { Count: > 0 } members)
            {
                continue;
            }

            var required = schema["required"]?.AsArray().Select(x => x!.GetValue<string>()).ToHashSet() ?? [];
            text.Append("\n| Member | Type | |\n|---|---|---|\n");
            foreach (var (member, of) in members)
            {
                text.Append(string.Create(CultureInfo.InvariantCulture, $"| `{member}` | {TypeOf(of!, member)} | {(required.Contains(member) ? "" : "May be absent. ")}{Cell(About(of!))}").TrimEnd()).Append(" |\n");
            }
        }

        return text.ToString();
    }

    private static string TypeOf(JsonNode schema, string name)
    {
        if (schema["oneOf"]?.AsArray() is { } choices)
        {
            return string.Join(" or ", choices.OrderBy(x => x!["type"]?.ToString() == "null").Select(x => TypeOf(x!, name)));
        }

        if (schema["$ref"] is { } reference)
        {
            var type = reference.GetValue<string>().Split('/')[^1];
            return $"[{type}](types.md#{type.ToLowerInvariant()})";
        }

        List<string> types = schema["type"] is JsonArray several ? [.. several.Select(x => x!.GetValue<string>())] : schema["type"] is { } one ? [one.GetValue<string>()] : [];
        var kind = types.Find(x => x != "null") ?? (types.Count > 0 ? "null" : "any JSON");
        var said = (kind, schema["format"]?.GetValue<string>()) switch
        {
            ("string", "date-time") => "time, UTC",
            ("string", { } format) => format,
            ("array", _) => $"list of {TypeOf(schema["items"]!, name)}",
            ("object", _) when schema["additionalProperties"] is JsonObject values => $"by name: {TypeOf(values, name)}",
            ("integer" or "number", _) => kind + (Units.FirstOrDefault(x => name.EndsWith(x.End, StringComparison.Ordinal)) is { Unit: { } unit } ? ", " + unit : ""),
            _ => kind,
        };
        return said + (types.Count > 1 && types.Contains("null") ? " or null" : "");
    }

    /// <summary>What is said of a member stands with its type where that may be null.</summary>
    private static JsonNode? About(JsonNode schema) => schema["description"] ?? schema["oneOf"]?.AsArray().Select(x => x!["description"]).FirstOrDefault(x => x is not null);

    private static string Id(JsonNode operation) => operation["operationId"]!.GetValue<string>();

    private static string Cell(JsonNode? text) => text is null ? "" : text.ToString().ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);
}
