using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using System.Xml.Serialization;
using Migrate.Planner.Inventory;
using Migrate.Planner.VSphere;

namespace Migrate.Planner.Offline.Dumps;

/// <summary>
/// Answers property paths from one object's XML as a property collector would: a dump holds whole properties ("config"), while
/// mappings ask for what is inside of them ("config.hardware.device").
/// </summary>
internal sealed class DumpedObject(DumpFile file, IReadOnlyDictionary<string, XElement> properties, DumpBatch batch, Problems problems, Dictionary<string, int> unknownTypes)
{
    private readonly Dictionary<(string Path, Type Wanted), object?> _known = [];
    private readonly Dictionary<string, List<UnreadDevice>> _unread = new(StringComparer.Ordinal);
    private bool _read;

    /// <summary>The value at <paramref name="path"/> as <paramref name="wanted"/>; null when it is not there or, with a problem, not of that shape.</summary>
    public object? Value(string path, Type wanted)
    {
        wanted = Nullable.GetUnderlyingType(wanted) ?? wanted;
        if (IsSimple(wanted))
        {
            return Guarded(path, found => Simple(found[0], wanted));
        }

        if (!_read)
        {
            _read = true;
            batch.Read();
        }

        if (!_known.TryGetValue((path, wanted), out var value))
        {
            batch.Learn(path, wanted);
            value = Guarded(path, found => IsList(wanted) ? List(path, found, wanted) : VimXml.ReadValues([Only(found, wanted)], unknownTypes)[0]);
            Know(path, wanted, value);
        }

        return value;
    }

    /// <summary>Items of the list at <paramref name="path"/> that were left out of it; none before it was asked for.</summary>
    public IReadOnlyList<UnreadDevice> Unread(string path) => _unread.GetValueOrDefault(path) ?? [];

    /// <summary>The XML of each that is asked for, null where the object has none. Nothing is told of what has faults: reading will fail.</summary>
    public List<(string Path, Type Wanted, XElement? Xml)> Foreseen(IEnumerable<(string Path, Type Wanted)> asked)
    {
        var wanted = new List<(string, Type, XElement?)>();
        foreach (var (path, type) in asked)
        {
            var found = FindAny(path);
            wanted.Add((path, type, found.Count == 0 ? null : IsList(type) ? Typed([], Items(found, type), type) : Only(found, type)));
        }

        return wanted;
    }

    public void Know(string path, Type wanted, object? value)
    {
        _read = true;
        _known[(path, wanted)] = value;
    }

    private object? Guarded(string path, Func<List<XElement>, object?> read)
    {
        var found = FindAny(path);
        if (found.Count == 0)
        {
            return null;
        }

        try
        {
            return read(found);
        }
        catch (Exception e) when (e is FormatException or OverflowException or InvalidOperationException or XmlException or ArgumentException)
        {
            problems.Add(file.Name, $"{path} cannot be read: {(e.InnerException ?? e).Message}");
            return null;
        }
    }

    private List<XElement> FindAny(string path)
    {
        var found = Find(path);
        return found.Count == 0 && DumpFallbacks.Of(file.Reference.Type, path) is { } other ? Find(other) : found;
    }

    /// <summary>The elements at the path: the longest property that leads to it, and down from there.</summary>
    private List<XElement> Find(string path)
    {
        for (var end = path.Length; end > 0; end = path.LastIndexOf('.', end - 1))
        {
            if (properties.TryGetValue(path[..end], out var value))
            {
                List<XElement> at = [value];
                foreach (var step in path[end..].Split('.', StringSplitOptions.RemoveEmptyEntries))
                {
                    at = [.. at.Take(1).Elements(DumpXml.Vim25 + step)];
                }

                return at;
            }
        }

        return [];
    }

    private static bool IsSimple(Type wanted) =>
        wanted == typeof(string) || wanted == typeof(bool) || wanted == typeof(long) || wanted == typeof(int) || wanted == typeof(DateTime);

