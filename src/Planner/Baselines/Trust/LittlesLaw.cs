using System.Globalization;
using Migrate.Planner.Baselines.Digests;

namespace Migrate.Planner.Baselines.Trust;

/// <summary>
/// Little's law: on average as many I/Os are under way as arrive per second times the seconds that each takes. Three counters that
/// do not fit together cannot all be right.
/// </summary>
internal static class LittlesLaw
{
    private const double MostDeviation = 0.1;
    /// <summary>The queue is counted in whole numbers: below this its rounding alone is more than a tenth.</summary>
    private const double SmallestQueue = 4;

    /// <summary>IOPS × latency / queue over the intervals in which all three were measured; null where the queue is too short to tell.</summary>
    public static double? Ratio(DirectionDigest direction)
    {
        var (expected, counted) = (direction.QueueExpectedMicro / 1e6, (double)direction.QueueCounted);
        return direction.QueueIntervals == 0 || Math.Max(expected, counted) / direction.QueueIntervals < SmallestQueue ? null
            : counted == 0 ? double.PositiveInfinity : expected / counted;
    }

    public static IEnumerable<TrustReason> Check(TrustEvidence evidence) => evidence.Disks.SelectMany(x => new[]
    {
        Reason(x.Disk.Label, "reads", Ratio(x.Samples.Read)),
        Reason(x.Disk.Label, "writes", Ratio(x.Samples.Write)),
    }).OfType<TrustReason>();

    private static TrustReason? Reason(string disk, string direction, double? ratio) => ratio is null || Math.Abs(ratio.Value - 1) <= MostDeviation
        ? null
        : new TrustReason(
            TrustCode.LittlesLaw, TrustLevel.Medium,
            string.Create(CultureInfo.InvariantCulture, $"{disk}, {direction}: IOPS × latency is {ratio:0.##} times the I/Os counted as under way; at most a tenth off would be right, so one of the counters misleads."),
            "Compare with histograms of vscsiStats.");
}
