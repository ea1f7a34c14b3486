using Migrate.Planner.Baselines.Series;

namespace Migrate.Planner.Baselines.Collection;

/// <summary>What collecting costs the source.</summary>
public static class CollectionLoad
{
    /// <summary>Calls per poll for VMs with so many disks each, when a query may ask for <paramref name="metricsPerQuery"/> metrics.</summary>
    public static int CallsPerPoll(IEnumerable<int> disksPerVm, int metricsPerQuery)
    {
        var metrics = disksPerVm.Sum(disks => (long)Math.Max(1, disks) * SampleSeries.CounterCount);
        return metrics == 0 ? 0 : BaselineCollector.FixedCalls + (int)((metrics + metricsPerQuery - 1) / metricsPerQuery);
    }

    public static double CallsPerMinute(int callsPerPoll) => callsPerPoll / CollectionSchedule.Interval.TotalMinutes;
}
