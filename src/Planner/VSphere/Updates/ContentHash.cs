using System.Collections;
using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Xml;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere.Updates;

/// <summary>A hash of an object's properties: the same for the same values in whatever order they came, and whichever call gave them.</summary>
internal static class ContentHash
{
    private static readonly ConcurrentDictionary<Type, PropertyInfo[]> Members = new();

    public static string Of(ObjectContent content)
    {
        var text = new StringBuilder();
        foreach (var property in (content.PropSet ?? []).OrderBy(p => p.Name, StringComparer.Ordinal))
        {
            text.Append(property.Name).Append('=');
            Write(property.Val, text);
        }

        foreach (var missing in (content.MissingSet ?? []).OrderBy(m => m.Path, StringComparer.Ordinal))
        {
            text.Append(missing.Path).Append('!').Append(missing.Fault?.Fault?.GetType().Name);
        }

        return Of(text.ToString());
    }

    public static string Of(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static void Write(object? value, StringBuilder text)
    {
        switch (value)
        {
            case null:
                text.Append(';');
                break;
            case string or ManagedObjectReference or XmlNode:
                // With its length, or "a;b" and "a", "b" would be the same.
                var words = value is XmlNode node ? node.OuterXml : value.ToString()!;
                text.Append(words.Length).Append(':').Append(words).Append(';');
                break;
            case DateTime time:
                text.Append(time.ToUniversalTime().Ticks).Append(';');
                break;
            case IFormattable or bool:
                text.Append(Convert.ToString(value, CultureInfo.InvariantCulture)).Append(';');
                break;
            case IEnumerable items:
                text.Append('[');
                foreach (var item in items)
                {
                    Write(item, text);
                }

                text.Append(']');
                break;
            default:
                text.Append(value.GetType().Name).Append('{');
                foreach (var member in Members.GetOrAdd(value.GetType(), t => [.. t.GetProperties().OrderBy(p => p.Name, StringComparer.Ordinal)]))
                {
                    Write(member.GetValue(value), text);
                }

                text.Append('}');
                break;
        }
    }
}
