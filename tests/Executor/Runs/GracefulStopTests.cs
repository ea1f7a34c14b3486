using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Executor.Sources;
using Migrate.Executor.Tests.Jobs;
using Migrate.Planner;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Simulator;
using Migrate.Simulator.Estates;
using Migrate.Target.Admin;

namespace Migrate.Executor.Tests.Runs;

/// <summary>Two executors on one PostgreSQL, a real copy from a slow source: the one that copies is stopped, the other goes on.</summary>
public sealed class GracefulStopTests(PostgresCluster postgres) : IAsyncLifetime
{
    private const long DiskBytes = 32L << 20;
    private const long SlowBytesPerSecond = 2L << 20;

    /// <summary>Extents that were on their way when the first executor stopped.</summary>
    private const long OnTheWay = 8L << 20;

    private readonly string _directory = Directory.CreateTempSubdirectory("migrate-stop-").FullName;
    private DatabaseOptions _database = null!;
    private SimulatorServer _simulator = null!;
    private NvmeTarget _target = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = DatabaseOptions.Postgres(await postgres.CreateDatabaseAsync(Cancellation));
        var disk = Path.Combine(_directory, "disk.raw");
        var bytes = new byte[DiskBytes];
        new Random(5).NextBytes(bytes);
        await File.WriteAllBytesAsync(disk, bytes, Cancellation);
        _simulator = await SimulatorServer.StartAsync(
            new Estate
            {
                Clusters = [new EstateCluster { Name = "cluster1" }],
                Hosts = [new EstateHost { Name = "esx01.example", Cluster = "cluster1" }],
                Datastores = [new EstateDatastore { Name = "ds1" }],
                Vms = [new EstateVm { Name = "web01", Datastore = "ds1", Power = EstatePower.Off, Memory = 256L << 20, Disks = [new EstateDisk { File = disk }] }],
            },
            new SimulatorOptions { BaseDirectory = _directory },
            Cancellation);
        _target = await NvmeTarget.StartAsync(
            new TargetOptions { Directory = Path.Combine(_directory, "target"), Listen = IPAddress.Loopback, Port = 0, DiscoveryPort = null },
            TimeProvider.System, NullLoggerFactory.Instance, Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _simulator.DisposeAsync();
        await _target.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_long_copy_is_checkpointed_and_another_executor_goes_on_with_it_at_once()
    {
        using var first = Build("first");
        await first.Services.GetRequiredService<MigrateDatabase>().MigrateAsync(Cancellation);
        var run = await AddSeedingRunAsync(first.Services);
        _simulator.Faults.ReadBytesPerSecond = SlowBytesPerSecond;
        await first.StartAsync(Cancellation);
        await Eventually.BecomesTrueAsync(async () => (await DiskAsync(first.Services, run)).BytesDone > 8L << 20, "a quarter is copied");
        using var second = Build("second");
        await second.StartAsync(Cancellation);

        var began = TimeProvider.System.GetTimestamp();
        await first.StopAsync(Cancellation);
        var stopped = TimeProvider.System.GetElapsedTime(began);
        var sent = _simulator.DiskBytesSent;
        await Eventually.BecomesTrueAsync(async () => await RunAsync(second.Services, run) is { LeaseEpoch: 2, LeaseOwner: not null }, "the other one has it");
        var wentOn = TimeProvider.System.GetElapsedTime(began);

        _simulator.Faults.ReadBytesPerSecond = null;
        await Eventually.BecomesTrueAsync(async () => (await DiskAsync(second.Services, run)).VerifiedAt is not null, "the disk is copied and read back");
        TestContext.Current.TestOutputHelper!.WriteLine($"Stopped in {stopped.TotalSeconds:0.0} s, went on after {wentOn.TotalSeconds:0.0} s.");
        stopped.ShouldBeLessThan(TimeSpan.FromSeconds(30), "half of what the host gives a stop; 10 s is what it should take");
        var disk = await DiskAsync(second.Services, run);
        disk.DestinationHash.ShouldBe(disk.SourceHash);
        (_simulator.DiskBytesSent - sent).ShouldBeLessThan(DiskBytes - (8L << 20) + OnTheWay, "what was safe is not read again");
        await second.StopAsync(Cancellation);
    }

    private IHost Build(string name)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging(logging => logging.AddConsole().SetMinimumLevel(LogLevel.Warning));
        builder.Services.AddPlanner(_database);
        builder.Services.AddDataProtection().SetApplicationName("Migrate").PersistKeysToFileSystem(new DirectoryInfo(Path.Combine(_directory, "keys")));
        builder.Services.AddSingleton(_target); // Of both, as a target in a process of its own would be.
        builder.Services.AddExecutor(new ExecutorOptions { DataDirectory = Directory.CreateDirectory(Path.Combine(_directory, name)).FullName, JobStore = _database });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(60));
        return builder.Build();
    }

    /// <summary>A run whose preparation is done; that part needs a KVM host.</summary>
    private async Task<Guid> AddSeedingRunAsync(IServiceProvider services)
    {
        var access = services.GetRequiredService<SourceAccess>();
        var source = new Source
        {
            Id = Guid.NewGuid(),
            Name = "vc1",
            Url = _simulator.Url.ToString(),
            UserName = _simulator.UserName,
            ProtectedPassword = access.Protect(_simulator.Password),
            Thumbprint = _simulator.Thumbprint,
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
            new PlanRequest { Name = "plan", SourceName = "vc1", KvmHostName = "kvm1", VmNames = ["web01"], Policy = policy }, Cancellation);
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
            await _target.CreateNamespaceAsync(new NamespaceSpec(disk.NamespaceUuid, disk.CapacityBytes), Cancellation);
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

    private static async Task<Run> RunAsync(IServiceProvider services, Guid runId)
    {
        await using var db = await services.GetRequiredService<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancellation);
        return await db.Runs.AsNoTracking().SingleAsync(x => x.Id == runId, Cancellation);
    }

    private static async Task<RunDisk> DiskAsync(IServiceProvider services, Guid runId)
    {
        await using var db = await services.GetRequiredService<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancellation);
        return await db.RunDisks.AsNoTracking().SingleAsync(x => x.RunId == runId, Cancellation);
    }
}
