using System.Diagnostics;
using Migrate.Planner.Offline;
using Migrate.Planner.Persistence;

namespace Migrate.Benchmarks.Sources;

/// <summary>How long a dump takes to load, and how much memory: dump FOLDER-OR-ARCHIVE.</summary>
internal static class DumpBenchmark
{
    public static async Task RunAsync(string[] arguments)
    {
        var source = OfflineSources.Create("dump", SourceKind.Dump, [Path.GetFullPath(arguments[0])], TimeProvider.System);
        var watch = Stopwatch.StartNew();
        var inventory = await OfflineSources.ReadAsync(source, TimeProvider.System, CancellationToken.None);
        using var process = Process.GetCurrentProcess();
        Console.WriteLine(
            $"{inventory.Vms.Count} VMs, {inventory.Hosts.Count} hosts, {inventory.Datastores.Count} datastores, {inventory.Gaps.Count} gaps: "
            + $"{watch.Elapsed.TotalSeconds:0.0} s, {process.TotalProcessorTime.TotalSeconds:0.0} s of CPU, at most {process.PeakWorkingSet64 >> 20} MiB");
    }
}
