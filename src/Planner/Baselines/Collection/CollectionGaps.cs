using Migrate.Planner.Baselines.Series;

namespace Migrate.Planner.Baselines.Collection;

/// <summary>Finds the times of which there is no sample.</summary>
internal static class CollectionGaps
{
    /// <summary>One and a half intervals: neighbours are 20 s apart, and servers' clocks jitter by seconds.</summary>
    private const int MostSeconds = 30;

    /// <summary>An hour less the time that a poll takes: past it, samples were gone before they were asked for.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(58);

    /// <summary>Pairs of neighbouring samples that are too far apart, the watermark being one of them.</summary>
    public static IEnumerable<(DateTime After, DateTime Before)> Find(DateTime watermark, IEnumerable<SampleSeries> disks)
    {
        var from = SampleStore.Seconds(watermark - BaselineCollector.Overlap);
        var seconds = disks.SelectMany(d => d.Seconds).Where(second => second > from).Append(SampleStore.Seconds(watermark)).Distinct().Order().ToList();
        return seconds.Zip(seconds.Skip(1))
            .Where(pair => pair.Second - pair.First > MostSeconds)
            .Select(pair => (DateTime.UnixEpoch.AddSeconds(pair.First), DateTime.UnixEpoch.AddSeconds(pair.Second)));
    }

    public static string ReasonOf(DateTime? polledBefore, DateTime now) => polledBefore is { } before && now - before > Kept
        ? $"The source was not reached from {before:yyyy-MM-dd HH:mm} to {now:yyyy-MM-dd HH:mm} UTC, longer than it keeps samples."
        : "The source has no samples of this time: the VM was off, was moved, or its host sent none that can be read.";
}
