namespace Migrate.Planner.Baselines.Series;

/// <summary>
/// How time is cut into stored blocks: six hours, from 0, 6, 12 and 18 h UTC. Longer blocks compress a little better, but each poll
/// writes the block that it adds to anew.
/// </summary>
internal static class SampleBlocks
{
    public const int SecondsPerBlock = 6 * 3600;

    public static long StartOf(long second) => second - (((second % SecondsPerBlock) + SecondsPerBlock) % SecondsPerBlock);

    public static IEnumerable<(DateTime Start, SampleSeries Part)> Cut(SampleSeries series)
    {
        for (var i = 0; i < series.Count;)
        {
            var start = StartOf(series.Seconds[i]);
            var part = series.Slice(start, start + SecondsPerBlock);
            i += part.Count;
            yield return (DateTime.UnixEpoch.AddSeconds(start), part);
        }
    }
}
