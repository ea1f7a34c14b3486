// One benchmark per hot path: dotnet run -c Release --project tests/Benchmarks -- NAME [arguments]
using Migrate.Benchmarks.Baselines;
using Migrate.Benchmarks.Concerns;
using Migrate.Benchmarks.Copy;
using Migrate.Benchmarks.Lists;
using Migrate.Benchmarks.Scheduling;
using Migrate.Benchmarks.Soak;
using Migrate.Benchmarks.Sources;
using Migrate.Benchmarks.Sync;
using Migrate.Benchmarks.Target;
using Migrate.Benchmarks.Verdict;
using Migrate.Benchmarks.Waves;

var benchmarks = new Dictionary<string, Func<string[], Task>>
{
    ["target"] = TargetBenchmark.RunAsync,
    ["fuzz"] = FuzzRun.RunAsync,
    ["copy"] = CopyBenchmark.RunAsync,
    ["sync"] = SyncBenchmark.RunAsync,
    ["sync-restarted"] = SyncBenchmark.RunRestartedAsync, // a part of it, in a process of its own
    ["readers"] = ReadersBenchmark.RunAsync,
    ["dump"] = DumpBenchmark.RunAsync,
    ["concerns"] = ConcernsBenchmark.RunAsync,
    ["baselines"] = BaselineBenchmark.RunAsync,
    ["schedule"] = SchedulingBenchmark.RunAsync, // DIRECTORY of PSPLIB projects
    ["waves"] = WavesBenchmark.RunAsync, // --vms N: a large estate planned, and planned again after an edit
    ["verdict"] = CalibrationBenchmark.RunAsync, // --pairs N --hours H: how often verdicts on latency are right
    ["lists"] = ListsBenchmark.RunAsync, // [VMS] [RUNS]: what lists of the API take with a large estate
    ["soak"] = SoakBenchmark.RunAsync, // --minutes N: fails when memory, handles or threads grow
    ["copy-source"] = CopySource.RunAsync, // the copy benchmark's server
};

if (args.Length == 0 || !benchmarks.TryGetValue(args[0], out var run))
{
    Console.Error.WriteLine($"usage: NAME [arguments], with NAME one of: {string.Join(", ", benchmarks.Keys)}");
    return 2;
}

await run(args[1..]);
return Environment.ExitCode;
