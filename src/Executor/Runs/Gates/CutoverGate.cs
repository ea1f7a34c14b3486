using System.Text.Json;
using System.Text.Json.Serialization;

namespace Migrate.Executor.Runs.Gates;

public enum GateState
{
    Green,
    /// <summary>Somebody gave a reason to go on all the same.</summary>
    Accepted,
    Closed,
}

/// <summary>One of the things that a cutover waits for.</summary>
/// <param name="Id">checks | verdicts | order | ready | window | approval.</param>
/// <param name="State">Whether a cutover may pass.</param>
/// <param name="Statement">What is so, and for an acceptance who gave which reason when.</param>
/// <param name="Remedy">What opens it; null when it is open.</param>
public sealed record CutoverGate(string Id, GateState State, string Statement, string? Remedy = null)
{
    public const string Checks = "checks";
    public const string Verdicts = "verdicts";
    public const string Order = "order";
    public const string Ready = "ready";
    public const string Window = "window";
    public const string Approval = "approval";

    public bool IsClosed => State == GateState.Closed;
}

/// <summary>Somebody's word that a VM may be cut over.</summary>
/// <param name="By">The authenticated name, and what the caller said of itself.</param>
/// <param name="At">UTC.</param>
/// <param name="Reason">Why.</param>
public sealed record CutoverApproval(string By, DateTime At, string Reason)
{
    public static CutoverApproval? Read(string? json) => json is null ? null : JsonSerializer.Deserialize(json, GatesJson.Default.CutoverApproval);

    public string Write() => JsonSerializer.Serialize(this, GatesJson.Default.CutoverApproval);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(CutoverApproval))]
internal sealed partial class GatesJson : JsonSerializerContext;
