namespace Migrate.Executor.Copy.Throttle;

/// <summary>What several copies share and may not overload together.</summary>
public enum ThrottleScope
{
    SourceHost,
    Datastore,

    /// <summary>A network way, by whatever name the operator gave it.</summary>
    Link,
}

/// <summary>One of them. Names are compared without case, as vSphere does.</summary>
public readonly record struct ThrottleKey(ThrottleScope Scope, string Name)
{
    public bool Equals(ThrottleKey other) => Scope == other.Scope && string.Equals(Name, other.Name, StringComparison.OrdinalIgnoreCase);

    public override int GetHashCode() => HashCode.Combine(Scope, StringComparer.OrdinalIgnoreCase.GetHashCode(Name));

    /// <summary>Instead of a name, for all those of the scope that have no limit of their own; each has it for itself.</summary>
    public const string Each = "*";

    public override string ToString() => $"{Scope} {Name}";
}
