using Migrate.Planner.Inventory;

namespace Migrate.Planner.VSphere.Tags;

/// <summary>Which tags each object has, by its managed object id.</summary>
internal sealed class TagMap(IEnumerable<(string Key, Tag Tag)> attached)
{
    public static readonly TagMap Empty = new([]);

    private readonly Dictionary<string, IReadOnlyList<Tag>> _tags = attached.GroupBy(a => a.Key, a => a.Tag, StringComparer.Ordinal).ToDictionary(
        g => g.Key,
        g => (IReadOnlyList<Tag>)[.. g.Distinct().OrderBy(t => t.Category, StringComparer.Ordinal).ThenBy(t => t.Name, StringComparer.Ordinal)],
        StringComparer.Ordinal);

    public IReadOnlyList<Tag> Of(string key) => _tags.GetValueOrDefault(key, []);
}
