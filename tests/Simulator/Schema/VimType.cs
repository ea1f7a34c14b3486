namespace Migrate.Simulator.Schema;

/// <summary>One property of a vim25 type, as the schema declares it.</summary>
public sealed record VimProperty(string Name, string Type, bool IsArray, bool IsOptional, ApiVersion Since);

/// <summary>A data or managed object type. <see cref="Properties"/> is in the schema's order: inherited ones first.</summary>
public sealed class VimType
{
    private readonly Dictionary<string, int> _index;

    internal VimType(string name, bool isManaged, VimType? baseType, ApiVersion since, IReadOnlyList<VimProperty> own)
    {
        Name = name;
        IsManaged = isManaged;
        Base = baseType;
        Since = since;
        Properties = baseType is null ? own : [.. baseType.Properties, .. own];
        _index = Properties.Select((property, index) => (property.Name, index)).ToDictionary(p => p.Name, p => p.index, StringComparer.Ordinal);
    }

    public string Name { get; }

    public bool IsManaged { get; }

    public VimType? Base { get; }

    public ApiVersion Since { get; }

    public IReadOnlyList<VimProperty> Properties { get; }

    public int IndexOf(string property) => _index.GetValueOrDefault(property, -1);

    public VimProperty? Find(string property) => _index.TryGetValue(property, out var index) ? Properties[index] : null;

    public bool Is(string typeName)
    {
        for (var type = this; type is not null; type = type.Base)
        {
            if (type.Name == typeName)
            {
                return true;
            }
        }

        return typeName is "ManagedObject" && IsManaged;
    }

    /// <summary>The nearest type that a client of this API version knows: vCenter never sends it a newer one.</summary>
    public VimType KnownTo(ApiVersion client)
    {
        var type = this;
        while (type.Since > client && type.Base is not null)
        {
            type = type.Base;
        }

        return type;
    }
}
