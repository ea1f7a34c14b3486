using Migrate.Planner.Baselines.Digests;
using Migrate.Planner.Baselines.Series;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.VSphere;

namespace Migrate.Planner.Baselines.Trust;

/// <summary>Everything that is known about a VM's samples and their surroundings.</summary>
public sealed record TrustEvidence
{
    public required Vm Vm { get; init; }
    /// <summary>By PerformanceManager's instance.</summary>
    public required IReadOnlyDictionary<string, SeriesDigest> Samples { get; init; }
    public IReadOnlyList<BaselineGap> Gaps { get; init; } = [];
    public IReadOnlyList<Disturbance> Disturbances { get; init; } = [];
    /// <summary>False when the source's events could not be read: what is not in <see cref="Disturbances"/> may still have been.</summary>
    public bool DisturbancesKnown { get; init; } = true;
    /// <summary>Of the VM's disks.</summary>
    public IReadOnlyList<Datastore> Datastores { get; init; } = [];
    /// <summary>Products behind the datastores, as far as LUNs tell ("QNAP").</summary>
    public IReadOnlyList<string> Arrays { get; init; } = [];
    public double ClockSkewSeconds { get; init; }
    /// <summary>Why the hour that the source still keeps could not be read for a run; null when it was, or need not be.</summary>
    public string? LastHourProblem { get; init; }

    internal IEnumerable<(VirtualDisk Disk, SeriesDigest Samples)> Disks => Vm.Disks
        .Where(disk => disk.Instance.Length > 0)
        .Select(disk => (disk, Samples.GetValueOrDefault(disk.Instance, SeriesDigest.Empty)));

    /// <summary>Of the VM's disks, not of what vSAN's own service told.</summary>
    internal IEnumerable<SeriesDigest> Filled => Disks.Select(disk => disk.Samples).Where(samples => samples.Samples > 0);

    /// <summary>Share (0…1) of the window's intervals that carry IOPS; 1 for an empty window.</summary>
    internal double CoverageOf(SeriesDigest samples) => Window == TimeSpan.Zero ? 1 : Math.Min(1, samples.Counted / Math.Round(Window.TotalSeconds / SampleSeries.IntervalSeconds));

    /// <summary>First to last sample of any disk, with the last one's 20 s.</summary>
    internal TimeSpan Window
    {
        get
        {
            var filled = Filled.ToList();
            return filled.Count == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(filled.Max(disk => disk.Last) - filled.Min(disk => disk.First) + SampleSeries.IntervalSeconds);
        }
    }
}
