using System.Text.Json;
using System.Text.Json.Serialization;

namespace Migrate.Executor.Rehearsals;

public enum RehearsalState
{
    /// <summary>Overlays, or a domain that has them, may be there: whoever has the run next removes them first.</summary>
    Running,

    /// <summary>The guest said what tells that it serves.</summary>
    Works,

    /// <summary>It could not be converted, did not start, or did not say it in time.</summary>
    Failed,

    /// <summary>The guest ran until the deadline, and nothing tells whether it serves.</summary>
    Inconclusive,

    /// <summary>It was ended before its end, by somebody who wanted something else of the run.</summary>
    Abandoned,
}

/// <summary>The last rehearsal of a run's cutover: in the run's row, for whoever has to clean up and for whoever asks.</summary>
public sealed record RehearsalRecord
{
    public required RehearsalState State { get; init; }

    /// <summary>UTC.</summary>
    public required DateTime StartedAt { get; init; }

    /// <summary>UTC.</summary>
    public DateTime? FinishedAt { get; init; }

    /// <summary>How often it was begun; more than once when its server ended in the middle.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>The transient domain, on the run's KVM host.</summary>
    public required string Domain { get; init; }

    /// <summary>Where the overlays are, on the machine that rehearsed.</summary>
    public required string Directory { get; init; }

    /// <summary>What the guest said on its serial console, as a file.</summary>
    public required string Console { get; init; }

    /// <summary>What the tools of a conversion said, as a file; null where the plan wants none.</summary>
    public string? Log { get; init; }

    /// <summary>The guest's system in its own words; null where nobody looked.</summary>
    public string? Guest { get; init; }

    /// <summary>True: by virt-v2v; false: it needs none, or the plan wants none.</summary>
    public bool IsConverted { get; init; }

    /// <summary>Looking into the guest and converting it: what a cutover spends on it while the guest is down. Null where nobody looked.</summary>
    public double? ConversionSeconds { get; init; }

    /// <summary>From the domain's start until the guest told that it serves.</summary>
    public double? BootSeconds { get; init; }

    /// <summary>Code of what failed.</summary>
    public string? Code { get; init; }

    /// <summary>What told that the guest works, or what failed, in words.</summary>
    public string? Reason { get; init; }

    /// <summary>What can be done about it.</summary>
    public string? Remedy { get; init; }

    /// <summary>The end of what the console showed of a guest that did not come up.</summary>
    public string? ConsoleEnd { get; init; }

    public static RehearsalRecord? Read(string? json) => json is null ? null : JsonSerializer.Deserialize(json, RehearsalJson.Default.RehearsalRecord);

    public string Write() => JsonSerializer.Serialize(this, RehearsalJson.Default.RehearsalRecord);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(RehearsalRecord))]
internal sealed partial class RehearsalJson : JsonSerializerContext;
