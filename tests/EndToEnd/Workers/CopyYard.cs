using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Executor;
using Migrate.Executor.Copy;
using Migrate.Executor.Copy.Throttle;
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
using Migrate.Target.AdminApi;

namespace Migrate.EndToEnd.Tests.Workers;

/// <summary>
/// What workers share: a real PostgreSQL, a target with its admin API, a simulated vCenter, and the runs of a wave that are due to be copied.
/// The server's part, which needs libvirt, is done by hand: a run begins in Seeding with its namespaces made, and waits in Ready.
/// </summary>
internal sealed class CopyYard : IAsyncDisposable
{
    private readonly string _directory;
    private ServiceProvider _services = null!;
    private AdminServer _admin = null!;

    private CopyYard(string directory) => _directory = directory;

    public SimulatorServer Simulator { get; private set; } = null!;

    public NvmeTarget Target { get; private set; } = null!;

    public IServiceProvider Services => _services;

    public IReadOnlyList<Run> Runs { get; private set; } = [];

    private string Keys => Path.Combine(_directory, "keys");

    private string DatabaseFile => Path.Combine(_directory, "database");

    private string Socket => Path.Combine(_directory, "target.sock");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <param name="postgres">The real one.</param>
    /// <param name="disks">Sizes in bytes; each disk is a VM's.</param>
    public static Task<CopyYard> OpenAsync(PostgresCluster postgres, params long[] disks) => OpenVmsAsync(postgres, [.. disks.Select(x => (Migrate.EndToEnd.Tests.Runs.Estates.Vmfs, (long[])[x]))]);

    /// <param name="postgres">The real one.</param>
    /// <param name="machines">Of each VM its datastore, and the sizes in bytes of its disks.</param>
    public static async Task<CopyYard> OpenVmsAsync(PostgresCluster postgres, params (string Datastore, long[] Disks)[] machines)
    {
        var yard = new CopyYard(Directory.CreateTempSubdirectory("migrate-yard-").FullName);
        var vms = new List<EstateVm>();
        foreach (var (datastore, disks) in machines)
        {
            var files = new List<EstateDisk>();
            foreach (var bytes in disks)
            {
                files.Add(new EstateDisk { File = await FileAsync(yard._directory, bytes) });
            }

            vms.Add(Migrate.EndToEnd.Tests.Runs.Estates.Vm(files[0].File!, datastore) with { Disks = files });
        }

        yard.Simulator = await SimulatorServer.StartAsync(
            Migrate.EndToEnd.Tests.Runs.Estates.Of([.. vms]), new SimulatorOptions { BaseDirectory = yard._directory }, Cancellation);
        yard.Target = await NvmeTarget.StartAsync(
            new TargetOptions { Directory = Path.Combine(yard._directory, "target"), Listen = IPAddress.Any, Port = 0, DiscoveryPort = null },
            TimeProvider.System, NullLoggerFactory.Instance, Cancellation);
        yard._admin = await AdminServer.StartAsync(new AdminApiOptions { Socket = yard.Socket }, yard.Target, NullLoggerFactory.Instance, Cancellation);
        var database = DatabaseOptions.Postgres(await postgres.NewDatabaseAsync(Cancellation));
        await File.WriteAllTextAsync(yard.DatabaseFile, database.PostgresConnectionString, Cancellation);
        File.SetUnixFileMode(yard.DatabaseFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        yard._services = yard.Build(database);
        await yard._services.GetRequiredService<MigrateDatabase>().MigrateAsync(Cancellation);
        yard.Runs = await yard.StartWaveAsync([.. vms.Select(x => x.Name)]);
        return yard;
    }

    public Task<WorkerUnderTest> StartWorkerAsync(string name, string targetAddress, int copies = 1, int leaseSeconds = 6, params string[] more) => WorkerUnderTest.StartAsync(
        name, ["worker", "run", "--name", name, "--database-file", DatabaseFile, "--keys", Keys, "--target-admin", Socket, "--target", $"{targetAddress}:{Target.EndPoint.Port}",
            "--copies", $"{copies}", "--lease-seconds", $"{leaseSeconds}", .. more]);

    /// <summary>As <c>migrate limits set</c> does.</summary>
    public Task LimitAsync(params string[] limits) => Services.GetRequiredService<LimitStore>().SetAsync(ThrottleText.Parse(limits), Cancellation);

    public async Task<MigrateDb> DatabaseAsync() => await Services.GetRequiredService<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancellation);

    public async Task<Run> RunAsync(Guid runId) => (await Services.GetRequiredService<RunStore>().FindAsync(runId, Cancellation))!;

    public async Task<RunDisk> DiskAsync(Guid runId) => (await DisksAsync(runId)).ShouldHaveSingleItem();

    /// <summary>Bytes of the run's disk that its journal calls safe.</summary>
    public async Task<long> JournalledAsync(Guid runId)
    {
        var disk = await DiskAsync(runId);
        var known = 0L;
        await foreach (var (number, states) in Services.GetRequiredService<JournalStore>().StatesAsync(disk.Id, Cancellation))
        {
            var extents = (int)Math.Min(Segment.Extents, Extent.CountFor(disk.CapacityBytes) - ((long)number * Segment.Extents));
            known += SegmentFormat.Read(states, extents)!.KnownCount;
        }

        return Math.Min(disk.CapacityBytes, known * Extent.Size);
    }

