using Migrate.Executor.Validation;

namespace Migrate.Api.Reports;

/// <summary>A histogram's bin in words: a percentile of binned I/Os is an interval and no point.</summary>
internal static class BinText
{
    public static string Of(LatencyBin? bin) => bin switch
    {
        null => "–",
        { UpToUs: null } => $"> {Text.Microseconds(bin.AboveUs)}",
        { AboveUs: 0 } => $"≤ {Text.Microseconds(bin.UpToUs)}",
        _ => $"{Text.Microseconds(bin.AboveUs)} – {Text.Microseconds(bin.UpToUs)}",
    };

    /// <summary>Short enough for an axis: the upper limit.</summary>
    public static string Limit(LatencyBin bin) => bin.UpToUs is null ? $">{Text.Microseconds(bin.AboveUs)}" : Text.Microseconds(bin.UpToUs);
}
