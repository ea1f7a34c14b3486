using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Migrate.GeneratedClient;

public partial class MigrateClient
{
    /// <summary>What it was made of.</summary>
    public static JsonNode Document { get; } = JsonNode.Parse(typeof(MigrateClient).Assembly.GetManifestResourceStream("openapi.json")!)!;

    /// <summary>How this client reads and writes.</summary>
    public static JsonSerializerOptions Settings => _settings.Value;

    static partial void UpdateJsonSerializerSettings(JsonSerializerOptions settings)
    {
        // What every user of such a client needs: what was not said is left out, and enums in lists and maps are words, too.
        settings.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        settings.Converters.Add(new JsonStringEnumConverter());

        // What only a test wants: an answer that the document does not describe is an error.
        settings.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        settings.TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { Require } };
    }

    /// <summary>What the document calls required must be there; NSwag itself asks for that only by the keyword, which costs the defaults.</summary>
    private static void Require(JsonTypeInfo type)
    {
        if (type.Kind == JsonTypeInfoKind.Object && Document["components"]!["schemas"]![type.Type.Name]?["required"] is JsonArray required)
        {
            foreach (var property in type.Properties)
            {
                property.IsRequired = required.Any(x => x!.GetValue<string>() == property.Name);
            }
        }
    }
}
