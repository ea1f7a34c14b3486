using Migrate.Target.Host;

namespace Migrate.Target.Probe;

/// <summary>Keeps a number of commands in flight on a disk for a time.</summary>
internal static class LoadRun
{
    public static async Task<ProbeMeasurement> RunAsync(
        NvmeDisk disk, int blockBytes, int depth, bool isSequential, bool isWrite, TimeSpan duration, TimeProvider time, CancellationToken cancellationToken)
    {
        var blocks = disk.CapacityBytes / blockBytes;
        var next = -1L;
        var latencies = new List<long>[depth];
        var began = time.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, depth).Select(worker => Task.Run(async () =>
        {
            var mine = latencies[worker] = new List<long>(1 << 14);
            var random = new Random(worker);
            var buffer = new byte[blockBytes];
            random.NextBytes(buffer);
            while (time.GetElapsedTime(began) < duration)
            {
                var block = isSequential ? Interlocked.Increment(ref next) % blocks : random.NextInt64(blocks);
                var since = time.GetTimestamp();
                if (isWrite)
                {
                    await disk.WriteAsync(block * blockBytes, buffer, cancellationToken);
                }
                else
                {
                    await disk.ReadAsync(block * blockBytes, buffer, cancellationToken);
                }

                mine.Add(time.GetTimestamp() - since);
            }
        }, cancellationToken)));

        var elapsed = time.GetElapsedTime(began).TotalSeconds;
        var all = latencies.SelectMany(l => l).Order().ToList();
        double Us(double part) => all[(int)((all.Count - 1) * part)] * 1e6 / time.TimestampFrequency;
        var name = $"{(isSequential ? "sequential" : "random")} {(isWrite ? "write" : "read")}, {blockBytes >> 10} KiB";
        return new ProbeMeasurement(name, blockBytes, depth, all.Count, all.Count / elapsed, all.Count * (double)blockBytes / elapsed, Us(0.5), Us(0.99));
    }
}
