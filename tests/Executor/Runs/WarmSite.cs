using System.Data.Common;
using System.Net;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Executor.Copy;
using Migrate.Executor.Jobs;
using Migrate.Executor.Rehearsals;
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
    private Func<ExecutorOptions, ExecutorOptions> _options = null!;
    private string? _postgres;
    private string? _target;
    private IRehearsalBench? _bench;

    private WarmSite(Estate estate) => Estate = estate;

    public Estate Estate { get; }

    public SimulatorServer Simulator { get; private set; } = null!;

    public KillSwitch Kill { get; } = new();

    /// <summary>What the process logs.</summary>
    public ScopedLog Log { get; } = new();

    public Guid RunId { get; private set; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>What happens between the preparation of a cold run and the last look before its guest is asked to shut down.</summary>
    public Func<Task>? BeforeShutdown { get; set; }

    /// <summary>What happens between the run's last look at its source and the start of its domain.</summary>
    public Func<Task>? BeforeDomain { get; set; }

    /// <summary>What happens while the domain starts, before the run looks at its source again.</summary>
    public Func<Task>? WithDomain { get; set; }

    /// <summary>Called when a domain starts, before its guest can write anything.</summary>
    public Func<Task>? OnLive { get; set; }

    /// <summary>How often a domain was started.</summary>
    public int Starts { get; private set; }

    public static async Task<WarmSite> OpenAsync(
        WarmPolicy policy, long[]? sizes = null, Func<EstateVm, EstateVm>? change = null, int writesPerRequest = 1, MigrationMode mode = MigrationMode.Warm, Func<ExecutorOptions, ExecutorOptions>? options = null,
        string? postgres = null, string? target = null, VerifyLevel verify = VerifyLevel.ReadBack, int otherVms = 0, Func<PlanPolicy, PlanPolicy>? plan = null, IRehearsalBench? bench = null)
    {
        var vm = new EstateVm
        {
            Name = VmName,
            Datastore = "ds1",
            Cbt = false,
            Disks = [.. (sizes ?? [(6L << 20) + 4096, 3L << 20]).Select(x => new EstateDisk { Capacity = x, ZeroShare = 0.3 })],
            Writes = new EstateWrites { PerRequest = writesPerRequest, MostBytes = 16 << 10 },
        };
        var estate = new Estate { Seed = 5, Datastores = [new EstateDatastore { Name = "ds1" }], Vms = [change?.Invoke(vm) ?? vm, .. Enumerable.Range(1, otherVms).Select(x => vm with { Name = $"other{x}" })] };
        var site = new WarmSite(estate) { _options = options ?? (x => x), _postgres = postgres ?? await ChosenDatabase.NewAsync(Cancel), _target = target, _bench = bench };
        site.Simulator = await SimulatorServer.StartAsync(estate, new SimulatorOptions { TaskDuration = TimeSpan.FromMilliseconds(2) }, Cancel);
        await site.StartAsync();
        await site.PlanAsync(policy, mode, verify, plan ?? (x => x));
        return site;
    }

    public async Task StartAsync()
    {
        Kill.Rearm();
        var directory = _folder.File("data");
        Directory.CreateDirectory(directory);
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging(x => x.AddProvider(Log).AddFilter("Microsoft", LogLevel.Warning));
        builder.Services.AddPlanner(_postgres is null ? DatabaseOptions.Sqlite(Path.Combine(directory, "migrate.db")) : DatabaseOptions.Postgres(_postgres));
        var databases = builder.Services.Last(x => x.ServiceType == typeof(IDbContextFactory<MigrateDb>));
        builder.Services.AddSingleton<IDbContextFactory<MigrateDb>>(x => new KillableDatabases(
            (IDbContextFactory<MigrateDb>)(databases.ImplementationInstance ?? databases.ImplementationFactory?.Invoke(x) ?? ActivatorUtilities.CreateInstance(x, databases.ImplementationType!)), Kill));
        builder.Services.AddDataProtection().PersistKeysToFileSystem(new DirectoryInfo(Path.Combine(directory, "keys")));
        var target = await NvmeTarget.StartAsync(
            new TargetOptions { Directory = _target ?? Path.Combine(directory, "target"), Listen = IPAddress.Loopback, Port = 0, DiscoveryPort = null, Overcommit = true },
            TimeProvider.System, NullLoggerFactory.Instance, Cancel);
        builder.Services.AddSingleton(_ => target); // By a factory, so that the container disposes it.
        builder.Services.AddExecutor(_options(new ExecutorOptions
        {
            DataDirectory = directory,
            TransientBackoff = TimeSpan.FromMilliseconds(50),
            ShutdownPoll = TimeSpan.FromMilliseconds(20),
            Tracking = new() { Poll = TimeSpan.FromMilliseconds(5), RemovePatience = TimeSpan.FromMilliseconds(200), SpacePoll = TimeSpan.FromMilliseconds(50) },
        }));
        if (_bench is not null)
        {
            builder.Services.AddSingleton(_bench);
        }

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

    public Task<IReadOnlyList<NamespaceInfo>> NamespacesAsync() => Get<ITargetControl>().ListNamespacesAsync(Cancel);

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

    /// <summary>Bytes that were read from the run's namespaces.</summary>
    public long ReadBack => Get<NvmeTarget>().ReadStatistics().Namespaces.Values.Sum(x => x.Bytes(Migrate.Target.Statistics.CommandClass.Read));

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
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var run = await RunAsync();
            if (phases.Contains(run.Phase))
            {
                return;
            }

            // Not by a number of steps: one that lost its lease on a busy machine is waited for.
            if (run.Phase == RunPhase.Failed || TimeProvider.System.GetElapsedTime(began) > TimeSpan.FromMinutes(5))
            {
                throw new ShouldAssertException($"The run is {run.Phase} ({run.ErrorCode}: {run.Error}) and not {string.Join(" or ", phases)}:\n{await LogAsync()}");
            }

            await StepAsync();
            await Task.Delay(20, Cancel);
        }
    }

    public async Task StepUntilFailedAsync(string code)
    {
        var began = TimeProvider.System.GetTimestamp();
        while ((await RunAsync()).Phase != RunPhase.Failed)
        {
            TimeProvider.System.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromMinutes(5), await LogAsync());
            await StepAsync();
            await Task.Delay(20, Cancel);
        }

        (await RunAsync()).ErrorCode.ShouldBe(code, await LogAsync());
    }

    /// <summary>Somebody switches the source on, its guest writes, and it is off again.</summary>
    public void RunABit()
    {
        Simulator.Faults.SetPower(VmName, "poweredOn");
        Simulator.Guests.Write(VmName, 0, 1 << 20, 8192, (ulong)Random.Shared.NextInt64(1, long.MaxValue));
        Simulator.Guests.Write(VmName, 0, 0, 512, (ulong)Random.Shared.NextInt64(1, long.MaxValue));
        Simulator.Faults.SetPower(VmName, "poweredOff");
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

    /// <summary>Whether the destinations hold now, byte by byte, what the source's disks hold.</summary>
    public async Task<bool> EqualsSourceAsync()
    {
        foreach (var (disk, index) in (await Get<RunStore>().DisksAsync(RunId, Cancel)).Select((x, i) => (x, i)))
        {
            var now = new byte[disk.CapacityBytes];
            await Simulator.ReadDiskAsync(VmName, index, 0, now, Cancel);
            var backing = (await Get<ITargetControl>().FindNamespaceAsync(disk.NamespaceUuid, Cancel))!.BackingPath;
            var copied = await File.ReadAllBytesAsync(backing, Cancel);
            if (!now.AsSpan().SequenceEqual(copied))
            {
                return false;
            }
        }

        return true;
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
        _folder.Dispose();
    }

    private async Task PlanAsync(WarmPolicy policy, MigrationMode mode, VerifyLevel verify, Func<PlanPolicy, PlanPolicy> change)
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
            db.KvmHosts.Add(new KvmHost { Id = Guid.NewGuid(), Name = "kvm1", Uri = "test:///default", DomainType = "qemu" });
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
                Mode = mode,
                Policy = change(new PlanPolicy { ShutDownSource = true, Verify = verify, Networks = new Dictionary<string, NetworkMapping> { ["VM Network"] = new("user", "") }, Warm = policy }),
            },
            Cancel);
        RunId = (await Get<WaveStarter>().StartAsync(plan.Id, 1, Cancel)).Single().Id;
    }

    /// <summary>What preparing does, but for the look at the KVM host.</summary>
    private async Task<RunPhase> PrepareAsync(IServiceProvider services, RunWork work, CancellationToken cancellationToken)
    {
        await using var session = await services.GetRequiredService<SourceAccess>().OpenAsync(work.Source, cancellationToken);
        var vm = (await session.ReadVmAsync(work.Run.VmKey, cancellationToken))!;
        if (await services.GetRequiredService<SpaceReservation>().TakeAsync(work, vm, cancellationToken) is { } warning)
        {
            await work.LogAsync(RunLog.Warning, warning, cancellationToken);
        }

        var target = services.GetRequiredService<ITargetControl>();
        foreach (var disk in work.PlannedDisks)
        {
            await target.CreateNamespaceAsync(new NamespaceSpec(disk.NamespaceUuid, disk.CapacityBytes), cancellationToken);
        }

        if (work.IsWarm)
        {
            await services.GetRequiredService<WarmPasses>().EnableAsync(work, vm, cancellationToken);
        }
        else if (vm.PowerState != SourceVm.PoweredOff)
        {
            await (BeforeShutdown?.Invoke() ?? Task.CompletedTask);
            if (await services.GetRequiredService<SourceShutdown>().RunAsync(session, vm, work, powerOffAfterTimeout: false, forecast: null, cancellationToken) is { } late)
            {
                work.Next = late;
                return RunPhase.Preparing;
            }
        }

        return RunPhase.Seeding;
    }

    /// <summary>What a cutover does, with a domain that is only told of.</summary>
    private async Task<RunPhase> CutOverAsync(IServiceProvider services, RunWork work, CancellationToken cancellationToken)
    {
        if (work is { IsWarm: true, Run.LastPassAt: null })
        {
            return await services.GetRequiredService<WarmCutover>().FinishAsync(work, cancellationToken);
        }

        await using var session = await services.GetRequiredService<SourceAccess>().ConnectAsync(work.Source, cancellationToken);
        var atRest = services.GetRequiredService<SourceAtRest>();
        await StillAsync();
        await work.UpdateAsync(set => set.SetProperty(x => x.DomainName, VmName), cancellationToken);
        await services.GetRequiredService<JournalStore>().DeleteAsync(work.Lease.Claim, cancellationToken);
        foreach (var disk in work.PlannedDisks)
        {
            await services.GetRequiredService<ITargetControl>().TakeOfflineAsync(disk.NamespaceUuid, cancellationToken);
        }

        await (BeforeDomain?.Invoke() ?? Task.CompletedTask);
        await StillAsync();
        await services.GetRequiredService<SourceIsolation>().CloseAsync(session, work, cancellationToken);
        Starts++;
        await (OnLive?.Invoke() ?? Task.CompletedTask);
        await (WithDomain?.Invoke() ?? Task.CompletedTask);
        await StillAsync();
        await services.GetRequiredService<WarmPasses>().RestoreAsync(work, "The run is over.", cancellationToken);
        return RunPhase.Completed;

        async Task StillAsync() =>
            await atRest.MustHaveHeldStillAsync(session, await SourceVm.ReadAsPlannedAsync(session, work, cancellationToken), work, cancellationToken);
    }

    /// <summary>Once it has struck, nothing of the process reaches the database any more, and so nothing the source: as after kill -9.</summary>
    internal sealed class KillSwitch : DbCommandInterceptor
    {
        private Func<DbCommand, bool>? _when;
        private bool _afterwards;

        public bool HasStruck { get; private set; }

        public void Rearm() => HasStruck = false;

        public void Strike() => HasStruck = true;

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
