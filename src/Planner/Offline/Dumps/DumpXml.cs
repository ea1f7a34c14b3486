using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using Migrate.Planner.VSphere;
using Migrate.Vim25;

namespace Migrate.Planner.Offline.Dumps;

/// <summary>
/// Files of a dump as XML. They are fragments of a server's answer and more careless than one: without the contract's namespace, with
/// prefixes that nobody declares. No DTD, nothing fetched, bounded in length and depth.
/// </summary>
internal static partial class DumpXml
{
    public static readonly XNamespace Vim25 = Vim.Namespace;
    public static readonly XName TypeAttribute = XName.Get("type", "http://www.w3.org/2001/XMLSchema-instance");

    /// <summary>
    /// Reads the whole file once, so that one that breaks off or is no XML is known before anything is made of it. Gives the object's
    /// type and id; null with the cause when there is none. Null without a cause for what a method answered: govc keeps some answers
    /// in folders beside the objects, and nothing is read from them.
    /// </summary>
    public static ManagedObjectReference? Check(Stream stream, string fileName, OfflineLimits limits, out string? cause)
    {
        try
        {
            using var reader = Open(stream, limits);
            reader.MoveToContent();
            if (reader.LocalName.EndsWith("Response", StringComparison.Ordinal))
            {
                cause = null;
                return null;
            }

            if (reader.LocalName != "ObjectContent")
            {
                cause = $"its root element is {reader.LocalName}, where a dump has ObjectContent";
                return null;
            }

            ManagedObjectReference? reference = null;
            while (reader.Read())
            {
                if (reader.Depth > limits.XmlDepth)
                {
                    cause = $"its elements are nested deeper than {limits.XmlDepth}";
                    return null;
                }

                if (reader is { NodeType: XmlNodeType.Element, Depth: 1, LocalName: "obj" } && reference is null)
                {
                    reference = ReadReference(reader);
                }
            }

            reference ??= FromName(fileName);
            cause = reference is null ? "it names no object" : null;
            return reference;
        }
        catch (XmlException e)
        {
            cause = Problems.OfXml(e);
            return null;
        }
    }

    /// <summary>The values by property name. Of a property that comes twice the first counts.</summary>
    public static Dictionary<string, XElement> ReadProperties(Stream stream, OfflineLimits limits)
    {
        using var reader = Open(stream, limits);
        reader.MoveToContent();
        var properties = new Dictionary<string, XElement>(StringComparer.Ordinal);
        foreach (var set in XElement.Load(reader).Elements(Vim25 + "propSet"))
        {
            if (set.Element(Vim25 + "val") is { } value && set.Element(Vim25 + "name") is { } name)
            {
                properties.TryAdd(name.Value.Trim(), value);
            }
        }

        return properties;
    }

    private static XmlReader Open(Stream stream, OfflineLimits limits)
    {
        var names = new NameTable();
        var namespaces = new XmlNamespaceManager(names);
        namespaces.AddNamespace("", Vim.Namespace);
        namespaces.AddNamespace("vim25", Vim.Namespace);
        namespaces.AddNamespace("xsi", TypeAttribute.NamespaceName);
        namespaces.AddNamespace("XMLSchema-instance", TypeAttribute.NamespaceName);
        namespaces.AddNamespace("xsd", "http://www.w3.org/2001/XMLSchema");
        var settings = VimXml.Settings.Clone();
        settings.NameTable = names;
        settings.MaxCharactersInDocument = limits.FileBytes;
        return XmlReader.Create(stream, settings, new XmlParserContext(names, namespaces, null, XmlSpace.None));
    }

    private static ManagedObjectReference? ReadReference(XmlReader reader)
    {
        var type = reader.GetAttribute("type");
        var value = reader.IsEmptyElement || !reader.Read() || reader.NodeType != XmlNodeType.Text ? null : reader.Value.Trim();
        return string.IsNullOrWhiteSpace(type) || string.IsNullOrEmpty(value) ? null : new ManagedObjectReference(type.Trim(), value);
    }

    /// <summary>"0046-VirtualMachine-vm-28.xml", for a file whose own reference was cut away. Ids are written as in a URL's query.</summary>
    private static ManagedObjectReference? FromName(string fileName) =>
        NamePattern().Match(fileName) is { Success: true } m ? new ManagedObjectReference(m.Groups["type"].Value, System.Net.WebUtility.UrlDecode(m.Groups["id"].Value)) : null;

    [GeneratedRegex("""^\d+-(?<type>[A-Za-z]+)-(?<id>.+)\.xml$""")]
    private static partial Regex NamePattern();
}
