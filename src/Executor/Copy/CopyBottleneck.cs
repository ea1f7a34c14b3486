using System.Globalization;

namespace Migrate.Executor.Copy;

/// <summary>The parts of the way that bytes take, in its order.</summary>
public enum CopyStage
{
    /// <summary>The source finds its bytes.</summary>
    SourceRead,

    /// <summary>From the source to this machine, TLS included.</summary>
    Transport,

    /// <summary>Zero detection and SHA-256 on this machine.</summary>
    Hash,

    /// <summary>From this machine to the target.</summary>
    Network,

    /// <summary>The target takes, writes and flushes.</summary>
    TargetWrite,

    /// <summary>Held back on purpose: a limit, the source's latency, a pause.</summary>
    Throttle,
}

/// <summary>What a copy waits for, and how fast each part of the way was while it worked.</summary>
/// <param name="Stage">The narrowest part.</param>
/// <param name="Share">Of the time looked at, 0 to 1, in which the copy could not go on because of it.</param>
/// <param name="Rates">Of the parts that worked.</param>
public sealed record CopyBottleneck(CopyStage Stage, double Share, IReadOnlyList<StageRate> Rates)
{
    /// <summary>Which limit, when that is what it waits for and is known.</summary>
    public string? HeldBy { get; init; }

    public override string ToString()
    {
        var rates = Rates.Select(r => $"{NameOf(r.Stage)} {Rate(r.BytesPerSecond)} while at it ({r.Busy.ToString("0 %", CultureInfo.InvariantCulture)} of the time)");
        var share = $"{Share.ToString("0 %", CultureInfo.InvariantCulture)} of the time: {string.Join(", ", rates)}";
        return HeldBy is null ? $"{NameOf(Stage)} holds the copy up {share}" : $"held back by {HeldBy}, {share}";
    }

    internal static string NameOf(CopyStage stage) => stage switch
    {
        CopyStage.SourceRead => "reading at the source",
        CopyStage.Transport => "the way from the source",
        CopyStage.Hash => "hashing",
        CopyStage.Network => "the way to the target",
        CopyStage.TargetWrite => "the target's writing",
        _ => "a limit",
    };

    private static string Rate(double bytesPerSecond) => $"{(bytesPerSecond / (1 << 20)).ToString("0", CultureInfo.InvariantCulture)} MiB/s";
}

/// <summary>How a part of the way did.</summary>
/// <param name="Stage">Reading, hashing or writing as a whole.</param>
/// <param name="BytesPerSecond">Of the time in which it had anything to do.</param>
/// <param name="Busy">The share of that time, 0 to 1.</param>
public readonly record struct StageRate(CopyStage Stage, double BytesPerSecond, double Busy);
