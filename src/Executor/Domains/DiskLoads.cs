using Migrate.Planner.Baselines;

namespace Migrate.Executor.Domains;

/// <summary>How busy the disks of a VM are.</summary>
public static class DiskLoads
{
    /// <summary>Reads and writes a second, on average, by device key; empty without a baseline.</summary>
    public static IReadOnlyDictionary<int, double> MeanIops(Baseline? baseline) => baseline is null
        ? new Dictionary<int, double>()
        : BaselineSummary.Of(baseline).Disks.Where(disk => disk.Read.MeanIops is not null || disk.Write.MeanIops is not null)
            .GroupBy(disk => disk.DiskKey).ToDictionary(disk => disk.Key, disk => disk.Sum(d => (d.Read.MeanIops ?? 0) + (d.Write.MeanIops ?? 0)));
}
