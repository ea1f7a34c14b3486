using System.Globalization;
using Migrate.Planner.Inventory;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>Custom attributes: vCenter keeps their names in one place and the values, by number, at each object.</summary>
internal sealed class CustomFields(IEnumerable<CustomFieldDef> definitions)
{
    private readonly Dictionary<int, string> _names = definitions.GroupBy(d => d.Key).ToDictionary(g => g.Key, g => g.First().Name ?? "");

    /// <summary>All of them as one text, to compare.</summary>
    public string Names => string.Join(',', _names.OrderBy(n => n.Key).Select(n => $"{n.Key}={n.Value}"));

    public static async Task<CustomFields> ReadAsync(IObjectReader reader, CancellationToken cancellationToken)
    {
        // ESXi has no such manager, and an object without fields needs none.
        if (reader.About.ApiType != "VirtualCenter")
        {
            return new CustomFields([]);
        }

        var manager = await reader.ReadOneAsync(new("CustomFieldsManager", "CustomFieldsManager"), ["field"], cancellationToken);
        return new CustomFields(manager?.Get<ArrayOfCustomFieldDef>("field")?.CustomFieldDef ?? []);
    }

    /// <summary>The attributes that have a value. One whose name is not known is called by its number.</summary>
    public IReadOnlyList<CustomAttribute> Of(ObjectProperties properties) =>
    [
        .. (properties.Get<ArrayOfCustomFieldValue>("customValue")?.CustomFieldValue ?? []).OfType<CustomFieldStringValue>()
            .Where(v => !string.IsNullOrEmpty(v.Value))
            .Select(v => new CustomAttribute(_names.GetValueOrDefault(v.Key) ?? string.Create(CultureInfo.InvariantCulture, $"attribute {v.Key}"), v.Value)),
    ];
}
