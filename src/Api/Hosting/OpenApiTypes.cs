using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Migrate.Api.Hosting;

/// <summary>What the OpenAPI document says of all types alike.</summary>
internal static class OpenApiTypes
{
    // What the framework makes of events, which reach nobody as JSON: their data does.
    private const string Event = "SseItemOf";

    public static Task Say(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        var type = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type;
        if (type == typeof(ProblemDetails))
        {
            SayProblem(schema);
        }
        else if (type.IsEnum)
        {
            // Where one may be absent is said where it is used; here it would hold for every use, and so would the default of one of them.
            schema.Type = JsonSchemaType.String;
            schema.Enum = [.. (schema.Enum ?? []).OfType<JsonNode>().Where(x => x.GetValueKind() == JsonValueKind.String)];
            schema.Default = null;
        }
        else if (type == typeof(JsonElement))
        {
            (schema.Type, schema.AdditionalProperties) = (JsonSchemaType.Object, new OpenApiSchema());
        }
        else
        {
            SayDefaults(schema, context.JsonTypeInfo);
        }

        return Task.CompletedTask;
    }

    /// <summary>
    /// Of types that are only answered all members are always written, except hosts as older versions have stored them: they lack what was not known then.
    /// Of types that are asked with, what may be null may be absent.
    /// </summary>
    public static Task SayWhole(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        var types = document.Components?.Schemas ?? new Dictionary<string, IOpenApiSchema>();
        foreach (var gone in types.Keys.Where(x => x.StartsWith(Event, StringComparison.Ordinal)).ToList())
        {
            types.Remove(gone);
        }

        HashSet<string> asked = [];
        foreach (var content in document.Paths.SelectMany(x => x.Value.Operations ?? []).SelectMany(x => x.Value.RequestBody?.Content ?? new Dictionary<string, OpenApiMediaType>()))
        {
            Collect(content.Value.Schema, types, asked);
        }

        HashSet<string> stored = [nameof(ProblemDetails)];
        Collect(new OpenApiSchemaReference(nameof(Planner.Inventory.EsxHost), document), types, stored);
        foreach (var (name, type) in types)
        {
            if (type is OpenApiSchema { Properties: { } properties } schema)
            {
                schema.Required = asked.Contains(name) ? schema.Required?.Where(x => !MayBeNull(properties[x])).ToHashSet()
                    : stored.Contains(name) ? schema.Required
                    : properties.Keys.ToHashSet();
            }
        }

        return Task.CompletedTask;
    }

    private static bool MayBeNull(IOpenApiSchema schema) => schema.Type?.HasFlag(JsonSchemaType.Null) == true || schema.OneOf?.Any(x => x.Type == JsonSchemaType.Null) == true;

    /// <summary>Problem details as this API writes them, so that programs read all of them by their types.</summary>
    private static void SayProblem(OpenApiSchema schema)
    {
        schema.Properties ??= new Dictionary<string, IOpenApiSchema>();
        Add("code", JsonSchemaType.String, "Stable; docs/errors.md lists them.");
        Add("remedy", JsonSchemaType.String, "What to do.");
        Add("errors", JsonSchemaType.Array, "All that is wrong with a refused request; empty when the title says it.");
        Add("leftBehind", JsonSchemaType.Array, "What the failure could not take back.");
        schema.Properties["traceId"] = new OpenApiSchema { Type = JsonSchemaType.String | JsonSchemaType.Null, Description = "What to search the server's log for." };

        void Add(string name, JsonSchemaType type, string description)
        {
            schema.Properties[name] = new OpenApiSchema { Type = type, Description = description, Items = type == JsonSchemaType.Array ? new OpenApiSchema { Type = JsonSchemaType.String } : null };
            (schema.Required ??= new HashSet<string>()).Add(name);
        }
    }

    /// <summary>What holds where a caller says nothing: a generated client sends a number's own default otherwise.</summary>
    private static void SayDefaults(OpenApiSchema schema, JsonTypeInfo type)
    {
        if (schema.Properties is not { } properties || type is not { Kind: JsonTypeInfoKind.Object, CreateObject: { } create } || schema.Required is { Count: > 0 })
        {
            return;
        }

        var usual = create();
        foreach (var property in type.Properties)
        {
            if (properties.TryGetValue(property.Name, out var said) && said is OpenApiSchema { Default: null } described && property.Set is not null
                && property.Get?.Invoke(usual) is true or (not 0 and int) or (not 0L and long) or (not 0d and double))
            {
                described.Default = JsonSerializer.SerializeToNode(property.Get(usual), property.PropertyType, type.Options);
            }
        }
    }

    private static void Collect(IOpenApiSchema? schema, IDictionary<string, IOpenApiSchema> types, HashSet<string> into)
    {
        if (schema is OpenApiSchemaReference { Reference.Id: { } id })
        {
            if (into.Add(id) && types.TryGetValue(id, out var named))
            {
                Collect(named, types, into);
            }

            return;
        }

        foreach (var part in (schema?.Properties?.Values ?? []).Concat(schema?.OneOf ?? []).Concat(schema?.AnyOf ?? []).Concat(schema?.AllOf ?? []).Append(schema?.Items).Append(schema?.AdditionalProperties))
        {
            if (part is not null)
            {
                Collect(part, types, into);
            }
        }
    }
}
