using System.Text.Json;
using System.Text.Json.Serialization;
using Migrate.Executor.Validation.Identity;
using Migrate.Executor.Validation.Latency;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Validation;

public enum Outcome
{
    Pass,
    Fail,
    Inconclusive,
}

public enum Aspect
{
    Data,
    Boot,
    /// <summary>Host name, addresses, gateways and DNS of the guest.</summary>
    Identity,
    Latency,
}

/// <summary>What is proven of one migrated VM. Any Fail makes it Fail; else any Inconclusive makes it Inconclusive.</summary>
public sealed record Verdict
{
    public required string VmName { get; init; }
    /// <summary>UTC.</summary>
    public required DateTime JudgedAt { get; init; }
    public required Outcome Outcome { get; init; }
    public required IReadOnlyList<AspectVerdict> Aspects { get; init; }
    /// <summary>Of each disk and direction, by disk.</summary>
    public IReadOnlyList<LatencyComparison> Latencies { get; init; } = [];
    /// <summary>Null for verdicts of before it was compared.</summary>
    public IdentityFinding? Identity { get; init; }

    /// <summary>Of a run; null while it has none.</summary>
    public static Verdict? Of(Run run) => run.Verdict is { } json ? JsonSerializer.Deserialize(json, ValidationJson.Default.Verdict) : null;
}

/// <summary>One aspect.</summary>
/// <param name="Aspect">Which.</param>
/// <param name="Outcome">Its own.</param>
/// <param name="Statement">In words.</param>
/// <param name="Reasons">Every one.</param>
public sealed record AspectVerdict(Aspect Aspect, Outcome Outcome, string Statement, IReadOnlyList<string> Reasons);

/// <summary>How verdicts are written: camel case, names of enums, no reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, WriteIndented = false)]
[JsonSerializable(typeof(Verdict))]
public sealed partial class ValidationJson : JsonSerializerContext;
