using System.Data.Common;
using System.Net;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Executor.Jobs;
using Migrate.Executor.Runs;
using Migrate.Executor.Runs.Steps;
using Migrate.Executor.Runs.Warm;
using Migrate.Executor.Sources;
using Migrate.Executor.Targets;
using Migrate.Executor.Tests.Copy;
using Migrate.Executor.Tests.Jobs;
using Migrate.Planner;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Simulator;
using Migrate.Simulator.Estates;
using Migrate.Target.Admin;

namespace Migrate.Executor.Tests.Runs;

/// <summary>
/// A warm run with everything real but its domain: a simulated vCenter whose guest writes all the time, the database, the target, the steps
/// and the stepper. Steps that need libvirt are replaced by their parts that do not. It can be killed and started again.
/// </summary>
internal sealed class WarmSite : IAsyncDisposable
{
    public const string VmName = "vm";
    private readonly TemporaryFolder _folder = new();
    private IHost _host = null!;

    private WarmSite(Estate estate) => Estate = estate;

    public Estate Estate { get; }

    public SimulatorServer Simulator { get; private set; } = null!;

    public KillSwitch Kill { get; } = new();

    public Guid RunId { get; private set; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<WarmSite> OpenAsync(WarmPolicy policy, long[]? sizes = null, Func<EstateVm, EstateVm>? change = null, int writesPerRequest = 1)
    {
        var vm = new EstateVm
        {
            Name = VmName,
            Datastore = "ds1",
            Cbt = false,
            Disks = [.. (sizes ?? [(6L << 20) + 4096, 3L << 20]).Select(x => new EstateDisk { Capacity = x, ZeroShare = 0.3 })],
            Writes = new EstateWrites { PerRequest = writesPerRequest, MostBytes = 16 << 10 },
        };
        var estate = new Estate { Seed = 5, Datastores = [new EstateDatastore { Name = "ds1" }], Vms = [change?.Invoke(vm) ?? vm] };
        var site = new WarmSite(estate);
        site.Simulator = await SimulatorServer.StartAsync(estate, new SimulatorOptions { TaskDuration = TimeSpan.FromMilliseconds(2) }, Cancel);
        await site.StartAsync();
        await site.PlanAsync(policy);
        return site;
    }

    public async Task StartAsync()
    {
        Kill.Rearm();
        var directory = _folder.File("data");
        Directory.CreateDirectory(directory);
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging();
        builder.Services.AddPlanner(DatabaseOptions.Sqlite(Path.Combine(directory, "migrate.db")));
        var databases = builder.Services.Last(x => x.ServiceType == typeof(IDbContextFactory<MigrateDb>));
        builder.Services.AddSingleton<IDbContextFactory<MigrateDb>>(x => new KillableDatabases(
            (IDbContextFactory<MigrateDb>)(databases.ImplementationInstance ?? databases.ImplementationFactory?.Invoke(x) ?? ActivatorUtilities.CreateInstance(x, databases.ImplementationType!)), Kill));
        builder.Services.AddDataProtection().PersistKeysToFileSystem(new DirectoryInfo(Path.Combine(directory, "keys")));
        var target = await NvmeTarget.StartAsync(
            new TargetOptions { Directory = Path.Combine(directory, "target"), Listen = IPAddress.Loopback, Port = 0, DiscoveryPort = null },
            TimeProvider.System, NullLoggerFactory.Instance, Cancel);
        builder.Services.AddSingleton(_ => target); // By a factory, so that the container disposes it.
        builder.Services.AddExecutor(new ExecutorOptions
        {
            DataDirectory = directory,
            TransientBackoff = TimeSpan.FromMilliseconds(50),
            ShutdownPoll = TimeSpan.FromMilliseconds(20),
            Tracking = new() { Poll = TimeSpan.FromMilliseconds(5), SpacePoll = TimeSpan.FromMilliseconds(50) },
        });
        foreach (var hosted in builder.Services.Where(x => x.ServiceType == typeof(IHostedService)).ToList())
        {
            builder.Services.Remove(hosted);
        }

        foreach (var needsLibvirt in builder.Services.Where(x => x.ImplementationType is { } type && (type == typeof(PrepareStep) || type == typeof(CutOverStep) || type == typeof(ValidateStep))).ToList())
        {
            builder.Services.Remove(needsLibvirt);
        }

        builder.Services.AddSingleton<IRunStep>(x => new ScriptedStep(RunPhase.Preparing, true, (work, ct) => PrepareAsync(x, work, ct)));
        builder.Services.AddSingleton<IRunStep>(x => new ScriptedStep(RunPhase.CuttingOver, true, (work, ct) => CutOverAsync(x, work, ct)));
        builder.Services.AddSingleton<IJobEngine>(new RecordedJobs());
        _host = builder.Build();
        _host.Services.GetRequiredService<NvmeTarget>();
        await Get<MigrateDatabase>().MigrateAsync(Cancel);
        // A dead worker's lease runs out; no test has to wait for it.
        await using var db = await Get<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancel);
        await db.Runs.Where(x => x.LeaseOwner != null).ExecuteUpdateAsync(set => set.SetProperty(x => x.LeaseExpiresAt, DateTime.UnixEpoch), Cancel);
    }

