using System.Xml.Serialization;

namespace Migrate.Vim25;

/// <summary>A managed object's type and id. Written by hand: text content with an attribute, and it wants value equality.</summary>
[XmlType(Namespace = Vim.Namespace)]
public sealed class ManagedObjectReference : IEquatable<ManagedObjectReference>
{
    public ManagedObjectReference()
    {
    }

    public ManagedObjectReference(string type, string value) => (Type, Value) = (type, value);

    [XmlAttribute("type")] public string Type { get; set; } = "";

    [XmlText] public string Value { get; set; } = "";

    public bool Equals(ManagedObjectReference other) => other is not null && other.Type == Type && other.Value == Value;

    public override bool Equals(object obj) => Equals(obj as ManagedObjectReference);

    public override int GetHashCode() => HashCode.Combine(Type, Value);

    public override string ToString() => $"{Type}:{Value}";
}
