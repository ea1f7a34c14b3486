namespace Migrate.Benchmarks.Target;

/// <summary>Operations per second, their latency, and the CPU time of this whole process per operation, over one measurement.</summary>
internal sealed record Measurement(double PerSecond, double AverageUs, double P99Us, double CpuUs)
{
    /// <param name="latencies">One per operation, in the stopwatch's ticks; gets sorted.</param>
    /// <param name="elapsed">Wall time of all of them.</param>
    /// <param name="cpu">CPU time of all of them, client and server.</param>
    public static Measurement Of(List<long> latencies, TimeSpan elapsed, TimeSpan cpu)
    {
        latencies.Sort();
        double Us(double ticks) => ticks * 1e6 / System.Diagnostics.Stopwatch.Frequency;
        return new Measurement(latencies.Count / elapsed.TotalSeconds, Us(latencies.Average()), Us(latencies[(int)(latencies.Count * 0.99)]),
            cpu.TotalMicroseconds / latencies.Count);
    }

    /// <summary>The median of each figure by itself.</summary>
    public static Measurement Median(IReadOnlyCollection<Measurement> all)
    {
        double Middle(Func<Measurement, double> figure) => all.Select(figure).Order().ElementAt(all.Count / 2);
        return new Measurement(Middle(m => m.PerSecond), Middle(m => m.AverageUs), Middle(m => m.P99Us), Middle(m => m.CpuUs));
    }
}
