using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Baselines.Histograms;

public enum HistogramMetric
{
    /// <summary>Bytes of an I/O.</summary>
    IoLength,
    /// <summary>Blocks of 512 bytes from the I/O before; negative is backwards.</summary>
    SeekDistance,
    /// <summary>Blocks from the nearest of the 16 I/Os before: finds several sequential streams at once.</summary>
    SeekDistanceOf16,
    OutstandingIos,
    /// <summary>Microseconds.</summary>
    Latency,
    /// <summary>Microseconds between arrivals.</summary>
    Interarrival,
}

public enum IoDirection
{
    All,
    Read,
    Write,
}

/// <summary>I/Os above the previous bin's limit and up to <paramref name="UpTo"/> (inclusive); null: above the last limit.</summary>
public sealed record HistogramBin(double? UpTo, long Count);

/// <summary>
/// A distribution over single I/Os, as it was counted at the source: the only honest ground for percentiles. These are intervals
/// and not points: a histogram knows in which bin an I/O fell and no more.
/// </summary>
public sealed record IoHistogram(
    HistogramMetric Metric, IoDirection Direction, double? Min, double? Max, double? Mean, long Count, IReadOnlyList<HistogramBin> Bins)
{
    /// <summary>The bin that holds the I/O at this share (0…1) of all: above Over, up to UpTo (null: no limit). Null without I/O.</summary>
    public (double? Over, double? UpTo)? Percentile(double share)
    {
        var rank = Math.Max(1, (long)Math.Ceiling(share * Count));
        long below = 0;
        for (var i = 0; i < Bins.Count; i++)
        {
            below += Bins[i].Count;
            if (below >= rank)
            {
                return (i == 0 ? null : Bins[i - 1].UpTo, Bins[i].UpTo);
            }
        }

        return null;
    }
}

/// <param name="DiskKey">Device key in the VM.</param>
/// <param name="Origin">vscsiStats or fio.</param>
/// <param name="ImportedAt">UTC.</param>
/// <param name="Histograms">Of the disk.</param>
/// <param name="Counted">When their I/Os were counted; null: nobody said.</param>
public sealed record DiskHistograms(int DiskKey, string Origin, DateTime ImportedAt, IReadOnlyList<IoHistogram> Histograms, CountedSpan? Counted = null)
{
    /// <summary>What was imported of the VM's disks, the newest first.</summary>
    internal static async Task<IReadOnlyList<DiskHistograms>> LoadAsync(MigrateDb db, Guid sourceId, string vmKey, CancellationToken cancellationToken)
    {
        var rows = await db.ImportedHistograms.AsNoTracking().Where(h => h.SourceId == sourceId && h.VmKey == vmKey).OrderByDescending(h => h.ImportedAt).ToListAsync(cancellationToken);
        return [.. rows.Select(h => new DiskHistograms(h.DiskKey, h.Origin, h.ImportedAt, JsonSerializer.Deserialize(h.Body, PlannerJson.Default.IReadOnlyListIoHistogram)!, h.Counted))];
    }
}
