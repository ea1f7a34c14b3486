using Migrate.Simulator.Schema;

namespace Migrate.Simulator.Values;

/// <summary>A property's value with the type that the schema declares for it: enumerations and arrays need it under anyType.</summary>
public sealed record TypedValue(object Value, VimProperty? Declared);
