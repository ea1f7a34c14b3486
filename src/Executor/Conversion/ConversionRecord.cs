using System.Text.Json;
using System.Text.Json.Serialization;

namespace Migrate.Executor.Conversion;

public enum ConversionState
{
    /// <summary>The guest needs none: <see cref="ConversionRecord.Reason"/> says why.</summary>
    Skipped,

    /// <summary>Overlays are being made and changed; the disks are as they were copied.</summary>
    Converting,

    /// <summary>The overlays are whole, and from here on the disks may be half of each: only committing to the end makes them usable.</summary>
    Committing,

    /// <summary>The disks have what the overlays had.</summary>
    Converted,

    /// <summary>It failed; the overlays are gone and the disks are as they were copied.</summary>
    Failed,
}

/// <summary>What became of the conversion of a run's guest: in the run's row, for whoever goes on with it and for whoever asks later.</summary>
public sealed record ConversionRecord
{
    public required ConversionState State { get; init; }

    /// <summary>UTC.</summary>
    public required DateTime StartedAt { get; init; }

    /// <summary>UTC; when it came to its end, whichever.</summary>
    public DateTime? FinishedAt { get; init; }

    /// <summary>The machine that has the overlays, by its own name.</summary>
    public required string Machine { get; init; }

    /// <summary>Where the overlays are.</summary>
    public required string Directory { get; init; }

    /// <summary>What the tools said.</summary>
    public required string Log { get; init; }

    /// <summary>SHA-256 of the log when conversion was through, hex.</summary>
    public string? LogSha256 { get; init; }

    /// <summary>The guest's system in its own words.</summary>
    public string? Guest { get; init; }

    /// <summary>Why nothing was done, or what failed.</summary>
    public string? Reason { get; init; }

    /// <summary>Version of virt-v2v.</summary>
    public string? Tool { get; init; }

    /// <summary>Device names that became UUIDs, a line each.</summary>
    public IReadOnlyList<string> Renamed { get; init; } = [];

    /// <summary>What an operator should look at in the guest.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    public IReadOnlyList<ConvertedDisk> Disks { get; init; } = [];

    public static ConversionRecord? Read(string? json) => json is null ? null : JsonSerializer.Deserialize(json, ConversionJson.Default.ConversionRecord);

    public string Write() => JsonSerializer.Serialize(this, ConversionJson.Default.ConversionRecord);
}

/// <summary>A disk and the overlay with what conversion changes on it.</summary>
/// <param name="DiskKey">The disk's key in its VM.</param>
/// <param name="Label">Its name.</param>
/// <param name="Backing">What the overlay is committed to.</param>
/// <param name="Overlay">The overlay's file, which goes when it is committed.</param>
/// <param name="OverlaySha256">Of that file, hex.</param>
/// <param name="ChangedBytes">How much of the disk the overlay replaces.</param>
/// <param name="Changed">The file that says which extents (<see cref="ChangedExtents"/>).</param>
public sealed record ConvertedDisk(int DiskKey, string Label, string Backing, string Overlay, string OverlaySha256, long ChangedBytes, string Changed);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ConversionRecord))]
[JsonSerializable(typeof(ChangedExtents))]
internal sealed partial class ConversionJson : JsonSerializerContext;
