namespace Migrate.Executor.Validation.Latency;

/// <summary>
/// How far figures of a series would be elsewhere had it been another day of the same kind: circular blocks of neighbouring intervals are drawn with
/// replacement until there are as many intervals again (Künsch 1989; Politis and Romano 1992), as intervals depend on their neighbours.
/// </summary>
internal static class BlockBootstrap
{
    public const int Draws = 999;

    /// <summary>The figures (<see cref="WeightedSeries.Figures()"/>) of each draw.</summary>
    public static double[][] Draw(WeightedSeries series, int blockLength, Random random)
    {
        var n = series.Count;
        var draws = new double[Draws][];
        var times = new int[n];
        for (var draw = 0; draw < Draws; draw++)
        {
            Array.Clear(times);
            for (var left = n; left > 0; left -= blockLength)
            {
                var from = random.Next(n);
                for (var i = 0; i < Math.Min(blockLength, left); i++)
                {
                    times[from + i < n ? from + i : from + i - n]++;
                }
            }

            draws[draw] = series.Figures(times);
        }

        return draws;
    }
}
