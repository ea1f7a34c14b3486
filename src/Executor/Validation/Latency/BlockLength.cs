namespace Migrate.Executor.Validation.Latency;

/// <summary>
/// How many neighbouring intervals are drawn together. Politis and White (2004, corrected by Patton, Politis and White, 2009): for circular blocks
/// b = (2·G² / D)^(1/3) · n^(1/3), D = 4/3 · g(0)², with g(0) and G from autocovariances up to the lag where correlation ends, under a flat-top window.
/// </summary>
internal static class BlockLength
{
    /// <summary>Ten minutes of 20 s: what is shorter is one event.</summary>
    internal const int Least = 30;

    /// <summary>Of a series of latencies: the longest of what their logarithms and their being in the upper twentieth and hundredth ask for.</summary>
    public static int Of(WeightedSeries series)
    {
        var n = series.Count;
        var most = Math.Max(1, n / 8); // Fewer than eight blocks show no spread.
        if (n < 2 * Least)
        {
            return Math.Clamp((int)Math.Ceiling(Math.Cbrt(n)), 1, most);
        }

        var figures = series.Figures();
        var asked = Math.Max(
            Asked(WithoutHours(series, us => Math.Log(Math.Max(us, 1e-3)))),
            Math.Max(Asked(WithoutHours(series, us => us > figures[2] ? 1 : 0)), Asked(WithoutHours(series, us => us >= figures[3] ? 1 : 0))));
        return (int)Math.Clamp(Math.Ceiling(asked), Math.Min(Math.Max(Least, Math.Ceiling(Math.Cbrt(n))), most), most);
    }

    /// <summary>Each value less the mean of its hour.</summary>
    private static double[] WithoutHours(WeightedSeries series, Func<double, double> of)
    {
        var values = series.Us.Select(of).ToArray();
        var means = series.Hours.Zip(values).GroupBy(x => x.First).ToDictionary(g => g.Key, g => g.Average(x => x.Second));
        for (var i = 0; i < values.Length; i++)
        {
            values[i] -= means[series.Hours[i]];
        }

        return values;
    }

    internal static double Asked(double[] centred)
    {
        var n = centred.Length;
        var quiet = Math.Max(5, (int)Math.Ceiling(Math.Sqrt(Math.Log10(n))));
        var most = (int)Math.Ceiling(Math.Sqrt(n)) + quiet;
        var covariance = new double[Math.Min(n, (2 * most) + 1)];
        for (var lag = 0; lag < covariance.Length; lag++)
        {
            double sum = 0;
            for (var i = lag; i < n; i++)
            {
                sum += centred[i] * centred[i - lag];
            }

            covariance[lag] = sum / n;
        }

        if (covariance[0] <= 0)
        {
            return 1;
        }

        // The first lag after which so many in a row do not differ from 0.
        var bound = 2 * Math.Sqrt(Math.Log10(n) / n) * covariance[0];
        var ends = Enumerable.Range(1, most).FirstOrDefault(m => Enumerable.Range(m, quiet).All(lag => lag >= covariance.Length || Math.Abs(covariance[lag]) < bound), most) - 1;
        var window = Math.Min(2 * Math.Max(1, ends), covariance.Length - 1);
        double g0 = covariance[0], g = 0;
        for (var lag = 1; lag <= window; lag++)
        {
            var share = (double)lag / window;
            var flatTop = share <= 0.5 ? 1 : 2 * (1 - share);
            g0 += 2 * flatTop * covariance[lag];
            g += 2 * flatTop * lag * covariance[lag];
        }

        return g0 <= 0 ? 1 : Math.Cbrt(2 * g * g / (4.0 / 3 * g0 * g0)) * Math.Cbrt(n);
    }
}
