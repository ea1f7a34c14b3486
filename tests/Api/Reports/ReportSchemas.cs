using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Migrate.Api.Reports.Formats;

namespace Migrate.Api.Tests.Reports;

/// <summary>The published schemas of reports (JSON Schema 2020-12): written from the records and their documentation, and used by a validator that is not ours.</summary>
internal static partial class ReportSchemas
{
    private static readonly Lazy<Dictionary<string, XElement>> Documentation = new(() => new[] { "migrate", "Migrate.Executor", "Migrate.Planner" }
        .Select(x => Path.Combine(AppContext.BaseDirectory, x + ".xml")).Where(File.Exists).SelectMany(x => XDocument.Load(x).Descendants("member")).DistinctBy(x => (string)x.Attribute("name")!)
        .ToDictionary(x => (string)x.Attribute("name")!));

    public static string PathOf(string kind) => Repository.PathOf("docs", "schemas", $"{kind}.v{Report.Schema}.schema.json");

    public static JsonObject Of(Type report, string kind)
    {
        var schema = Json.Options.GetJsonSchemaAsNode(report, new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Describe }).AsObject();
        schema["properties"]!["kind"] = new JsonObject { ["const"] = kind };
        schema["properties"]!["schemaVersion"] = new JsonObject { ["const"] = Report.Schema };
        var required = schema["required"]?.AsArray() ?? [];
        required.Add("kind");
        required.Add("schemaVersion");
        schema["required"] = required;
        JsonObject head = new()
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["$id"] = $"urn:migrate:report:{kind}:{Report.Schema}",
            ["title"] = $"Migrate: {kind} report",
        };
        foreach (var (name, value) in schema.ToList())
        {
            schema.Remove(name);
            head[name] = value;
        }

        return head;
    }

    /// <summary>What the validator says against each document; nothing where it holds.</summary>
    public static async Task<string> ValidateAsync(string kind, params string[] documents)
    {
        var folder = Directory.CreateTempSubdirectory("migrate-schema-").FullName;
        List<string> files = [];
        foreach (var (document, i) in documents.Select((x, i) => (x, i)))
        {
            files.Add(Path.Combine(folder, $"{i}.json"));
            await File.WriteAllTextAsync(files[^1], document, TestContext.Current.CancellationToken);
        }

        const string Program = """
            import json, sys
            try:
                import jsonschema
            except ImportError:
                sys.exit("python3 has no jsonschema here: apt-get install python3-jsonschema")
            schema = json.load(open(sys.argv[1]))
            jsonschema.Draft202012Validator.check_schema(schema)
            for file in sys.argv[2:]:
                for error in jsonschema.Draft202012Validator(schema).iter_errors(json.load(open(file))):
                    print(file, list(error.absolute_path), error.message[:300])
            """;
        try
        {
            return await Programs.OutputOfAsync("/usr/bin/python3", ["-c", Program, PathOf(kind), .. files]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static JsonNode Describe(JsonSchemaExporterContext context, JsonNode schema)
    {
        if (schema is not JsonObject json)
        {
            return schema;
        }

        if (json.ContainsKey("properties"))
        {
            json["additionalProperties"] = false; // What is added is another version of the schema.
        }

        if (context.PropertyInfo is { AttributeProvider: PropertyInfo property } && TextOf(property) is { } text)
        {
            json.Insert(0, "description", text);
        }

        return json;
    }

    private static string? TextOf(PropertyInfo property)
    {
        var declaring = property.DeclaringType!.FullName!.Replace('+', '.');
        var found = Documentation.Value.GetValueOrDefault($"P:{declaring}.{property.Name}")?.Element("summary")
            ?? Documentation.Value.GetValueOrDefault($"T:{declaring}")?.Elements("param").FirstOrDefault(x => (string?)x.Attribute("name") == property.Name);
        return found is null ? null : Blanks().Replace(string.Concat(found.Nodes().Select(x => x is XElement { } link ? ((string?)link.Attribute("cref") ?? link.Value).Split('.')[^1] : x.ToString())), " ").Trim();
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
