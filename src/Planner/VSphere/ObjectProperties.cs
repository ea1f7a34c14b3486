using System.Xml;
using Migrate.Planner.Inventory;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>What is known of one managed object: a value by path; what is unset or not readable is absent.</summary>
internal sealed class ObjectProperties
{
    private readonly Func<string, Type, object?> _values;
    private readonly Func<string, IReadOnlyList<UnreadDevice>> _unread = _ => [];

    /// <summary>What the property collector gave.</summary>
    public ObjectProperties(ObjectContent content)
    {
        var values = new Dictionary<string, object?>(StringComparer.Ordinal);
        Reference = content.Obj;
        foreach (var property in (content.PropSet ?? []).Where(p => p?.Name is not null))
        {
            values[property.Name] = property.Val;
        }

        _values = (path, _) => values.GetValueOrDefault(path);
        Missing = content.MissingSet ?? [];
    }

    /// <summary>
    /// An object whose values are looked up when they are asked for: <paramref name="values"/> gets the path and the type that is
    /// wanted (string, bool, long or a type of the contract) and gives null for what is not there; <paramref name="unread"/> gives the
    /// items of the list at a path that had to be left out of it.
    /// </summary>
    public ObjectProperties(ManagedObjectReference reference, Func<string, Type, object?> values, Func<string, IReadOnlyList<UnreadDevice>> unread) =>
        (Reference, _values, _unread) = (reference, values, unread);

    public ManagedObjectReference Reference { get; }

    public string Key => Reference.Value;

    /// <summary>Paths that the server refused to give, each with its fault.</summary>
    public IReadOnlyList<MissingProperty> Missing { get; } = [];

    /// <summary>The value at <paramref name="path"/>; default when absent or of another type.</summary>
    public T? Get<T>(string path) => _values(path, typeof(T)) is T value ? value : default;

    /// <summary>Items of the list of devices at <paramref name="path"/> that could not be read and are not in it.</summary>
    public IReadOnlyList<UnreadDevice> Unread(string path) => _unread(path);

    /// <summary>Text, also of an enumeration that the contract does not know: that arrives as bare XML nodes.</summary>
    public string? Text(string path) => _values(path, typeof(string)) switch
    {
        string text => text,
        XmlNode[] nodes when nodes.All(n => n.NodeType is XmlNodeType.Text or XmlNodeType.Attribute) =>
            string.Concat(nodes.Where(n => n.NodeType == XmlNodeType.Text).Select(n => n.Value)),
        _ => null,
    };

    public bool Flag(string path) => Get<bool>(path);

    /// <summary>Null when the server does not say.</summary>
    public bool? FlagOrNone(string path) => _values(path, typeof(bool)) is bool flag ? flag : null;

    /// <summary>UTC; null when unset.</summary>
    public DateTime? Moment(string path) => _values(path, typeof(DateTime)) is DateTime moment ? moment.ToUniversalTime() : null;

    public int Int(string path) => Convert.ToInt32(Number(path));

    public long Long(string path) => Number(path);

    private long Number(string path) => _values(path, typeof(long)) switch
    {
        long l => l,
        int i => i,
        short s => s,
        sbyte b => b,
        _ => 0,
    };
}
