using System.Text.Json;
using System.Text.Json.Serialization;

namespace Migrate.Executor.Validation.Observation;

/// <summary>
/// Up to where a domain's I/O is known, and what was noticed meanwhile. It is stored together with the intervals up to <see cref="At"/>, so that whoever goes on
/// with it neither leaves out nor repeats anything.
/// </summary>
public sealed record ObservationState
{
    /// <summary>Under which QEMU counts for this observation; null while its domain is off.</summary>
    public long? Mark { get; init; }

    /// <summary>Of the last look at QEMU's counters, UTC.</summary>
    public required DateTime At { get; init; }

    public required IReadOnlyList<ObservedDisk> Disks { get; init; }

    public IReadOnlyList<ObservationNote> Notes { get; init; } = [];

    public string Write() => JsonSerializer.Serialize(this, ObservationJson.Default.ObservationState);

    public static ObservationState Read(string json) => JsonSerializer.Deserialize(json, ObservationJson.Default.ObservationState)!;

    /// <summary>Remembers something once, however often it is seen.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="what">More of it, in words; another one is another note.</param>
    /// <param name="amount">How much of it.</param>
    /// <param name="at">When it was seen.</param>
    /// <param name="diskKey">Of the disk that it is about; null: all.</param>
    internal ObservationState With(NoteKind kind, string what, long amount, DateTime at, int? diskKey = null)
    {
        var known = Notes.FirstOrDefault(x => x.Kind == kind && x.What == what && x.DiskKey == diskKey);
        var note = known is null
            ? new ObservationNote(kind, what, at, at, 1, amount, diskKey)
            : known with { Last = at, Times = known.Times + 1, Amount = kind == NoteKind.Throttled ? Math.Max(known.Amount, amount) : known.Amount + amount };
        return this with { Notes = [.. Notes.Where(x => x != known), note] };
    }
}

/// <summary>One disk of it.</summary>
/// <param name="DiskKey">Device key in the VM.</param>
/// <param name="Label">e.g. Hard disk 1.</param>
/// <param name="Alias">By which QEMU's answers name it.</param>
public sealed record ObservedDisk(int DiskKey, string Label, string Alias)
{
    public string? Node { get; init; }
    public IoLimits? Limits { get; init; }
    /// <summary>QEMU's counters at the last look; null when they are not known to go on.</summary>
    public DiskTotals? Totals { get; init; }
}

public enum NoteKind
{
    /// <summary>QEMU counts no longer what it counted before: it is another one, or somebody set its histogram.</summary>
    Restarted,
    /// <summary>The domain was off.</summary>
    Off,
    Paused,
    BlockJob,
    Migration,
    /// <summary>A disk came to be on another block node.</summary>
    Snapshot,
    /// <summary>QEMU no longer has the disk.</summary>
    DiskGone,
    Errors,
    /// <summary>iotune's limit was nearly reached: percent of it.</summary>
    Throttled,
    /// <summary>The clock of the observing machine was set, by so many milliseconds.</summary>
    ClockSet,
}

/// <summary>Something that was seen while a domain was observed.</summary>
/// <param name="Kind">What.</param>
/// <param name="What">More of it, in words.</param>
/// <param name="First">When it was seen first, UTC.</param>
/// <param name="Last">When it was seen last, UTC.</param>
/// <param name="Times">How often.</param>
/// <param name="Amount">How much of it together, or at most.</param>
/// <param name="DiskKey">Of the disk that it is about; null: all.</param>
public sealed record ObservationNote(NoteKind Kind, string What, DateTime First, DateTime Last, int Times, long Amount, int? DiskKey = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ObservationState))]
[JsonSerializable(typeof(ConsoleFinding))]
internal sealed partial class ObservationJson : JsonSerializerContext;
