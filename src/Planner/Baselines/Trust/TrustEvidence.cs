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
    public required IReadOnlyDictionary<string, SampleSeries> Samples { get; init; }
    public IReadOnlyList<BaselineGap> Gaps { get; init; } = [];
    public IReadOnlyList<Disturbance> Disturbances { get; init; } = [];
    /// <summary>False when the source's events could not be read: what is not in <see cref="Disturbances"/> may still have been.</summary>
    public bool DisturbancesKnown { get; init; } = true;
    /// <summary>Of the VM's disks.</summary>
    public IReadOnlyList<Datastore> Datastores { get; init; } = [];
    /// <summary>Products behind the datastores, as far as LUNs tell ("QNAP").</summary>
    public IReadOnlyList<string> Arrays { get; init; } = [];
    public double ClockSkewSeconds { get; init; }

    internal IEnumerable<(VirtualDisk Disk, SampleSeries Series)> Disks => Vm.Disks
        .Where(disk => disk.Instance.Length > 0)
        .Select(disk => (disk, Samples.GetValueOrDefault(disk.Instance, SampleSeries.Empty)));

    /// <summary>First to last sample of any disk, with the last one's 20 s.</summary>
    internal TimeSpan Window
    {
        get
        {
            var filled = Samples.Values.Where(series => series.Count > 0).ToList();
            return filled.Count == 0
                ? TimeSpan.Zero
                : TimeSpan.FromSeconds(filled.Max(series => series.Seconds[^1]) - filled.Min(series => series.Seconds[0]) + SampleSeries.IntervalSeconds);
        }
    }
}
