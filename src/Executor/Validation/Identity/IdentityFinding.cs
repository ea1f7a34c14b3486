using System.Text.Json.Serialization;

namespace Migrate.Executor.Validation.Identity;

/// <summary>What came of comparing a guest's identity.</summary>
public enum IdentityState
{
    /// <summary>All that both sides told is the same.</summary>
    Equal,
    Differs,
    /// <summary>One side told nothing.</summary>
    NotCompared,
}

/// <summary>A guest's identity before and after its move.</summary>
public sealed record IdentityFinding
{
    public required IdentityState State { get; init; }
    public GuestIdentity? Before { get; init; }
    public GuestIdentity? After { get; init; }
    public IReadOnlyList<IdentityDifference> Differences { get; init; } = [];
    /// <summary>What was told by one side only, and why: never counted as equal.</summary>
    public IReadOnlyList<string> NotCompared { get; init; } = [];
}

/// <summary>Something that is not what it was.</summary>
/// <param name="Code">identity.*, stable.</param>
/// <param name="Subject">host name, or a card by its MAC address.</param>
/// <param name="Before">As it was.</param>
/// <param name="After">As it is.</param>
/// <param name="Remedy">What to do.</param>
/// <param name="IsReachable">The guest is reached as before all the same, so that it may wait.</param>
public sealed record IdentityDifference(string Code, string Subject, string Before, string After, string Remedy, bool IsReachable = false);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(GuestIdentity))]
public sealed partial class IdentityJson : JsonSerializerContext;
