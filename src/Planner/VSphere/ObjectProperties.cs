using System.Xml;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>What the property collector gave for one object: a value by path; what is unset or not readable is absent.</summary>
internal sealed class ObjectProperties
{
    private readonly Dictionary<string, object?> _values = new(StringComparer.Ordinal);

    public ObjectProperties(ObjectContent content)
    {
        Reference = content.Obj;
        foreach (var property in content.PropSet ?? [])
        {
            _values[property.Name] = property.Val;
        }

        Missing = content.MissingSet ?? [];
    }

    public ManagedObjectReference Reference { get; }

    public string Key => Reference.Value;

    /// <summary>Paths that the server refused to give, each with its fault.</summary>
    public IReadOnlyList<MissingProperty> Missing { get; }

    /// <summary>The value at <paramref name="path"/>; default when absent or of another type.</summary>
    public T? Get<T>(string path) => _values.GetValueOrDefault(path) is T value ? value : default;

    /// <summary>Text, also of an enumeration that the contract does not know: that arrives as bare XML nodes.</summary>
    public string? Text(string path) => _values.GetValueOrDefault(path) switch
    {
        string text => text,
        XmlNode[] nodes when nodes.All(n => n.NodeType is XmlNodeType.Text or XmlNodeType.Attribute) =>
            string.Concat(nodes.Where(n => n.NodeType == XmlNodeType.Text).Select(n => n.Value)),
        _ => null,
    };

    public bool Flag(string path) => Get<bool>(path);

    public int Int(string path) => Convert.ToInt32(Number(path));

    public long Long(string path) => Number(path);

    private long Number(string path) => _values.GetValueOrDefault(path) switch
    {
        long l => l,
        int i => i,
        short s => s,
        sbyte b => b,
        _ => 0,
    };
}
