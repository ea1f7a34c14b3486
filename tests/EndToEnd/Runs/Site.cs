using System.Net;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Migrate.EndToEnd.Tests.Kvm;
using Migrate.EndToEnd.Tests.Serve;
using Migrate.Executor;
using Migrate.Executor.Destinations;
using Migrate.Executor.Jobs;
using Migrate.Executor.Runs;
using Migrate.Executor.Sources;
using Migrate.Planner;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Simulator;
using Migrate.Simulator.Estates;
using Migrate.Target.Admin;

namespace Migrate.EndToEnd.Tests.Runs;

/// <summary>
/// Everything that a run needs, in one directory: a simulated vCenter over HTTPS, the planner's database, our target, the
/// executor on Quartz, and the machine's real libvirtd.
/// </summary>
internal sealed class Site : IAsyncDisposable
{
    public const string PlanName = "plan";
    private readonly SimulatorOptions _simulatorOptions;
    private IHost? _host;

    private Site(string directory, Estate estate)
    {
        Directory = directory;
        Estate = estate;
        _simulatorOptions = new SimulatorOptions { StateDirectory = Path.Combine(directory, "simulator"), BaseDirectory = directory };
    }

    public string Directory { get; }

    public Estate Estate { get; }

    public SimulatorServer Simulator { get; private set; } = null!;

    public IServiceProvider Services => _host!.Services;

    public NvmeTarget Target => Services.GetRequiredService<NvmeTarget>();

    public string TargetDirectory { get; private init; } = null!;

    /// <summary>Of the KVM host, before the plan is made.</summary>
    public string HostUri { get; set; } = LibvirtFixture.Uri;

    /// <summary>Where it is told to reach the target; empty: it opens the target's files.</summary>
    public string HostTarget { get; set; } = "";

    private string DataDirectory => Path.Combine(Directory, "data");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<Site> OpenAsync(string directory, Estate estate, string? targetDirectory = null)
    {
        var site = new Site(directory, estate) { TargetDirectory = targetDirectory ?? Path.Combine(directory, "data", "target") };
        site.Simulator = await SimulatorServer.StartAsync(estate, site._simulatorOptions, Cancellation);
        return site;
    }

    /// <summary>As a new process would, with whatever the directory holds. Without jobs nothing moves but what the test itself steps.</summary>
    public async Task StartExecutorAsync(bool jobs = true, Func<ExecutorOptions, ExecutorOptions>? change = null)
    {
        var options = new ExecutorOptions
        {
            DataDirectory = DataDirectory,
            LeaseDuration = TimeSpan.FromSeconds(30),
            ReconcileEvery = TimeSpan.FromSeconds(5),
            TransientBackoff = TimeSpan.FromMilliseconds(200),
            ShutdownPoll = TimeSpan.FromMilliseconds(200),
        };
        options = change?.Invoke(options) ?? options;
        System.IO.Directory.CreateDirectory(DataDirectory);
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging(logging => logging.AddConsole().SetMinimumLevel(LogLevel.Warning));
        builder.Services.AddPlanner(await DatabaseOf.InstallationAsync(DataDirectory));
        builder.Services.AddDataProtection().PersistKeysToFileSystem(new DirectoryInfo(Path.Combine(DataDirectory, "keys")));
        var target = await NvmeTarget.StartAsync(
            new TargetOptions { Directory = TargetDirectory, Listen = IPAddress.Loopback, Port = 0, DiscoveryPort = null },
            TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance, Cancellation);
        builder.Services.AddSingleton(_ => target); // By a factory, so that the container disposes it.
        builder.Services.AddExecutor(options);
        if (!jobs)
        {
            foreach (var hosted in builder.Services.Where(x => x.ServiceType == typeof(IHostedService)).ToList())
            {
                builder.Services.Remove(hosted);
            }

            builder.Services.AddSingleton<IJobEngine, NoJobs>();
        }

        var host = builder.Build();
        host.Services.GetRequiredService<NvmeTarget>();
        await host.Services.GetRequiredService<MigrateDatabase>().MigrateAsync(Cancellation);
        // A dead worker's lease runs out; no test has to wait for it.
        await using (var db = await host.Services.GetRequiredService<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancellation))
        {
            await db.Runs.Where(x => x.LeaseOwner != null).ExecuteUpdateAsync(set => set.SetProperty(x => x.LeaseExpiresAt, DateTime.UnixEpoch), Cancellation);
        }

