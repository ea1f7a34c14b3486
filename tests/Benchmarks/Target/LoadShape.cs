namespace Migrate.Benchmarks.Target;

/// <summary>A load on a namespace: so many connections, each with so many commands of one size under way.</summary>
internal sealed record LoadShape(int Connections, int Depth, int Bytes, bool IsWrite, bool IsSequential, bool Digests = false);

/// <summary>What a load reached.</summary>
/// <param name="PerSecond">Commands per second, all connections together.</param>
/// <param name="AverageUs">Mean latency in µs.</param>
/// <param name="P99Us">99th percentile of the latency in µs.</param>
/// <param name="Spread">How far the connection with the most or fewest commands is from the mean, as a part of it.</param>
/// <param name="ServerCpu">CPU time of the server's process per second, in cores; NaN when not measured.</param>
internal sealed record LoadResult(double PerSecond, double AverageUs, double P99Us, double Spread, double ServerCpu = double.NaN)
{
    /// <summary>The median of each figure by itself.</summary>
    public static LoadResult Median(IReadOnlyCollection<LoadResult> all)
    {
        double Middle(Func<LoadResult, double> figure) => all.Select(figure).Order().ElementAt(all.Count / 2);
        return new LoadResult(Middle(r => r.PerSecond), Middle(r => r.AverageUs), Middle(r => r.P99Us), Middle(r => r.Spread), Middle(r => r.ServerCpu));
    }
}
