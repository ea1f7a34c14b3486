using Migrate.Simulator.Schema;

namespace Migrate.Simulator.Values;

/// <summary>
/// A vim25 data object of any type. Its properties are kept in the schema's order whatever order they are set in, and
/// a property that the type does not have is refused.
/// </summary>
/// <remarks>
/// Values: string (also for enumerations), int, long, short, sbyte, bool, double, float, DateTime, byte[],
/// <see cref="MoRef"/>, <see cref="DataObject"/>, or a sequence of these; null = unset.
/// </remarks>
public sealed class DataObject
{
    private readonly object?[] _values;

    public DataObject(string type)
        : this(VimSchema.Get(type))
    {
    }

    private DataObject(VimType type)
    {
        Type = type;
        _values = new object?[type.Properties.Count];
    }

    public VimType Type { get; }

    public object? this[string property]
    {
        get => _values[IndexOf(property)];
        set => _values[IndexOf(property)] = value;
    }

    /// <summary>Value by position in <see cref="VimType.Properties"/>.</summary>
    public object? this[int index] => _values[index];

    public static DataObject Of(string type, params ReadOnlySpan<(string Property, object? Value)> values)
    {
        var result = new DataObject(type);
        foreach (var (property, value) in values)
        {
            result[property] = value;
        }

        return result;
    }

    /// <summary>Properties that the schema requires and nobody set, e.g. "VirtualDisk.capacityInKB", here and below.</summary>
    public IEnumerable<string> MissingRequired()
    {
        for (var i = 0; i < _values.Length; i++)
        {
            var property = Type.Properties[i];
            switch (_values[i])
            {
                case null when !property.IsOptional && !property.IsArray && property.Since <= ApiVersion.Usual:
                    yield return $"{Type.Name}.{property.Name}";
                    break;
                case DataObject inner:
                    foreach (var missing in inner.MissingRequired())
                    {
                        yield return missing;
                    }

                    break;
                case IEnumerable<DataObject> items:
                    foreach (var missing in items.SelectMany(item => item.MissingRequired()))
                    {
                        yield return missing;
                    }

                    break;
            }
        }
    }

    private int IndexOf(string property)
    {
        var index = Type.IndexOf(property);
        return index >= 0 ? index : throw new ArgumentException($"{Type.Name} has no property {property}.", nameof(property));
    }
}