        await host.StartAsync(Cancellation);
        _host = host;
    }

    public async Task StopExecutorAsync()
    {
        if (_host is null)
        {
            return;
        }

        await _host.StopAsync(CancellationToken.None);
        await ((IAsyncDisposable)_host).DisposeAsync();
        _host = null;
    }

    /// <summary>The same vCenter again, as its estate describes it, at the same address.</summary>
    public async Task RestartSimulatorAsync()
    {
        var port = Simulator.Url.Port;
        await Simulator.DisposeAsync();
        Simulator = await SimulatorServer.StartAsync(Estate, _simulatorOptions with { Port = port }, Cancellation);
    }

    /// <summary>What an operator does before the first wave: source, inventory, KVM host, plan.</summary>
    public async Task<Plan> PlanAsync(PlanPolicy policy, params string[] vmNames)
    {
        var access = Services.GetRequiredService<SourceAccess>();
        var source = new Source
        {
            Id = Guid.NewGuid(),
            Name = "vc1",
            Url = Simulator.Url.ToString(),
            UserName = Simulator.UserName,
            ProtectedPassword = access.Protect(Simulator.Password),
            Thumbprint = Simulator.Thumbprint,
            CreatedAt = DateTime.UtcNow,
        };
        await using (var db = await DatabaseAsync())
        {
            db.Sources.Add(source);
            db.KvmHosts.Add(new KvmHost { Id = Guid.NewGuid(), Name = "kvm1", Uri = HostUri, DomainType = "qemu", TargetAddresses = HostTarget });
            await db.SaveChangesAsync(Cancellation);
        }

        await using (var session = await access.OpenAsync(source, Cancellation))
        {
            await Services.GetRequiredService<InventoryStore>().SaveAsync(source.Id, await session.ReadInventoryAsync(Cancellation), Cancellation);
        }

        return await Services.GetRequiredService<PlanMaker>().CreateAsync(
            new PlanRequest { Name = PlanName, SourceName = "vc1", KvmHostName = "kvm1", VmNames = vmNames, Policy = policy }, Cancellation);
    }

    public Task<IReadOnlyList<Run>> StartWaveAsync(Guid planId) => Services.GetRequiredService<WaveStarter>().StartAsync(planId, 1, Cancellation);

    public async Task<MigrateDb> DatabaseAsync() => await Services.GetRequiredService<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancellation);

    public async Task<Run> RunAsync(Guid runId) => (await Services.GetRequiredService<RunStore>().FindAsync(runId, Cancellation))!;

    /// <summary>Waits for a phase; a run that fails instead fails the test with its log.</summary>
    public async Task<Run> WaitForAsync(Guid runId, params RunPhase[] phases)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var run = await RunAsync(runId);
            if (phases.Contains(run.Phase))
            {
                return run;
            }

            if (run.Phase == RunPhase.Failed || TimeProvider.System.GetElapsedTime(began) > TimeSpan.FromMinutes(10))
            {
                throw new ShouldAssertException($"The run is {run.Phase} and not {string.Join(" or ", phases)}:\n{await LogOfAsync(runId)}");
            }

            await Task.Delay(200, Cancellation);
        }
    }

    public async Task<Run> WaitForFailureAsync(Guid runId)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var run = await RunAsync(runId);
            if (run.Phase == RunPhase.Failed)
            {
                return run;
            }

            if (run.Phase == RunPhase.Completed || TimeProvider.System.GetElapsedTime(began) > TimeSpan.FromMinutes(10))
            {
                throw new ShouldAssertException($"The run is {run.Phase} and did not fail:\n{await LogOfAsync(runId)}");
            }

            await Task.Delay(200, Cancellation);
        }
    }

    /// <summary>Without jobs: does step after step until the run is in the phase.</summary>
    /// <summary>Step by step; what is to wait, or lost its lease on a busy machine, is waited for.</summary>
    public async Task StepUntilAsync(Guid runId, RunPhase phase)
    {
        var began = TimeProvider.System.GetTimestamp();
        for (var steps = 0; await RunAsync(runId) is var run && run.Phase != phase;)
        {
            TimeProvider.System.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromMinutes(10), await LogOfAsync(runId));
            if (run.Request is null && (run.LeaseOwner is not null || run.DueAt > DateTime.UtcNow))
            {
                await Task.Delay(100, Cancellation);
                if (run.LeaseOwner is null || run.LeaseExpiresAt > DateTime.UtcNow)
                {
                    continue;
                }
            }

            (steps++).ShouldBeLessThan(20, await LogOfAsync(runId));
            await Services.GetRequiredService<IRunStepper>().StepAsync(runId, Cancellation);
        }
    }

    public async Task<string> LogOfAsync(Guid runId)
    {
        var lines = await Services.GetRequiredService<RunStore>().EventsAsync(runId, 0, 500, Cancellation);
        return string.Join('\n', lines.Select(x => $"{x.At:HH:mm:ss.fff} {x.Phase,-12} {x.Level,-7} {x.Message}"));
    }

    public static async Task<bool> DomainExistsAsync(string name)
    {
        await using var connection = await LibvirtFixture.ConnectAsync();
        return await connection.ExistsAsync(name, Cancellation);
    }

    public static async Task<DomainState> DomainStateAsync(string name)
    {
        await using var connection = await LibvirtFixture.ConnectAsync();
        return await connection.StateAsync(name, Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await StopExecutorAsync();
        await Simulator.DisposeAsync();
        await using (var connection = await LibvirtFixture.ConnectAsync())
        {
            foreach (var vm in Estate.Vms)
            {
                await connection.DestroyAsync(vm.Name, CancellationToken.None);
                await connection.UndefineAsync(vm.Name, removeNvram: true, CancellationToken.None);
            }
        }

        System.IO.Directory.Delete(Directory, recursive: true);
    }

    /// <summary>Leaves every step to the test.</summary>
    private sealed class NoJobs : IJobEngine
    {
        public Task ScheduleAsync(Guid runId, JobQueue queue, DateTimeOffset at, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task CancelAsync(Guid runId, CancellationToken cancellationToken) => Task.CompletedTask;

        public IAsyncEnumerable<Guid> WaitingAsync(CancellationToken cancellationToken) => AsyncEnumerable.Empty<Guid>();
    }
}
