using System.Collections;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Schema;
using Migrate.Simulator.Soap;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.PropertyCollection;

/// <summary>A path such as "config.hardware.device" or "config.hardware.device[2000].backing".</summary>
public sealed class PropertyPath
{
    private readonly string[] _names;
    private readonly string?[] _keys;

    public PropertyPath(string text)
    {
        Text = text;
        var parts = Split(text);
        _names = [.. parts.Select(p => p.Split('[', 2)[0])];
        _keys = [.. parts.Select(p => p.Contains('[', StringComparison.Ordinal) ? p.Split('[', 2)[1].TrimEnd(']').Trim('"') : null)];
    }

    public string Text { get; }

    /// <summary>InvalidProperty when no object of this type can ever have the path, on a server of this version.</summary>
    public void Validate(VimType type, ApiVersion server)
    {
        var current = type;
        foreach (var name in _names)
        {
            var property = current.Find(name) ?? OfDerived(current, name) ?? throw VimFaultException.InvalidProperty(Text);
            if (property.Since > server)
            {
                throw VimFaultException.InvalidProperty(Text);
            }

            if (VimSchema.Find(property.Type) is not { IsManaged: false } next)
            {
                // An enumeration, a primitive or a type that this simulator never fills: nothing more to check.
                return;
            }

            current = next;
        }
    }

    /// <summary>The value, or null when it, or an object on the way to it, is unset.</summary>
    public TypedValue? Read(ManagedObject target) => Read(target, target.Read);

    /// <summary>The same with <paramref name="first"/> giving first-level properties: several paths may begin with the same one.</summary>
    public TypedValue? Read(ManagedObject target, Func<string, object?> first)
    {
        object? value = first(_names[0]);
        var declared = target.Type.Find(_names[0]);
        for (var i = 0; ; i++)
        {
            if (_keys[i] is { } key)
            {
                value = (value as IEnumerable)?.OfType<DataObject>().FirstOrDefault(item => KeyOf(item) == key);
                declared = declared is null ? null : declared with { IsArray = false };
            }

            if (value is null || i == _names.Length - 1)
            {
                return value is null ? null : new TypedValue(value, declared);
            }

            if (value is not DataObject data || data.Type.Find(_names[i + 1]) is not { } next)
            {
                return null;
            }

            value = data[next.Name];
            declared = next;
        }
    }

    /// <summary>A path may go through a derived type, e.g. Datastore's info.vmfs.</summary>
    private static VimProperty? OfDerived(VimType type, string name) =>
        VimSchema.All.Where(t => t != type && t.Is(type.Name)).Select(t => t.Find(name)).FirstOrDefault(p => p is not null);

    private static string? KeyOf(DataObject item) => item.Type.Find("key") is null ? null : Convert.ToString(item["key"], System.Globalization.CultureInfo.InvariantCulture);

    private static List<string> Split(string text)
    {
        var parts = new List<string>();
        var start = 0;
        var depth = 0;
        for (var i = 0; i < text.Length; i++)
        {
            depth += text[i] switch { '[' => 1, ']' => -1, _ => 0 };
            if (text[i] == '.' && depth == 0)
            {
                parts.Add(text[start..i]);
                start = i + 1;
            }
        }

        parts.Add(text[start..]);
        return parts;
    }
}
