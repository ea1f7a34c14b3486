using System.Collections;
using System.Globalization;
using System.Xml;
using Migrate.Simulator.Schema;

namespace Migrate.Simulator.Values;

/// <summary>Writes vim25 values as XML the way vCenter does, for a client of a given API version.</summary>
public sealed class VimWriter(XmlWriter xml, ApiVersion client)
{
    public const string Namespace = "urn:vim25";
    private const string Xsi = "http://www.w3.org/2001/XMLSchema-instance";

    /// <summary>One element, or one per item for a sequence; nothing for null.</summary>
    public void Element(string name, object? value, string declaredType)
    {
        switch (value)
        {
            case null:
                return;
            case string or byte[]:
                Single(name, value, declaredType);
                return;
            case IEnumerable items:
                foreach (var item in items)
                {
                    Single(name, item!, declaredType);
                }

                return;
            default:
                Single(name, value, declaredType);
                return;
        }
    }

    /// <summary>A value whose declared type is anyType: it always carries its own, boxed as ArrayOf… when a sequence.</summary>
    public void Any(string name, object value, VimProperty? declared)
    {
        xml.WriteStartElement(name, Namespace);
        if (value is IEnumerable items and not (string or byte[]))
        {
            var list = items.Cast<object>().ToList();
            var type = declared?.Type ?? (list.Count > 0 ? TypeNameOf(list[0]) : "anyType");
            XsiType("ArrayOf" + char.ToUpperInvariant(type[0]) + type[1..], builtin: false);
            foreach (var item in list)
            {
                Single(type, item, type);
            }
        }
        else
        {
            Content(value, declared is null || declared.Type == "anyType" ? TypeNameOf(value) : declared.Type, alwaysTyped: true);
        }

        xml.WriteEndElement();
    }

    /// <summary>Opens an element by hand (envelope of a fault).</summary>
    public void Members(DataObject value)
    {
        for (var i = 0; i < value.Type.Properties.Count; i++)
        {
            var property = value.Type.Properties[i];
            if (value[i] is not { } member || property.Since > client)
            {
                continue;
            }

            if (property.Type == "anyType")
            {
                Any(property.Name, member is TypedValue typed ? typed.Value : member, (member as TypedValue)?.Declared);
            }
            else
            {
                Element(property.Name, member, property.Type);
            }
        }
    }

    public void XsiType(string type, bool builtin) => xml.WriteAttributeString("type", Xsi, builtin ? "xsd:" + type : type);

    private void Single(string name, object value, string declaredType)
    {
        xml.WriteStartElement(name, Namespace);
        Content(value, declaredType, alwaysTyped: declaredType == "anyType");
        xml.WriteEndElement();
    }

    private void Content(object value, string declaredType, bool alwaysTyped)
    {
        switch (value)
        {
            case DataObject data:
                var type = data.Type.KnownTo(client);
                if (alwaysTyped || type.Name != declaredType)
                {
                    XsiType(type.Name, builtin: false);
                }

                Members(type == data.Type ? data : As(data, type));
                return;
            case MoRef reference:
                if (alwaysTyped)
                {
                    XsiType("ManagedObjectReference", builtin: false);
                }

                xml.WriteAttributeString("type", reference.Type);
                xml.WriteString(reference.Id);
                return;
            default:
                if (alwaysTyped)
                {
                    var own = declaredType == "anyType" ? TypeNameOf(value) : declaredType;
                    XsiType(own, builtin: IsBuiltin(own));
                }

                xml.WriteString(Text(value));
                return;
        }
    }

    private static DataObject As(DataObject data, VimType type)
    {
        var result = new DataObject(type.Name);
        for (var i = 0; i < type.Properties.Count; i++)
        {
            result[type.Properties[i].Name] = data[i];
        }

        return result;
    }

    private static bool IsBuiltin(string type) =>
        type is "string" or "boolean" or "int" or "long" or "short" or "byte" or "double" or "float" or "dateTime" or "base64Binary" or "anyURI";

    private static string TypeNameOf(object value) => value switch
    {
        DataObject data => data.Type.Name,
        MoRef => "ManagedObjectReference",
        bool => "boolean",
        int => "int",
        long => "long",
        short => "short",
        sbyte => "byte",
        double => "double",
        float => "float",
        DateTime => "dateTime",
        byte[] => "base64Binary",
        _ => "string",
    };

    private static string Text(object value) => value switch
    {
        string text => text,
        bool flag => flag ? "true" : "false",
        DateTime time => time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture),
        byte[] bytes => Convert.ToBase64String(bytes),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new ArgumentException($"No vim25 type for {value.GetType()}.", nameof(value)),
    };
}
