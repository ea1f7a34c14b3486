using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using System.Xml.Serialization;
using Migrate.Planner.VSphere;

namespace Migrate.Planner.Offline.Dumps;

/// <summary>
/// Answers property paths from one object's XML as a property collector would: a dump holds whole properties ("config"), while
/// mappings ask for what is inside of them ("config.hardware.device").
/// </summary>
internal sealed class DumpedObject(DumpFile file, IReadOnlyDictionary<string, XElement> properties, Problems problems, Dictionary<string, int> unknownTypes)
{
    /// <summary>The value at <paramref name="path"/> as <paramref name="wanted"/>; null when it is not there or, with a problem, not of that shape.</summary>
    public object? Value(string path, Type wanted)
    {
        var found = Find(path);
        if (found.Count == 0 && DumpFallbacks.Of(file.Reference.Type, path) is { } other)
        {
            found = Find(other);
        }

        if (found.Count == 0)
        {
            return null;
        }

        try
        {
            return Convert(path, found, Nullable.GetUnderlyingType(wanted) ?? wanted);
        }
        catch (Exception e) when (e is FormatException or OverflowException or InvalidOperationException or XmlException or ArgumentException)
        {
            problems.Add(file.Name, $"{path} cannot be read: {(e.InnerException ?? e).Message}");
            return null;
        }
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

    private object? Convert(string path, List<XElement> found, Type wanted)
    {
        var first = found[0];
        if (wanted == typeof(string))
        {
            return first.HasElements ? null : first.Value;
        }

        if (wanted == typeof(bool))
        {
            return XmlConvert.ToBoolean(first.Value.Trim().ToLowerInvariant());
        }

        if (wanted == typeof(long))
        {
            return long.Parse(first.Value, NumberStyles.Integer, CultureInfo.InvariantCulture);
        }

        if (wanted == typeof(int))
        {
            return int.Parse(first.Value, NumberStyles.Integer, CultureInfo.InvariantCulture);
        }

        if (wanted == typeof(DateTime))
        {
            return XmlConvert.ToDateTime(first.Value.Trim(), XmlDateTimeSerializationMode.RoundtripKind);
        }

        return wanted.Name.StartsWith("ArrayOf", StringComparison.Ordinal) ? List(path, found, wanted) : Read(first.Attributes(), first.Nodes(), wanted);
    }

    /// <summary>All items; when that fails, one by one, so that an item that cannot be read costs itself only.</summary>
    private object? List(string path, List<XElement> found, Type wanted)
    {
        var item = wanted.GetProperties()[0];
        var name = DumpXml.Vim25 + (((XmlElementAttribute?)Attribute.GetCustomAttribute(item, typeof(XmlElementAttribute)))?.ElementName ?? item.Name);
        // A property that is a list itself has its items inside of it; inside of another property they stand beside each other.
        var items = found is [var only] && TypeOf(only) == wanted.Name
            ? only.Elements().ToList()
            : [.. found.Select(e => new XElement(name, e.Attributes(), e.Nodes()))];
        try
        {
            return Read([], items, wanted);
        }
        catch (InvalidOperationException)
        {
            var readable = items.Where((e, i) => IsReadable(e, $"{path}[{i}]", wanted)).ToList();
            return Read([], readable, wanted);
        }
    }

    private bool IsReadable(XElement item, string path, Type list)
    {
        try
        {
            Read([], [item], list);
            return true;
        }
        catch (InvalidOperationException e)
        {
            problems.Add(file.Name, $"{path} ({TypeOf(item) ?? item.Name.LocalName}) cannot be read and is left out: {(e.InnerException ?? e).Message}");
            return false;
        }
    }

    private object? Read(IEnumerable<XAttribute> attributes, IEnumerable<XNode> nodes, Type wanted)
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

        return VimXml.ReadValue(value, unknownTypes);
    }

    private static string? TypeOf(XElement element) => element.Attribute(DumpXml.TypeAttribute)?.Value is { } type ? type[(type.LastIndexOf(':') + 1)..].Trim() : null;
}
