using System.Collections;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Migrate.Api.Hosting;

/// <summary>A null where a request's type has none is refused as it is read: whatever used it first would else fail in a way that tells nobody why. Generated clients send such nulls.</summary>
internal static class NoNulls
{
    public static void Refuse(JsonTypeInfo type)
    {
        // What a constructor takes is seen when all is read. Words are looked at by whoever takes them, who says more of what they should be.
        var lists = type.Properties.Where(x => x.Get is not null && x.AssociatedParameter is not null && x.PropertyType != typeof(string) && x.PropertyType.IsAssignableTo(typeof(IEnumerable))).ToList();
        if (lists.Count > 0)
        {
            type.OnDeserialized = read => lists.ForEach(x => Check(x, x.Get!(read)));
        }

        foreach (var property in type.Properties.Where(x => x is { AssociatedParameter: null, IsSetNullable: false, PropertyType.IsValueType: false }))
        {
            if (property.Set is { } set)
            {
                property.Set = (target, value) =>
                {
                    Check(property, value);
                    set(target, value);
                };
            }
        }
    }

    private static void Check(JsonPropertyInfo property, object? value)
    {
        if (!IsWhole(value) && (value is not null || !property.IsSetNullable))
        {
            throw new JsonException($"'{property.Name}' is missing, null or holds a null.");
        }
    }

    private static bool IsWhole(object? value) => value switch
    {
        null => false,
        string => true,
        IDictionary entries => entries.Values.Cast<object?>().All(x => x is not null),
        IEnumerable items => items.Cast<object?>().All(x => x is not null),
        _ => true,
    };
}
