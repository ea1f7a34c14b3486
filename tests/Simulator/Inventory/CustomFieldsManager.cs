using Migrate.Simulator.Values;

namespace Migrate.Simulator.Inventory;

/// <summary>Names of custom attributes. Numbers are given in the order of names, so that every run has the same.</summary>
public sealed class CustomFieldsManager : ManagedObject
{
    private readonly List<string> _names;

    public CustomFieldsManager(Vcenter vcenter)
        : base("CustomFieldsManager", "CustomFieldsManager") =>
        _names = [.. vcenter.Estate.Vms.SelectMany(v => v.Attributes.Keys).Concat(vcenter.Estate.Hosts.SelectMany(h => h.Attributes.Keys)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    public List<DataObject>? ValuesOf(IReadOnlyDictionary<string, string> attributes) => attributes.Count == 0 ? null :
    [
        .. attributes.OrderBy(a => a.Key, StringComparer.Ordinal)
            .Select(a => DataObject.Of("CustomFieldStringValue", ("key", KeyOf(a.Key)), ("value", a.Value))),
    ];

    protected override object? Property(string name) => name == "field"
        ? _names.Select(n => DataObject.Of("CustomFieldDef", ("key", KeyOf(n)), ("name", n), ("type", "string"))).ToList()
        : null;

    private int KeyOf(string name) => 101 + _names.IndexOf(name);
}
