using System.Collections.Frozen;
using System.Xml;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>
/// Stands between the wire and XmlSerializer, which throws away a whole response over one xsi:type that it does not know. Here an
/// unknown type name is hidden, so that the element is read as the base that the schema declares, and counted, so that it is told.
/// Type names are told apart by their local name: real servers write prefixes such as <c>XMLSchema-instance:type="xsd:string"</c>
/// with or without declaring them.
/// </summary>
internal sealed class VimXmlReader(XmlReader inner, Dictionary<string, int> unknown) : XmlReader
{
    private const string VimPrefix = "_vim25";
    private const string XsdPrefix = "_xsd";
    /// <summary>Chains of snapshots and of disks' parents are 32 and 255 at most.</summary>
    private const int MostNested = 1000;
    private const string Xsd = "http://www.w3.org/2001/XMLSchema";
    private const string Xsi = "http://www.w3.org/2001/XMLSchema-instance";

    private static readonly FrozenSet<string> Known =
        VimContract.Data.Select(t => t.Name).Append(nameof(ManagedObjectReference)).ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> Enumerations = VimContract.Enumerations.ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> Simple = new[]
    {
        "string", "boolean", "byte", "short", "int", "long", "float", "double", "dateTime", "anyURI", "base64Binary", "anyType",
        "unsignedByte", "unsignedShort", "unsignedInt", "unsignedLong", "decimal", "integer",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Type names that the contract does not have, with how often they came.</summary>
    public Dictionary<string, int> Unknown { get; } = unknown;

    public static bool IsKnown(string typeName) => Known.Contains(typeName) || Simple.Contains(typeName);

    public VimXmlReader(XmlReader inner)
        : this(inner, new(StringComparer.Ordinal))
    {
    }

    public override string? GetAttribute(string name, string? namespaceURI)
    {
        var value = inner.GetAttribute(name, namespaceURI);
        if (value is null || name != "type" || namespaceURI != Xsi)
        {
            return value;
        }

        var local = value[(value.LastIndexOf(':') + 1)..].Trim();
        if (Known.Contains(local))
        {
            return $"{VimPrefix}:{local}";
        }

        if (Enumerations.Contains(local))
        {
            return $"{XsdPrefix}:string";
        }

        if (Simple.Contains(local))
        {
            return $"{XsdPrefix}:{local}";
        }

        Unknown[local] = Unknown.GetValueOrDefault(local) + 1;
        return null;
    }

    /// <summary>From the name table: XmlSerializer compares names by reference.</summary>
    public override string? LookupNamespace(string prefix) => prefix switch
    {
        VimPrefix => NameTable.Add(Vim.Namespace),
        XsdPrefix => NameTable.Add(Xsd),
        _ => inner.LookupNamespace(prefix),
    };

    public override int AttributeCount => inner.AttributeCount;

    public override string BaseURI => inner.BaseURI;

    public override int Depth => inner.Depth;

    public override bool EOF => inner.EOF;

    public override bool IsEmptyElement => inner.IsEmptyElement;

    public override string LocalName => inner.LocalName;

    public override string NamespaceURI => inner.NamespaceURI;

    public override XmlNameTable NameTable => inner.NameTable;

    public override XmlNodeType NodeType => inner.NodeType;

    public override string Prefix => inner.Prefix;

    public override ReadState ReadState => inner.ReadState;

    public override string Value => inner.Value;

    public override string GetAttribute(int i) => inner.GetAttribute(i);

    public override string? GetAttribute(string name) => inner.GetAttribute(name);

    public override bool MoveToAttribute(string name) => inner.MoveToAttribute(name);

    public override bool MoveToAttribute(string name, string? ns) => inner.MoveToAttribute(name, ns);

    public override bool MoveToElement() => inner.MoveToElement();

    public override bool MoveToFirstAttribute() => inner.MoveToFirstAttribute();

    public override bool MoveToNextAttribute() => inner.MoveToNextAttribute();

    /// <summary>XmlSerializer reads what is nested by calling itself: without a bound, an answer could end the process.</summary>
    public override bool Read() =>
        inner.Read() && (inner.Depth <= MostNested ? true : throw new XmlException($"its elements are nested deeper than {MostNested}"));

    public override bool ReadAttributeValue() => inner.ReadAttributeValue();

    public override void ResolveEntity() => inner.ResolveEntity();
}
