namespace Migrate.Simulator.Soap;

/// <summary>What a method returns: a value (or none) and the type that the schema declares for it.</summary>
public sealed record Reply(object? Value, string DeclaredType)
{
    public static readonly Reply Void = new(null, "anyType");
}
