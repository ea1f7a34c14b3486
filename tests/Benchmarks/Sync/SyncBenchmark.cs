using System.Diagnostics;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Planner;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.VSphere;
using Migrate.Planner.VSphere.Updates;

namespace Migrate.Benchmarks.Sync;

/// <summary>Synchronising a large source: time and memory of the first time, and of the times after it. sync [VMS] [HOSTS].</summary>
internal static class SyncBenchmark
{
    public static async Task RunAsync(string[] arguments)
    {
        var vms = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 10_000;
        var hosts = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 200;
        var directory = Directory.CreateTempSubdirectory("migrate-sync-db-");
        using var simulator = new SimulatorProcess(vms, hosts);
        await using var services = new ServiceCollection().AddLogging().AddPlanner(DatabaseOptions.Sqlite(Path.Combine(directory.FullName, "migrate.db"))).BuildServiceProvider();
        await services.GetRequiredService<MigrateDatabase>().MigrateAsync(default);
        var source = await AddSourceAsync(services, simulator);
        Console.WriteLine($"{vms} VMs on {hosts} hosts; {Environment.ProcessorCount} processors; memory is this process's highest resident set");

        await using (var sync = Sync(services, simulator, source))
        {
            await MeasureAsync("first", simulator, () => sync.SyncAsync(default));
            await MeasureAsync("again, unchanged", simulator, () => sync.SyncAsync(default));
            await ChangeAsync(simulator, 0, 20);
            await MeasureAsync("again, 20 VMs changed", simulator, () => sync.SyncAsync(default));
            await simulator.ControlAsync("expire-sessions");
            await ChangeAsync(simulator, 20, 40);
            await MeasureAsync("session lost, 20 VMs changed", simulator, () => sync.SyncAsync(default));
        }

        await ChangeAsync(simulator, 40, 60);
        // A new process indeed: what this one has allocated so far says nothing about it.
        using (var restarted = Process.Start("dotnet",
            [typeof(SyncBenchmark).Assembly.Location, "sync-restarted", simulator.Url.ToString(), simulator.Thumbprint, Path.Combine(directory.FullName, "migrate.db"), source.ToString()]))
        {
            await restarted.WaitForExitAsync();
        }

        directory.Delete(recursive: true);
    }

    /// <summary>The part that runs in a process of its own: URL, THUMBPRINT, DATABASE, SOURCE.</summary>
    public static async Task RunRestartedAsync(string[] arguments)
    {
        using var simulator = SimulatorProcess.Running(new Uri(arguments[0]), arguments[1]);
        await using var services = new ServiceCollection().AddLogging().AddPlanner(DatabaseOptions.Sqlite(arguments[2])).BuildServiceProvider();
        var (started, before) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        await VSphereSession.PrepareAsync();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"a new process prepares its serializers   {Stopwatch.GetElapsedTime(started).TotalSeconds:0.00} s   processor {(Environment.CpuUsage.TotalTime - before).TotalSeconds:0.00} s"));
        await using var sync = Sync(services, simulator, Guid.Parse(arguments[3]));
        await MeasureAsync("in a new process, 20 VMs changed", simulator, () => sync.SyncAsync(default));
        await MeasureAsync("in it again, unchanged", simulator, () => sync.SyncAsync(default));
    }

    private static InventorySync Sync(IServiceProvider services, SimulatorProcess simulator, Guid source) => new(
        source,
        cancellationToken => VSphereSession.OpenAsync(
            new VSphereEndpoint(simulator.Url, "administrator@vsphere.local", SimulatorProcess.Password, simulator.Thumbprint), TimeProvider.System, NullLoggerFactory.Instance, cancellationToken),
        services.GetRequiredService<InventoryStore>(), TimeProvider.System, NullLogger<InventorySync>.Instance);

    private static async Task ChangeAsync(SimulatorProcess simulator, int from, int to)
    {
        foreach (var vm in (await simulator.VmsAsync())[from..to])
        {
            await simulator.ControlAsync($"set-power?vm={vm}&state=suspended");
        }
    }

    private static async Task MeasureAsync(string what, SimulatorProcess simulator, Func<Task<InventoryVersion>> sync)
    {
        var before = await simulator.CallsAsync();
        var (ours, theirs, started) = (Environment.CpuUsage.TotalTime, simulator.Cpu, Stopwatch.GetTimestamp());
        var version = await sync();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what,-40} {Stopwatch.GetElapsedTime(started).TotalSeconds,7:0.00} s   processor {(Environment.CpuUsage.TotalTime - ours).TotalSeconds,6:0.00} s here {(simulator.Cpu - theirs).TotalSeconds,6:0.00} s simulator   {PeakMebibytes(),5} MiB   +{version.Added} ~{version.Changed} -{version.Removed}"));
        var calls = (await simulator.CallsAsync()).Select(c => (Name: c.Key, Count: c.Value - before.GetValueOrDefault(c.Key))).Where(c => c.Count > 0).OrderByDescending(c => c.Count).ToList();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"    {calls.Sum(c => c.Count)} calls: {string.Join(", ", calls.Take(8).Select(c => $"{c.Count} {c.Name}"))}"));
    }

    private static async Task<Guid> AddSourceAsync(IServiceProvider services, SimulatorProcess simulator)
    {
        await using var db = await services.GetRequiredService<IDbContextFactory<MigrateDb>>().CreateDbContextAsync();
        var source = new Source { Id = Guid.NewGuid(), Name = "large", Url = simulator.Url.ToString(), UserName = "", ProtectedPassword = "", CreatedAt = DateTime.UtcNow };
        db.Sources.Add(source);
        await db.SaveChangesAsync();
        return source.Id;
    }

    private static long PeakMebibytes() => long.Parse(
        File.ReadLines("/proc/self/status").Single(l => l.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture) / 1024;
}
