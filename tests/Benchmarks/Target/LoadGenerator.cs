using System.Diagnostics;
using Migrate.Target.Host;
using Migrate.Target.Transport;

namespace Migrate.Benchmarks.Target;

/// <summary>
/// One thread on a core of its own that keeps commands under way on several connections, and polls: what is measured is the
/// target. It makes capsules beforehand and looks at headers and statuses of the answers, and at their digests where agreed.
/// </summary>
internal static class LoadGenerator
{
    public static LoadResult Run(NvmeHostOptions options, uint nsid, long capacity, LoadShape shape, TimeSpan duration, int core, Func<TimeSpan> serverCpu)
    {
        LoadResult? result = null;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Linux.PinThread(core);
                result = Run(options, nsid, capacity, shape, duration, serverCpu);
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        return result ?? throw new InvalidOperationException($"the load ended early: {failure!.Message}", failure);
    }

    private static LoadResult Run(NvmeHostOptions options, uint nsid, long capacity, LoadShape shape, TimeSpan duration, Func<TimeSpan> serverCpu)
    {
        options = options with { HeaderDigest = shape.Digests, DataDigest = shape.Digests };
        using var controller = new LoadController(options);
        var connections = Enumerable.Range(1, shape.Connections).Select(i => controller.Connect((ushort)i, nsid, capacity, shape)).ToList();
        try
        {
            var warmUp = Stopwatch.StartNew();
            foreach (var connection in connections)
            {
                connection.Fill();
            }

            while (warmUp.Elapsed < duration / 4)
            {
                connections.ForEach(c => c.Poll(isLast: false));
            }

            connections.ForEach(c => c.Forget());
            var cpu = serverCpu();
            var clock = Stopwatch.StartNew();
            while (clock.Elapsed < duration)
            {
                connections.ForEach(c => c.Poll(isLast: false));
            }

            var elapsed = clock.Elapsed;
            cpu = serverCpu() - cpu;
            var result = ResultOf(connections, elapsed, cpu);
            while (connections.Any(c => c.Poll(isLast: true)))
            {
            }

            return result;
        }
        finally
        {
            connections.ForEach(c => c.Dispose());
        }
    }

    private static LoadResult ResultOf(List<LoadConnection> connections, TimeSpan elapsed, TimeSpan cpu)
    {
        var counts = connections.Select(c => (double)c.Latencies.Count).ToList();
        var all = connections.SelectMany(c => c.Latencies).Order().ToList();
        double Us(double ticks) => ticks * 1e6 / Stopwatch.Frequency;
        var mean = counts.Average();
        return new LoadResult(all.Count / elapsed.TotalSeconds, Us(all.Average()), Us(all[(int)(all.Count * 0.99)]),
            counts.Max(c => Math.Abs(c - mean)) / mean, cpu / elapsed);
    }
}
