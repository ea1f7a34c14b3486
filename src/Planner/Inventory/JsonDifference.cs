using System.Text.Json.Nodes;

namespace Migrate.Planner.Inventory;

/// <summary>
/// The properties in which two JSON objects differ. Elements of a list are matched by their key where they have one, so that a
/// disk that was added in front does not make all others look changed, and named by their label where they have one: "Hard disk 1"
/// and not 2000.
/// </summary>
internal static class JsonDifference
{
    private static readonly string[] KeyNames = ["key", "name"];
    private static readonly string[] LabelNames = ["label", "device", "canonicalName"];

    public static IReadOnlyList<PropertyChange> Of(string from, string to)
    {
        var changes = new List<PropertyChange>();
        Compare("", JsonNode.Parse(from), JsonNode.Parse(to), changes);
        return changes;
    }

    private static void Compare(string path, JsonNode? from, JsonNode? to, List<PropertyChange> changes)
    {
        switch (from, to)
        {
            case (JsonObject a, JsonObject b):
                foreach (string name in a.Select(property => property.Key).Union(b.Select(property => property.Key)))
                {
                    Compare(path.Length == 0 ? name : $"{path}.{name}", a[name], b[name], changes);
                }
                break;
            case (JsonArray a, JsonArray b) when KeyOf(a, b) is { } key:
                Dictionary<string, JsonNode> left = ByKey(a, key);
                Dictionary<string, JsonNode> right = ByKey(b, key);
                string label = LabelNames.FirstOrDefault(name => IsKeyOf(a, name) && IsKeyOf(b, name)) ?? key;
                foreach (string id in left.Keys.Union(right.Keys))
                {
                    string? name = (right.GetValueOrDefault(id) ?? left[id])[label]?.ToString();
                    Compare($"{path}[{(string.IsNullOrEmpty(name) ? id : name)}]", left.GetValueOrDefault(id), right.GetValueOrDefault(id), changes);
                }
                break;
            default:
                if (!JsonNode.DeepEquals(from, to))
                {
                    changes.Add(new PropertyChange(path, from?.ToJsonString(), to?.ToJsonString()));
                }
                break;
        }
    }

    /// <summary>The property that identifies every element of both lists, or null: then the lists are compared whole.</summary>
    private static string? KeyOf(JsonArray a, JsonArray b) => KeyNames.FirstOrDefault(name => IsKeyOf(a, name) && IsKeyOf(b, name));

    private static bool IsKeyOf(JsonArray array, string name) =>
        array.All(element => element is JsonObject o && o[name] is JsonValue) &&
        array.Select(element => element![name]!.ToString()).Distinct().Count() == array.Count;

    private static Dictionary<string, JsonNode> ByKey(JsonArray array, string key) =>
        array.ToDictionary(element => element![key]!.ToString(), element => element!);
}
