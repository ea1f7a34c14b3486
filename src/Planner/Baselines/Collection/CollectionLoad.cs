using Migrate.Planner.Baselines.Series;

namespace Migrate.Planner.Baselines.Collection;

/// <summary>What collecting costs the source.</summary>
public static class CollectionLoad
{
    /// <summary>Calls per poll for VMs with so many disks each, when a query may ask for <paramref name="metricsPerQuery"/> metrics.</summary>
    public static int CallsPerPoll(IEnumerable<int> disksPerVm, int metricsPerQuery)
    {
        var batches = disksPerVm.Chunk(BaselineCollector.VmsPerBatch).ToList();
        return batches.Count == 0 ? 0 : BaselineCollector.FixedCalls + batches.Sum(batch => QueriesOf(batch, metricsPerQuery));
    }

    public static double CallsPerMinute(int callsPerPoll) => callsPerPoll / CollectionSchedule.Interval.TotalMinutes;

    /// <summary>As the reader fills them: a counter of all disks of a VM is never cut in two, and no query spans two batches.</summary>
    private static int QueriesOf(IReadOnlyList<int> disksPerVm, int metricsPerQuery)
    {
        var (queries, weight) = (0, 0);
        foreach (var disks in disksPerVm.Select(disks => Math.Max(1, disks)))
        {
            for (var counter = 0; counter < SampleSeries.CounterCount; counter++)
            {
                if (weight == 0 || weight + disks > metricsPerQuery)
                {
                    (queries, weight) = (queries + 1, 0);
                }

                weight += disks;
            }
        }

        return queries;
    }
}