    public async Task StopAsync() => await ((IAsyncDisposable)_host).DisposeAsync();

    public T Get<T>()
        where T : notnull => _host.Services.GetRequiredService<T>();

    public async Task<Run> RunAsync() => (await Get<RunStore>().FindAsync(RunId, Cancel))!;

    public async Task<List<RunPass>> PassesAsync()
    {
        await using var db = await Get<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancel);
        return await db.RunPasses.AsNoTracking().Where(x => x.RunId == RunId).OrderBy(x => x.Number).ToListAsync(Cancel);
    }

    public async Task<List<RunPassDisk>> PassDisksAsync()
    {
        await using var db = await Get<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancel);
        return await db.RunPassDisks.AsNoTracking().OrderBy(x => x.StartedAt).ToListAsync(Cancel);
    }

    /// <summary>As a failure that no retry mends leaves the run.</summary>
    public async Task FailAsync(string code)
    {
        await using var db = await Get<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancel);
        await db.Runs.Where(x => x.Id == RunId).ExecuteUpdateAsync(
            set => set.SetProperty(x => x.ResumePhase, x => x.Phase).SetProperty(x => x.Phase, RunPhase.Failed).SetProperty(x => x.ErrorCode, code).SetProperty(x => x.DueAt, (DateTime?)null), Cancel);
    }

    public Task StepAsync() => Get<IRunStepper>().StepAsync(RunId, Cancel);

    /// <summary>Step after step, each when it is due, until the run is in the phase.</summary>
    public async Task StepUntilAsync(params RunPhase[] phases)
    {
        for (var steps = 0; ; steps++)
        {
            var run = await RunAsync();
            if (phases.Contains(run.Phase))
            {
                return;
            }

            if (run.Phase == RunPhase.Failed || steps > 500)
            {
                throw new ShouldAssertException($"The run is {run.Phase} ({run.ErrorCode}: {run.Error}) and not {string.Join(" or ", phases)}:\n{await LogAsync()}");
            }

            await StepAsync();
            await Task.Delay(20, Cancel);
        }
    }

    public async Task<string> LogAsync() =>
        string.Join('\n', (await Get<RunStore>().EventsAsync(RunId, 0, 500, Cancel)).Select(x => $"{x.Phase,-11} {x.Level,-7} {x.Message}"));

    /// <summary>The destinations hold what the source's disks hold now, seen by a program that is not ours.</summary>
    public async Task ShouldEqualAsync()
    {
        foreach (var (disk, index) in (await Get<RunStore>().DisksAsync(RunId, Cancel)).Select((x, i) => (x, i)))
        {
            var now = new byte[disk.CapacityBytes];
            await Simulator.ReadDiskAsync(VmName, index, 0, now, Cancel);
            var copy = _folder.File($"now-{index}");
            await File.WriteAllBytesAsync(copy, now, Cancel);
            var backing = (await Get<ITargetControl>().FindNamespaceAsync(disk.NamespaceUuid, Cancel))!.BackingPath;
            (await Programs.OutputOfAsync("cmp", copy, backing)).ShouldBeEmpty();
            var hash = await SampleDisk.HashAsync(now);
            (disk.SourceHash, disk.DestinationHash).ShouldBe((hash, hash), $"{disk.Label}: {await LogAsync()}");
            disk.VerifiedAt.ShouldNotBeNull();
        }
    }

    /// <summary>No snapshot, no delta, change tracking as it was found.</summary>
    public void SourceShouldBeAsItWas()
    {
        Simulator.SnapshotsOf(VmName).ShouldBeEmpty();
        Enumerable.Range(0, Estate.Vms[0].Disks.Count).ShouldAllBe(i => Simulator.DeltasOf(VmName, i) == 0);
        Simulator.ChangeTrackingOf(VmName).ShouldBe(Estate.Vms[0].Cbt);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await Simulator.DisposeAsync();
        SqliteConnection.ClearAllPools();
        _folder.Dispose();
    }

    private async Task PlanAsync(WarmPolicy policy)
    {
        var access = Get<SourceAccess>();
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
        await using (var db = await Get<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancel))
        {
            db.Sources.Add(source);
            db.KvmHosts.Add(new KvmHost { Id = Guid.NewGuid(), Name = "kvm1", Uri = "qemu:///system", DomainType = "qemu" });
            await db.SaveChangesAsync(Cancel);
        }

        await using (var session = await access.OpenAsync(source, Cancel))
        {
            await Get<InventoryStore>().SaveAsync(source.Id, await session.ReadInventoryAsync(Cancel), Cancel);
        }

        var plan = await Get<PlanMaker>().CreateAsync(
            new PlanRequest
            {
                Name = "plan",
                SourceName = "vc1",
                KvmHostName = "kvm1",
                VmNames = [VmName],
                Mode = MigrationMode.Warm,
                Policy = new PlanPolicy { Networks = new Dictionary<string, NetworkMapping> { ["VM Network"] = new("user", "") }, Warm = policy },
            },
            Cancel);
        RunId = (await Get<WaveStarter>().StartAsync(plan.Id, 1, Cancel)).Single().Id;
    }

    /// <summary>What preparing does, but for the look at the KVM host.</summary>
    private static async Task<RunPhase> PrepareAsync(IServiceProvider services, RunWork work, CancellationToken cancellationToken)
    {
        var target = services.GetRequiredService<ITargetControl>();
        foreach (var disk in work.PlannedDisks)
        {
            await target.CreateNamespaceAsync(new NamespaceSpec(disk.NamespaceUuid, disk.CapacityBytes), cancellationToken);
        }

        await using var session = await services.GetRequiredService<SourceAccess>().OpenAsync(work.Source, cancellationToken);
        var vm = (await session.ReadVmAsync(work.Run.VmKey, cancellationToken))!;
        await services.GetRequiredService<WarmPasses>().EnableAsync(work, vm, cancellationToken);
        return RunPhase.Seeding;
    }

    /// <summary>What a cutover does before its domain is made, and what it does at the source after that was started.</summary>
    private static async Task<RunPhase> CutOverAsync(IServiceProvider services, RunWork work, CancellationToken cancellationToken)
    {
        await services.GetRequiredService<WarmCutover>().FinishAsync(work, cancellationToken);
        await services.GetRequiredService<WarmPasses>().RestoreAsync(work, "The run is over.", cancellationToken);
        return RunPhase.Completed;
    }

    /// <summary>Once it has struck, nothing of the process reaches the database any more, and so nothing the source: as after kill -9.</summary>
    internal sealed class KillSwitch : DbCommandInterceptor
    {
        private Func<DbCommand, bool>? _when;
        private bool _afterwards;

        public bool HasStruck { get; private set; }

        public void Rearm() => HasStruck = false;

        /// <param name="when">The command at which the process dies.</param>
        /// <param name="afterwards">After it took effect, else before.</param>
        public void Arm(Func<DbCommand, bool> when, bool afterwards) => (_when, _afterwards) = (when, afterwards);

        public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
        {
            Look(command, before: true);
            return ValueTask.FromResult(result);
        }

        public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
        {
            Look(command, before: true);
            return ValueTask.FromResult(result);
        }

        public void Check()
        {
            if (HasStruck)
            {
                throw new SqliteException("killed", 10);
            }
        }

        private void Look(DbCommand command, bool before)
        {
            Check();
            if (before && _when is { } when && when(command))
            {
                _when = null;
                HasStruck = true;
                if (!_afterwards)
                {
                    Check(); // What comes after this command finds the process dead; afterwards, so does the next one.
                }
            }
        }
    }

    private sealed class KillableDatabases(IDbContextFactory<MigrateDb> inner, KillSwitch kill) : IDbContextFactory<MigrateDb>
    {
        public MigrateDb CreateDbContext()
        {
            kill.Check();
            using var plain = inner.CreateDbContext();
            var options = plain.GetService<IDbContextOptions>();
            return new MigrateDb(new DbContextOptionsBuilder<MigrateDb>((DbContextOptions<MigrateDb>)options).AddInterceptors(kill).Options);
        }
    }
}
