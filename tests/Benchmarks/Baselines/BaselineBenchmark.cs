using System.Diagnostics;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Benchmarks.Sync;
using Migrate.Planner;
using Migrate.Planner.Baselines.Collection;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;
using Migrate.Planner.VSphere;

namespace Migrate.Benchmarks.Baselines;

/// <summary>What collecting a large source costs it and us, and judging its VMs by what was collected: baselines [VMS] [HOSTS] [MS], where each call of the API takes MS longer.</summary>
internal static class BaselineBenchmark
{
    public static async Task RunAsync(string[] arguments)
    {
        var vms = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 10_000;
        var hosts = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 200;
        var delay = arguments.Length > 2 ? int.Parse(arguments[2], CultureInfo.InvariantCulture) : 0;
        var directory = Directory.CreateTempSubdirectory("migrate-baselines-db-");
        var file = Path.Combine(directory.FullName, "migrate.db");
        using var simulator = new SimulatorProcess(vms, hosts);
        await using var services = new ServiceCollection().AddLogging().AddPlanner(DatabaseOptions.Sqlite(file)).BuildServiceProvider();
        await services.GetRequiredService<MigrateDatabase>().MigrateAsync(default);
        await using var db = await services.GetRequiredService<IDbContextFactory<MigrateDb>>().CreateDbContextAsync();
        var source = new Source { Id = Guid.NewGuid(), Name = "large", Url = simulator.Url.ToString(), UserName = "", ProtectedPassword = "", CreatedAt = DateTime.UtcNow };
        db.Sources.Add(source);
        await db.SaveChangesAsync();
        await using var session = await VSphereSession.OpenAsync(
            new VSphereEndpoint(simulator.Url, "administrator@vsphere.local", SimulatorProcess.Password, simulator.Thumbprint), TimeProvider.System, NullLoggerFactory.Instance, default);
        var inventory = await session.ReadInventoryAsync(default);
        await services.GetRequiredService<BaselineWatches>().StartAsync(source.Id, inventory.Vms, default);
        await simulator.ControlAsync($"slow-calls?ms={delay}");
        Print($"{vms} VMs with {inventory.Vms.Sum(vm => vm.Disks.Count)} disks, {inventory.Vms.Count(vm => vm.PowerState == "poweredOn")} on; {Environment.ProcessorCount} processors");
        foreach (var poll in new[] { "first poll (an hour)", "next poll (what is new)" })
        {
            var (ours, theirs, started) = (Environment.CpuUsage.TotalTime, simulator.Cpu, Stopwatch.GetTimestamp());
            var round = await services.GetRequiredService<BaselineCollector>().CollectAsync(source.Id, session, default);
            var stated = CollectionLoad.CallsPerPoll(await db.BaselineWatches.Select(w => w.DiskCount).ToListAsync(), session.MetricsPerQuery);
            Print($"{poll,-24} {Stopwatch.GetElapsedTime(started).TotalSeconds,6:0.0} s, processor {(Environment.CpuUsage.TotalTime - ours).TotalSeconds,6:0.0} s here {(simulator.Cpu - theirs).TotalSeconds,6:0.0} s simulator; {round.Calls} calls, {stated} stated, {CollectionLoad.CallsPerMinute(round.Calls):0.0} per minute at a poll every {CollectionSchedule.Interval.TotalMinutes:0} minutes; {round.NewSamples} samples, {new FileInfo(file).Length >> 20} MiB stored");
        }

        var began = Stopwatch.GetTimestamp();
        var known = await BaselineKnowledge.LoadAsync(db, source.Id, inventory, inventory.Vms, default);
        Print($"{"judging by digests",-24} {Stopwatch.GetElapsedTime(began).TotalSeconds,6:0.0} s for {known.Facts.Count} VMs");
        directory.Delete(recursive: true);
    }

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