    public async Task UntilAsync(Func<Task<bool>> reached, string what, params WorkerUnderTest[] workers)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await reached())
        {
            foreach (var run in Runs)
            {
                if ((await RunAsync(run.Id)).Phase == RunPhase.Failed || TimeProvider.System.GetElapsedTime(began) > TimeSpan.FromMinutes(5))
                {
                    var lines = await Services.GetRequiredService<RunStore>().EventsAsync(run.Id, 0, 200, Cancellation);
                    throw new ShouldAssertException($"Not reached: {what}.\n{string.Join('\n', lines.Select(x => $"{x.At:HH:mm:ss.fff} {x.Phase} {x.Message}"))}\n"
                        + string.Join('\n', workers.Select(x => $"--- {x.Name}\n{x.Said}")));
                }
            }

            await Task.Delay(100, Cancellation);
        }
    }

    public async Task<bool> AllCopiedAsync()
    {
        foreach (var run in Runs)
        {
            if ((await RunAsync(run.Id)) is { Phase: RunPhase.Seeding } || (await DisksAsync(run.Id)).Any(x => x.VerifiedAt is null))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The namespaces' files hold what the source's disks hold, and the runs' hashes say so.</summary>
    public async Task IsProvenAsync()
    {
        foreach (var run in Runs)
        {
            foreach (var (disk, number) in (await DisksAsync(run.Id)).OrderBy(x => x.DiskKey).Select((x, i) => (x, i)))
            {
                await Target.TakeOfflineAsync(disk.NamespaceUuid, Cancellation); // It lets go of the file.
                var backing = await File.ReadAllBytesAsync(Target.FindNamespace(disk.NamespaceUuid)!.BackingPath, Cancellation);
                var source = new byte[disk.CapacityBytes];
                await Simulator.ReadDiskAsync(run.VmName, number, 0, source, Cancellation);
                backing.AsSpan().SequenceEqual(source).ShouldBeTrue($"{run.VmName} {disk.Label}");
                disk.SourceHash.ShouldNotBeNull().ShouldBe(disk.DestinationHash);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _admin.DisposeAsync();
        await Target.DisposeAsync();
        await Simulator.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task<IReadOnlyList<RunDisk>> DisksAsync(Guid runId) => await Services.GetRequiredService<RunStore>().DisksAsync(runId, Cancellation);

    private ServiceProvider Build(DatabaseOptions database)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddPlanner(database);
        services.AddDataProtection().SetApplicationName("Migrate").PersistKeysToFileSystem(Directory.CreateDirectory(Keys));
        services.AddSingleton(Target);
        services.AddExecutor(new ExecutorOptions { DataDirectory = _directory, JobStore = database });
        services.AddSingleton<IJobEngine, NoJobs>();
        return services.BuildServiceProvider();
    }

    private async Task<IReadOnlyList<Run>> StartWaveAsync(IReadOnlyList<string> vmNames)
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
        await using var db = await DatabaseAsync();
        db.Sources.Add(source);
        db.KvmHosts.Add(new KvmHost { Id = Guid.NewGuid(), Name = "kvm1", Uri = "qemu:///system", DomainType = "qemu" });
        await db.SaveChangesAsync(Cancellation);
        await using (var session = await access.OpenAsync(source, Cancellation))
        {
            await Services.GetRequiredService<InventoryStore>().SaveAsync(source.Id, await session.ReadInventoryAsync(Cancellation), Cancellation);
        }

        var plan = await Services.GetRequiredService<PlanMaker>().CreateAsync(
            new PlanRequest { Name = "plan", SourceName = "vc1", KvmHostName = "kvm1", VmNames = vmNames, Policy = Migrate.EndToEnd.Tests.Runs.Estates.Policy() }, Cancellation);
        var runs = await Services.GetRequiredService<WaveStarter>().StartAsync(plan.Id, 1, Cancellation);
        foreach (var disk in await db.RunDisks.AsNoTracking().ToListAsync(Cancellation))
        {
            await Target.CreateNamespaceAsync(new NamespaceSpec(disk.NamespaceUuid, disk.CapacityBytes), Cancellation);
        }

        await db.Runs.ExecuteUpdateAsync(set => set.SetProperty(x => x.Phase, RunPhase.Seeding), Cancellation);
        return runs;
    }

    /// <summary>No zeroes, so that what is sent can be counted.</summary>
    private static async Task<string> FileAsync(string directory, long bytes)
    {
        var path = Path.Combine(directory, $"{Guid.NewGuid():N}.raw");
        await using var file = File.Create(path);
        for (var left = bytes; left > 0; left -= Extent.Size)
        {
            await file.WriteAsync(RandomNumberGenerator.GetBytes((int)Math.Min(Extent.Size, left)), Cancellation);
        }

        return path;
    }

    /// <summary>The workers' reconcilers find what is due.</summary>
    private sealed class NoJobs : IJobEngine
    {
        public Task ScheduleAsync(Guid runId, JobQueue queue, DateTimeOffset at, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task CancelAsync(Guid runId, CancellationToken cancellationToken) => Task.CompletedTask;

        public async IAsyncEnumerable<Guid> WaitingAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.CompletedTask;
            yield break;
        }
    }
}
