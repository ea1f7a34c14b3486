namespace Migrate.Benchmarks.Target;

/// <summary>Operations per second and their latency over one measurement.</summary>
internal sealed record Measurement(double PerSecond, double AverageUs, double P99Us)
{
    /// <summary>The one whose rate is the median.</summary>
    public static Measurement Median(IEnumerable<Measurement> all)
    {
        var ordered = all.OrderBy(m => m.PerSecond).ToList();
        return ordered[ordered.Count / 2];
    }
}