    private static bool IsList(Type wanted) => wanted.Name.StartsWith("ArrayOf", StringComparison.Ordinal);

    private static object? Simple(XElement value, Type wanted)
    {
        if (wanted == typeof(string))
        {
            return value.HasElements ? null : value.Value;
        }

        if (wanted == typeof(bool))
        {
            return XmlConvert.ToBoolean(value.Value.Trim().ToLowerInvariant());
        }

        if (wanted == typeof(DateTime))
        {
            return XmlConvert.ToDateTime(value.Value.Trim(), XmlDateTimeSerializationMode.RoundtripKind);
        }

        var number = long.Parse(value.Value, NumberStyles.Integer, CultureInfo.InvariantCulture);
        return wanted == typeof(long) ? number : checked((int)number);
    }

    /// <summary>All items; when that fails, one by one, so that an item that cannot be read costs itself only.</summary>
    private object? List(string path, List<XElement> found, Type wanted)
    {
        var items = Items(found, wanted);
        try
        {
            return Read(items, wanted);
        }
        catch (InvalidOperationException)
        {
            return Read([.. items.Where((e, i) => IsReadable(e, path, i, wanted))], wanted);
        }
    }

    private static List<XElement> Items(List<XElement> found, Type wanted)
    {
        // A property that is a list itself has its items inside of it; inside of another property they stand beside each other.
        if (found is [var only] && TypeOf(only) == wanted.Name)
        {
            return [.. only.Elements()];
        }

        var item = wanted.GetProperties()[0];
        var name = DumpXml.Vim25 + (((XmlElementAttribute?)Attribute.GetCustomAttribute(item, typeof(XmlElementAttribute)))?.ElementName ?? item.Name);
        return [.. found.Select(e => new XElement(name, e.Attributes(), e.Nodes()))];
    }

    private bool IsReadable(XElement item, string path, int index, Type list)
    {
        try
        {
            Read([item], list);
            return true;
        }
        catch (InvalidOperationException e)
        {
            var (type, cause) = (TypeOf(item) ?? item.Name.LocalName, (e.InnerException ?? e).Message);
            problems.Add(file.Name, $"{path}[{index}] ({type}) cannot be read and is left out: {cause}");
            if (!_unread.TryGetValue(path, out var unread))
            {
                _unread[path] = unread = [];
            }

            // Its label is often still whole: what the operator knows the device by.
            var label = item.Element(DumpXml.Vim25 + "deviceInfo")?.Element(DumpXml.Vim25 + "label")?.Value.Trim();
            unread.Add(new UnreadDevice(Problems.OneLine(type, 100), string.IsNullOrEmpty(label) ? $"device {index + 1}" : Problems.OneLine(label, 100), Problems.OneLine(cause)));
            return false;
        }
    }

    private object? Read(IReadOnlyList<XElement> items, Type list) => VimXml.ReadValues([Typed([], items, list)], unknownTypes)[0];

    private XElement Only(List<XElement> found, Type wanted) => Typed(found[0].Attributes(), found[0].Nodes(), wanted);

    /// <summary>A value of its own, of the type that it says it is; of the one that is wanted when it says none, or one that nobody knows.</summary>
    private XElement Typed(IEnumerable<XAttribute> attributes, IEnumerable<XNode> nodes, Type wanted)
    {
        var value = new XElement(DumpXml.Vim25 + "val", attributes.Where(a => !a.IsNamespaceDeclaration), nodes);
        var type = TypeOf(value);
        if (type is null || !VimXmlReader.IsKnown(type))
        {
            if (type is not null)
            {
                unknownTypes[type] = unknownTypes.GetValueOrDefault(type) + 1;
            }

            value.SetAttributeValue(DumpXml.TypeAttribute, wanted.Name);
        }

        return value;
    }

    private static string? TypeOf(XElement element) => element.Attribute(DumpXml.TypeAttribute)?.Value is { } type ? type[(type.LastIndexOf(':') + 1)..].Trim() : null;
}
