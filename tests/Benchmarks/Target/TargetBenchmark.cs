using System.Globalization;

namespace Migrate.Benchmarks.Target;

/// <summary>
/// The target under every load that its speed is judged by, on core 0, its load on core 1, over the loopback; beside it fio on the
/// same disk and tgt on the same kind of file. Options: [--seconds S (2)] [--rounds N (5)] [--directory DIR for direct I/O (current)]
/// [--only WORD] [--server "OPTIONS" of migrate-target ("--cores 0 --poll 200")]. The median of the rounds counts.
/// </summary>
internal static class TargetBenchmark
{
    private const long Capacity = 256L << 20;
    private const string Memory = "/dev/shm";

    private const string OneCore = "1 loop per CPU s";
    private const string TwoCores = "2 loops per CPU s x 2";

    private static readonly LoadShape Read1 = new(1, 1, 4096, false, false);
    private static readonly LoadShape Read32 = Read1 with { Depth = 32 };
    private static readonly LoadShape ReadLarge = new(1, 8, 131072, false, true);

    private static readonly List<TargetCase> InMemory =
    [
        new("read 4K QD1", Read1),
        new("read 4K QD32", Read32),
        new("read 4K QD128", Read1 with { Depth = 128 }),
        new("write 4K QD1", Read1 with { IsWrite = true }),
        new("write 4K QD32", Read32 with { IsWrite = true }),
        new("write 4K QD128", Read1 with { Depth = 128, IsWrite = true }),
        new("read 128K QD8", ReadLarge),
        new("write 128K QD8", ReadLarge with { IsWrite = true }),
        new("read 4K QD32 digests", Read32 with { Digests = true }, "read 4K QD32"),
        new("write 4K QD32 digests", Read32 with { IsWrite = true, Digests = true }, "write 4K QD32"),
        new("read 128K QD8 digests", ReadLarge with { Digests = true }, "read 128K QD8"),
        new("write 128K QD8 digests", ReadLarge with { IsWrite = true, Digests = true }, "write 128K QD8"),
        new("read 4K 16 x QD4", Read1 with { Connections = 16, Depth = 4 }, "read 4K QD32"),
        new("read 4K 64 x QD32", Read32 with { Connections = 64 }, "read 4K QD128"),
    ];

    private static readonly List<TargetCase> OnDisk =
    [
        new("direct read 4K QD1", Read1, "fio QD1"),
        new("direct read 4K QD32", Read32, "fio QD32"),
        new("direct read 4K QD128", Read1 with { Depth = 128 }, "fio QD128"),
    ];

    public static async Task RunAsync(string[] args)
    {
        string Option(string name, string otherwise) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : otherwise;
        var duration = TimeSpan.FromSeconds(double.Parse(Option("--seconds", "2"), CultureInfo.InvariantCulture));
        var rounds = int.Parse(Option("--rounds", "5"), CultureInfo.InvariantCulture);
        var options = Option("--server", "--cores 0 --poll 200").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var table = new TargetTable(rounds, duration, Option("--only", ""));
        await MeasureAsync(table, InMemory, Memory, [.. options, "--max-io-queues", "128"]);
        await MeasureScalingAsync(table);
        using (var file = new PeerFile(Memory, Capacity))
        using (new TgtPeer(file.Path))
        {
            table.Add("tgt QD1", 4096, () => TgtPeer.Run(1, duration), ofCase: "read 4K QD1");
            table.Add("tgt QD32", 4096, () => TgtPeer.Run(32, duration), ofCase: "read 4K QD32");
            table.Measure();
        }

        var disk = Option("--directory", Environment.CurrentDirectory);
        using (var file = new PeerFile(disk, Capacity))
        {
            foreach (var depth in new[] { 1, 32, 128 })
            {
                table.Add($"fio QD{depth}", 4096, () => FioPeer.Run(file.Path, Capacity, depth, duration, core: 0, otherCore: 1));
            }

            await MeasureAsync(table, OnDisk, disk, [.. options, "--direct", "on"]);
        }

        table.Print();
    }

    // Of two cores a load needs one: the rate of a target on both cannot be seen here. What can be is what a command costs it
    // when it has one loop and when it has two that share a namespace: commands per second of its CPU time, times its cores.
    private static async Task MeasureScalingAsync(TargetTable table)
    {
        foreach (var (cores, row) in new[] { ("0", OneCore), ("0,1", TwoCores) })
        {
            await MeasureAsync(table, Memory, ["--cores", cores, "--poll", "0"], server => table.Add(row, Read32.Bytes, () => PerCpu(server, table.Duration, cores.Split(',').Length),
                row == TwoCores ? OneCore : null));
        }
    }

    private static LoadResult PerCpu(TargetServer server, TimeSpan duration, int cores)
    {
        var shape = Read32 with { Connections = 2 };
        var loads = new[] { 0, 1 }.AsParallel().WithDegreeOfParallelism(2).Select(core => server.Run(shape, duration, core)).ToList();
        return loads[0] with { PerSecond = loads.Sum(l => l.PerSecond) / loads.Average(l => l.ServerCpu) * cores, ServerCpu = loads.Average(l => l.ServerCpu) };
    }

    private static Task MeasureAsync(TargetTable table, List<TargetCase> cases, string place, string[] options) => MeasureAsync(table, place, options, server =>
    {
        foreach (var one in cases)
        {
            table.Add(one.Name, one.Shape.Bytes, () => server.Run(one.Shape, table.Duration, core: 1), one.ComparedWith);
        }
    });

    private static async Task MeasureAsync(TargetTable table, string place, string[] options, Action<TargetServer> addRows)
    {
        var directory = Path.Combine(place, $"migrate-benchmark-{Environment.ProcessId}");
        try
        {
            using var server = new TargetServer(directory, Capacity, options);
            await server.FillAsync();
            addRows(server);
            table.Measure();
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <param name="Name">As printed.</param>
    /// <param name="Shape">The load.</param>
    /// <param name="ComparedWith">Another row, of which this one's rate is printed as a part.</param>
    private sealed record TargetCase(string Name, LoadShape Shape, string? ComparedWith = null);
}
