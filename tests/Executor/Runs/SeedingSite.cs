using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Executor.Sources;
using Migrate.Executor.Targets;
using Migrate.Planner;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Simulator;
using Migrate.Simulator.Estates;
using Migrate.Target.Admin;

namespace Migrate.Executor.Tests.Runs;

/// <summary>
/// Executors on one PostgreSQL, a simulated vCenter and a target: what a run needs from where it begins to be copied. The part before
/// needs a KVM host and is done by hand.
/// </summary>
public sealed class SeedingSite : IAsyncDisposable
{
    private readonly string _directory;

    private SeedingSite(string directory) => _directory = directory;

    public DatabaseOptions Database { get; private set; } = null!;

    public SimulatorServer Simulator { get; private set; } = null!;

    public NvmeTarget Target { get; private set; } = null!;

    /// <summary>By which executors that are built from now on reach the target; null for directly, past the sockets.</summary>
    internal TcpProxy? Way { get; set; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <param name="postgres">Its database is made there.</param>
    /// <param name="diskBytes">Of the one disk of the one VM, web01; no zeroes.</param>
    public static async Task<SeedingSite> OpenAsync(PostgresCluster postgres, long diskBytes)
    {
        var site = new SeedingSite(Directory.CreateTempSubdirectory("migrate-seeding-").FullName)
        {
            Database = DatabaseOptions.Postgres(await postgres.CreateDatabaseAsync(Cancellation)),
        };
        var disk = Path.Combine(site._directory, "disk.raw");
        var bytes = new byte[diskBytes];
        new Random(5).NextBytes(bytes);
        await File.WriteAllBytesAsync(disk, bytes, Cancellation);
        site.Simulator = await SimulatorServer.StartAsync(
            new Estate
            {
                Clusters = [new EstateCluster { Name = "cluster1" }],
                Hosts = [new EstateHost { Name = "esx01.example", Cluster = "cluster1" }],
                Datastores = [new EstateDatastore { Name = "ds1" }],
                Vms = [new EstateVm { Name = "web01", Datastore = "ds1", Power = EstatePower.Off, Memory = 256L << 20, Disks = [new EstateDisk { File = disk }] }],
            },
            new SimulatorOptions { BaseDirectory = site._directory },
            Cancellation);
        site.Target = await NvmeTarget.StartAsync(
            new TargetOptions { Directory = Path.Combine(site._directory, "target"), Listen = IPAddress.Loopback, Port = 0, DiscoveryPort = null },
            TimeProvider.System, NullLoggerFactory.Instance, Cancellation);
        return site;
    }

    public IHost Build(string name, Func<ExecutorOptions, ExecutorOptions>? change = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging(logging => logging.AddConsole().SetMinimumLevel(LogLevel.Warning));
        builder.Services.AddPlanner(Database);
        builder.Services.AddDataProtection().SetApplicationName("Migrate").PersistKeysToFileSystem(new DirectoryInfo(Path.Combine(_directory, "keys")));
        builder.Services.AddSingleton(Target); // Of both, as a target in a process of its own would be.
        if (Way is not null)
        {
            builder.Services.AddSingleton<ITargetControl>(new TargetBehind(Way, new InProcessTarget(Target)));
        }

        var options = new ExecutorOptions { DataDirectory = Directory.CreateDirectory(Path.Combine(_directory, name)).FullName, JobStore = Database };
        builder.Services.AddExecutor(change?.Invoke(options) ?? options);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(60));
        return builder.Build();
    }

    /// <summary>A run whose preparation is done; that part needs a KVM host.</summary>
    public async Task<Guid> AddSeedingRunAsync(IServiceProvider services, Func<PlanPolicy, PlanPolicy>? change = null)
    {
        var access = services.GetRequiredService<SourceAccess>();
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
        await using var db = await services.GetRequiredService<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancellation);
        db.AddRange(source, new KvmHost { Id = Guid.NewGuid(), Name = "kvm1", Uri = "none:///", DomainType = "qemu" });
        await db.SaveChangesAsync(Cancellation);
        await using (var session = await access.OpenAsync(source, Cancellation))
        {
            await services.GetRequiredService<InventoryStore>().SaveAsync(source.Id, await session.ReadInventoryAsync(Cancellation), Cancellation);
        }

        var policy = new PlanPolicy { Networks = new Dictionary<string, NetworkMapping> { ["VM Network"] = new("user", "") } };
        var plan = await services.GetRequiredService<PlanMaker>().CreateAsync(
            new PlanRequest { Name = "plan", SourceName = "vc1", KvmHostName = "kvm1", VmNames = ["web01"], Policy = change?.Invoke(policy) ?? policy }, Cancellation);
        var vm = await db.PlanVms.SingleAsync(x => x.PlanId == plan.Id, Cancellation);
        var now = DateTime.UtcNow;
        var run = new Run
        {
            Id = Guid.NewGuid(),
            PlanId = plan.Id,
            PlanVmId = vm.Id,
            VmKey = vm.VmKey,
            VmName = vm.VmName,
            Wave = 1,
            Phase = RunPhase.Seeding,
            ResumePhase = RunPhase.Seeding,
            CreatedAt = now,
            StartedAt = now,
            DueAt = now,
        };
        db.Runs.Add(run);
        foreach (var disk in JsonSerializer.Deserialize(vm.Disks, PlannerJson.Default.IReadOnlyListPlannedDisk)!)
        {
            await Target.CreateNamespaceAsync(new NamespaceSpec(disk.NamespaceUuid, disk.CapacityBytes), Cancellation);
            db.RunDisks.Add(new RunDisk
            {
                Id = Guid.NewGuid(),
                RunId = run.Id,
                DiskKey = disk.Key,
                Label = disk.Label,
                CapacityBytes = disk.CapacityBytes,
                Reader = disk.Reader.ToString(),
                NamespaceUuid = disk.NamespaceUuid,
            });
        }

        await db.SaveChangesAsync(Cancellation);
        return run.Id;
    }

    public static async Task<Run> RunAsync(IServiceProvider services, Guid runId)
    {
        await using var db = await services.GetRequiredService<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancellation);
        return await db.Runs.AsNoTracking().SingleAsync(x => x.Id == runId, Cancellation);
    }

    public static async Task<RunDisk> DiskAsync(IServiceProvider services, Guid runId)
    {
        await using var db = await services.GetRequiredService<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancellation);
        return await db.RunDisks.AsNoTracking().SingleAsync(x => x.RunId == runId, Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await Simulator.DisposeAsync();
        await Target.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
