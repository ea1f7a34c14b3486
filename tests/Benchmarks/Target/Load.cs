using System.Diagnostics;

namespace Migrate.Benchmarks.Target;

/// <summary>Keeps a number of operations in flight for a time, each worker with a buffer of its own.</summary>
internal static class Load
{
    public static async Task<Measurement> RunAsync(int depth, TimeSpan duration, Func<byte[], Random, ValueTask> operation)
    {
        var latencies = new List<long>[depth];
        var cpu = Environment.CpuUsage.TotalTime;
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, depth).Select(worker => Task.Run(async () =>
        {
            var mine = latencies[worker] = new List<long>(1 << 16);
            var buffer = new byte[4096];
            var random = new Random(worker);
            while (clock.Elapsed < duration)
            {
                var since = Stopwatch.GetTimestamp();
                await operation(buffer, random);
                mine.Add(Stopwatch.GetTimestamp() - since);
            }
        })));
        return Measurement.Of([.. latencies.SelectMany(l => l)], clock.Elapsed, Environment.CpuUsage.TotalTime - cpu);
    }
}
