using System.Net;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Executor.Jobs;
using Migrate.Executor.Runs;
using Migrate.Executor.Tests.Jobs;
using Migrate.Planner;
using Migrate.Planner.Inventory;
using Migrate.Planner.Offline;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Target.Admin;

namespace Migrate.Executor.Tests.Runs;

/// <summary>
/// What runs of sources that are files need: a folder for the files, the planner's database and our target. No KVM: runs begin where their
/// namespaces have been made, and are stepped by the test.
/// </summary>
internal sealed class FileSite : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly NvmeTarget _target;

    private FileSite(string directory, IHost host, NvmeTarget target) => (Directory, _host, _target) = (directory, host, target);

    public string Directory { get; }

    public string Files => Path.Combine(Directory, "files");

    public IServiceProvider Services => _host.Services;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<FileSite> OpenAsync()
    {
        var directory = System.IO.Directory.CreateTempSubdirectory("migrate-files-").FullName;
        System.IO.Directory.CreateDirectory(Path.Combine(directory, "files"));
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging();
        builder.Services.AddPlanner(await ChosenDatabase.NewAsync(Cancel) is { } shared ? DatabaseOptions.Postgres(shared) : DatabaseOptions.Sqlite(Path.Combine(directory, "migrate.db")));
        builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();
        var target = await NvmeTarget.StartAsync(
            new TargetOptions { Directory = Path.Combine(directory, "target"), Listen = IPAddress.Loopback, Port = 0, DiscoveryPort = null }, TimeProvider.System, NullLoggerFactory.Instance, Cancel);
        builder.Services.AddSingleton(target);
        builder.Services.AddExecutor(new ExecutorOptions { DataDirectory = directory });
        foreach (var hosted in builder.Services.Where(x => x.ServiceType == typeof(IHostedService)).ToList())
        {
            builder.Services.Remove(hosted);
        }

        builder.Services.AddSingleton<IJobEngine, RecordedJobs>();
        var host = builder.Build();
        await host.Services.GetRequiredService<MigrateDatabase>().MigrateAsync(Cancel);
        return new FileSite(directory, host, target);
    }

    /// <summary>What an operator does: source, inventory, KVM host, plan.</summary>
    public async Task<Plan> PlanAsync(SourceKind kind, params string[] paths)
    {
        var source = OfflineSources.Create("files", kind, paths, TimeProvider.System);
        await using (var db = await DatabaseAsync())
        {
            db.Sources.Add(source);
            db.KvmHosts.Add(new KvmHost { Id = Guid.NewGuid(), Name = "kvm1", Uri = "test:///default", DomainType = "qemu" });
            await db.SaveChangesAsync(Cancel);
        }

        var inventory = await OfflineSources.ReadAsync(source, TimeProvider.System, Cancel);
        await Services.GetRequiredService<InventoryStore>().SaveAsync(source.Id, inventory, Cancel);
        return await Services.GetRequiredService<PlanMaker>().CreateAsync(
            new PlanRequest { Name = "plan", SourceName = "files", KvmHostName = "kvm1", VmNames = [.. inventory.Vms.Select(v => v.Name)], Policy = new PlanPolicy() }, Cancel);
    }

    /// <summary>Starts the wave and takes its only run to where Preparing leaves it.</summary>
    public async Task<Run> StartAsync(Plan plan)
    {
        var run = (await Services.GetRequiredService<WaveStarter>().StartAsync(plan.Id, 1, Cancel)).ShouldHaveSingleItem();
        foreach (var disk in await DisksAsync(run))
        {
            await _target.CreateNamespaceAsync(new NamespaceSpec(disk.NamespaceUuid, disk.CapacityBytes), Cancel);
        }

        await using var db = await DatabaseAsync();
        await db.Runs.Where(r => r.Id == run.Id).ExecuteUpdateAsync(set => set.SetProperty(r => r.Phase, RunPhase.Seeding), Cancel);
        return run;
    }

    public async Task<Run> StepUntilAsync(Run run, RunPhase phase)
    {
        for (var steps = 0; steps < 20; steps++)
        {
            var now = (await Services.GetRequiredService<RunStore>().FindAsync(run.Id, Cancel))!;
            if (now.Phase == phase || now.Phase == RunPhase.Failed)
            {
                return now;
            }

            await Services.GetRequiredService<IRunStepper>().StepAsync(run.Id, Cancel);
        }

        throw new ShouldAssertException($"the run does not reach {phase}");
    }

    public Task<IReadOnlyList<RunDisk>> DisksAsync(Run run) => Services.GetRequiredService<RunStore>().DisksAsync(run.Id, Cancel);

    public string BackingOf(RunDisk disk) => _target.FindNamespace(disk.NamespaceUuid)!.BackingPath;

    public async Task<MigrateDb> DatabaseAsync() => await Services.GetRequiredService<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancel);

    public async ValueTask DisposeAsync()
    {
        await _target.DisposeAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}
