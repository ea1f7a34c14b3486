using System.Globalization;

namespace Migrate.Benchmarks.Target;

/// <summary>
/// The target under every load that its speed is judged by, on core 0, its load on core 1, over the loopback.
/// Options: [--seconds S (2)] [--rounds N (5)] [--directory DIR (/dev/shm)] [--only WORD] [--server "OPTIONS"]: the median of the rounds counts.
/// </summary>
internal static class TargetBenchmark
{
    private const long Capacity = 256L << 20;

    private static readonly (string Name, LoadShape Shape)[] Cases =
    [
        ("read 4K QD1", new LoadShape(1, 1, 4096, false, false)),
        ("read 4K QD32", new LoadShape(1, 32, 4096, false, false)),
        ("read 4K QD128", new LoadShape(1, 128, 4096, false, false)),
        ("write 4K QD1", new LoadShape(1, 1, 4096, true, false)),
        ("write 4K QD32", new LoadShape(1, 32, 4096, true, false)),
        ("write 4K QD128", new LoadShape(1, 128, 4096, true, false)),
        ("read 128K QD8", new LoadShape(1, 8, 131072, false, true)),
        ("write 128K QD8", new LoadShape(1, 8, 131072, true, true)),
        ("read 4K QD32 digests", new LoadShape(1, 32, 4096, false, false, true)),
        ("write 4K QD32 digests", new LoadShape(1, 32, 4096, true, false, true)),
        ("read 128K QD8 digests", new LoadShape(1, 8, 131072, false, true, true)),
        ("write 128K QD8 digests", new LoadShape(1, 8, 131072, true, true, true)),
        ("read 4K 16 x QD4", new LoadShape(16, 4, 4096, false, false)),
        ("read 4K 64 x QD32", new LoadShape(64, 32, 4096, false, false)),
    ];

    public static async Task RunAsync(string[] args)
    {
        string Option(string name, string otherwise) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : otherwise;
        var duration = TimeSpan.FromSeconds(double.Parse(Option("--seconds", "2"), CultureInfo.InvariantCulture));
        var rounds = int.Parse(Option("--rounds", "5"), CultureInfo.InvariantCulture);
        var directory = Path.Combine(Option("--directory", "/dev/shm"), $"migrate-benchmark-{Environment.ProcessId}");
        var options = Option("--server", "--cores 0 --poll 200").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var cases = Cases.Where(c => c.Name.Contains(Option("--only", ""), StringComparison.Ordinal)).ToList();
        try
        {
            using var server = new TargetServer(directory, "", Capacity, [.. options, "--max-io-queues", "128"]);
            await server.FillAsync();
            var results = cases.ToDictionary(c => c.Name, _ => new List<LoadResult>());
            for (var round = 0; round <= rounds; round++)
            {
                foreach (var (name, shape) in cases)
                {
                    var result = server.Run(shape, duration, core: 1);
                    if (round > 0) // the first warms up
                    {
                        results[name].Add(result);
                    }
                }
            }

            Print(results.ToDictionary(r => r.Key, r => LoadResult.Median(r.Value)), rounds, duration);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static void Print(Dictionary<string, LoadResult> results, int rounds, TimeSpan duration)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"median of {rounds} rounds of {duration.TotalSeconds} s"));
        Console.WriteLine($"{"case",-26}{"per s",10}{"MiB/s",9}{"avg us",9}{"p99 us",9}{"spread",8}{"cpu",6}");
        foreach (var (name, r) in results)
        {
            var bytes = Cases.Single(c => c.Name == name).Shape.Bytes;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{name,-26}{r.PerSecond,10:N0}{r.PerSecond * bytes / 1048576,9:N0}{r.AverageUs,9:N1}{r.P99Us,9:N1}{r.Spread,8:P0}{r.ServerCpu,6:N2}"));
        }
    }
}
