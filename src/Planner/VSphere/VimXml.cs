using System.Collections.Frozen;
using System.Xml;
using System.Xml.Linq;
using System.Xml.Serialization;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>Requests to XML and responses from it.</summary>
internal static class VimXml
{
    private const string Soap = "http://schemas.xmlsoap.org/soap/envelope/";

    private static readonly Lazy<FrozenDictionary<Type, XmlSerializer>> Serializers = new(Build);

    /// <summary>No DTD, nothing fetched. Characters are not checked: guests put control characters into annotations.</summary>
    internal static readonly XmlReaderSettings Settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        CheckCharacters = false,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
    };

    public static byte[] Write(object request)
    {
        using var stream = new MemoryStream();
        using (var writer = XmlWriter.Create(stream, new XmlWriterSettings { Encoding = new System.Text.UTF8Encoding(false) }))
        {
            writer.WriteStartElement("soapenv", "Envelope", Soap);
            writer.WriteAttributeString("xmlns", "xsi", null, XmlSchemaInstance);
            writer.WriteAttributeString("xmlns", "xsd", null, "http://www.w3.org/2001/XMLSchema");
            writer.WriteStartElement("Body", Soap);
            Serializers.Value[request.GetType()].Serialize(writer, request);
            writer.WriteEndElement();
            writer.WriteEndElement();
        }

        return stream.ToArray();
    }

    /// <summary>Makes what the first call of a process would else wait for some seconds for.</summary>
    public static void Prepare() => _ = Serializers.Value;

    private const string XmlSchemaInstance = "http://www.w3.org/2001/XMLSchema-instance";

    public static XmlReader Open(Stream stream) => XmlReader.Create(stream, Settings);

    /// <summary>The response in the envelope's body. <paramref name="unknown"/> gets the type names that were read as their base.</summary>
    /// <exception cref="XmlException">It is not XML, or not a SOAP envelope.</exception>
    /// <exception cref="InvalidOperationException">It is, but does not have the contract's shape.</exception>
    public static TResponse Read<TResponse>(Stream stream, out IReadOnlyDictionary<string, int> unknown)
    {
        using var source = Open(stream);
        using var reader = new VimXmlReader(source);
        unknown = reader.Unknown;
        reader.MoveToContent();
        reader.ReadStartElement("Envelope", Soap);
        while (reader.MoveToContent() == XmlNodeType.Element && reader.LocalName != "Body")
        {
            reader.Skip();
        }

        reader.ReadStartElement("Body", Soap);
        reader.MoveToContent();
        return (TResponse?)Serializers.Value[typeof(TResponse)].Deserialize(reader) ?? throw new InvalidOperationException("the answer is empty");
    }

    /// <summary>Values of any types of the contract, as their <c>xsi:type</c>s say, from outside of an envelope.</summary>
    /// <exception cref="InvalidOperationException">One of them does not have the contract's shape.</exception>
    public static IReadOnlyList<object?> ReadValues(IEnumerable<XElement> values, Dictionary<string, int> unknown)
    {
        XNamespace vim = Vim.Namespace;
        var content = new XElement(vim + nameof(ObjectContent), values.Select(v => new XElement(vim + "propSet", v)));
        using var reader = new VimXmlReader(content.CreateReader(), unknown);
        return [.. (((ObjectContent)Serializers.Value[typeof(ObjectContent)].Deserialize(reader)!).PropSet ?? []).Select(p => p.Val)];
    }

    /// <summary>All at once from one importer: one by one the same serializers cost several times the time.</summary>
    private static FrozenDictionary<Type, XmlSerializer> Build()
    {
        var importer = new XmlReflectionImporter(Vim.Namespace);
        foreach (var type in VimContract.Data)
        {
            importer.IncludeType(type);
        }

        importer.IncludeType(typeof(ManagedObjectReference));
        Type[] roots = [.. VimContract.Calls, typeof(ObjectContent)];
        var mappings = roots.Select(t => (XmlMapping)importer.ImportTypeMapping(t)).ToArray();
        return roots.Zip(XmlSerializer.FromMappings(mappings)!).ToFrozenDictionary(p => p.First, p => p.Second!);
    }
}
