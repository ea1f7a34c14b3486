using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Target.Admin;
using Migrate.Target.Host;

namespace Migrate.Benchmarks.Target;

/// <summary>
/// 4 KiB random reads and writes on our target through our host, over the loopback, on a file in the page cache; beside
/// them the target alone (<see cref="RawQueue"/>) and a bare exchange of as many bytes over a socket, measured in the same
/// rounds: the ratios say what host and target cost on any machine, the CPU times also on a busy one. Arguments: [seconds per measurement (2)] [rounds (3)] [directory (/dev/shm)].
/// </summary>
internal static class TargetBenchmark
{
    private const int BlockSize = 4096;
    private const long Capacity = 256L << 20;

    public static async Task RunAsync(string[] args)
    {
        var seconds = args.Length > 0 ? double.Parse(args[0], CultureInfo.InvariantCulture) : 2;
        var rounds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 3;
        var directory = Path.Combine(args.Length > 2 ? args[2] : "/dev/shm", $"migrate-benchmark-{Environment.ProcessId}");
        try
        {
            await RunAsync(directory, TimeSpan.FromSeconds(seconds), rounds);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task RunAsync(string directory, TimeSpan duration, int rounds)
    {
        await using var target = await NvmeTarget.StartAsync(
            new TargetOptions { Directory = directory, Port = 0 }, TimeProvider.System, NullLoggerFactory.Instance, default);
        var created = await target.CreateNamespaceAsync(new NamespaceSpec(Guid.NewGuid(), Capacity), default);
        var options = new NvmeHostOptions
        {
            EndPoint = target.EndPoint,
            SubsystemNqn = target.SubsystemNqn,
            HostNqn = "nqn.2014-08.org.nvmexpress:uuid:7c3f1c4e-0000-4000-8000-0000000000bb",
            HostId = Guid.Parse("7c3f1c4e-0000-4000-8000-0000000000bb"),
            IoQueues = 1, // one connection, as the peer has
            QueueDepth = 256,
        };
        await using var host = await NvmeHost.ConnectAsync(options, TimeProvider.System, null, default);
        var disk = await host.OpenAsync(created.Uuid, default);
        for (long at = 0; at < Capacity; at += 1 << 20)
        {
            await disk.WriteAsync(at, new byte[1 << 20], default);
        }

        using var raw = await RawQueue.ConnectAsync(options, created.Nsid, Capacity);
        using var peer = new LoopbackPeer(IPAddress.Loopback);
        var cases = (from depth in new[] { 1, 32, 128 } from writes in new[] { false, true } select (depth, writes)).ToList();
        var results = cases.ToDictionary(c => c, _ => new List<(Measurement Ours, Measurement Target, Measurement Peer)>());
        for (var round = 0; round <= rounds; round++)
        {
            foreach (var one in cases)
            {
                var ours = await Load.RunAsync(one.depth, duration, (buffer, random) => one.writes
                    ? disk.WriteAsync(random.NextInt64(Capacity / BlockSize) * BlockSize, buffer, default)
                    : disk.ReadAsync(random.NextInt64(Capacity / BlockSize) * BlockSize, buffer, default));
                var alone = raw.Run(one.depth, one.writes, duration);
                var bare = peer.Run(one.depth, one.writes, duration);
                if (round > 0) // the first warms up
                {
                    results[one].Add((ours, alone, bare));
                }
            }
        }

        Console.WriteLine($"4 KiB random, {directory}, one connection, {Environment.ProcessorCount} CPUs, median of {rounds} rounds of {duration.TotalSeconds} s");
        Console.WriteLine("host: our host and target; target: capsules made before, our target; peer: as many bytes over a socket; cpu: of both sides, per operation");
        Console.WriteLine($"{"case",-12}{"host IOPS",11}{"avg us",9}{"p99 us",9}{"cpu us",8}{"target IOPS",13}{"avg us",9}{"cpu us",8}{"peer IOPS",12}{"avg us",9}{"cpu us",8}{"host/peer",11}{"target/peer",13}");
        foreach (var ((depth, writes), all) in results)
        {
            var ours = Measurement.Median([.. all.Select(a => a.Ours)]);
            var alone = Measurement.Median([.. all.Select(a => a.Target)]);
            var bare = Measurement.Median([.. all.Select(a => a.Peer)]);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{(writes ? "write" : "read") + " QD" + depth,-12}{ours.PerSecond,11:N0}{ours.AverageUs,9:N1}{ours.P99Us,9:N1}{ours.CpuUs,8:N2}{alone.PerSecond,13:N0}{alone.AverageUs,9:N1}{alone.CpuUs,8:N2}{bare.PerSecond,12:N0}{bare.AverageUs,9:N1}{bare.CpuUs,8:N2}{ours.PerSecond / bare.PerSecond,11:N2}{alone.PerSecond / bare.PerSecond,13:N2}"));
        }
    }
}
