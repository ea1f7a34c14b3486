using System.Diagnostics;

namespace Migrate.Benchmarks.Target;

/// <summary>Keeps a number of operations in flight for a time, each worker with a buffer of its own.</summary>
internal static class Load
{
    public static async Task<Measurement> RunAsync(int depth, TimeSpan duration, Func<int, byte[], Random, ValueTask> operation)
    {
        var latencies = new List<long>[depth];
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, depth).Select(worker => Task.Run(async () =>
        {
            var mine = latencies[worker] = new List<long>(1 << 16);
            var buffer = new byte[4096];
            var random = new Random(worker);
            while (clock.Elapsed < duration)
            {
                var since = Stopwatch.GetTimestamp();
                await operation(worker, buffer, random);
                mine.Add(Stopwatch.GetTimestamp() - since);
            }
        })));
        var elapsed = clock.Elapsed;
        var all = latencies.SelectMany(l => l).Order().ToList();
        return new Measurement(all.Count / elapsed.TotalSeconds, Microseconds(all.Average()), Microseconds(all[(int)(all.Count * 0.99)]));
    }

    private static double Microseconds(double ticks) => ticks * 1e6 / Stopwatch.Frequency;
}
