using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Executor;
using Migrate.Executor.Copy;
using Migrate.Executor.Jobs;
using Migrate.Executor.Runs;
using Migrate.Executor.Sources;
using Migrate.Executor.Targets;
using Migrate.Planner;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Target.AdminApi;

namespace Migrate.EndToEnd.Tests.Proof;

/// <summary>The runs of a yard, seen and begun through the database only: whoever works on them does so in another process.</summary>
internal sealed class YardRuns : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private static readonly string[] PassingCauses = ["source.unreachable", "source.connection-cut", "source.session-lost", "copy.journal-unusable", "target.unreachable", "target.connection-lost", "database.trouble"];
    private readonly ServiceProvider _services;
    private Source _source = null!;
    private IReadOnlyList<Vm> _before = [];

    private YardRuns(ServiceProvider services) => _services = services;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>What an operator does before a wave, and what a run does before it copies.</summary>
    /// <param name="database">Of all processes.</param>
    /// <param name="keys">What secrets are sealed with.</param>
    /// <param name="targetAdmin">Of a target that is a process of its own; asked for nothing before a run is rolled back.</param>
    /// <param name="sourceUrl">Of the simulator, or a way to it.</param>
    /// <param name="thumbprint">Of its certificate.</param>
    /// <param name="vms">And how each is moved.</param>
    public static async Task<YardRuns> StartAsync(DatabaseOptions database, string keys, string targetAdmin, string sourceUrl, string thumbprint, IReadOnlyDictionary<string, MigrationMode> vms)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddPlanner(database);
        services.AddDataProtection().SetApplicationName("Migrate").PersistKeysToFileSystem(Directory.CreateDirectory(keys));
        services.AddSingleton<ITargetControl>(new RemoteTarget(TargetClient.OverSocket(targetAdmin), null));
        services.AddExecutor(new ExecutorOptions { DataDirectory = keys, JobStore = database.PostgresConnectionString is null ? null : database });
        services.AddSingleton<IJobEngine, NoJobs>();
        var runs = new YardRuns(services.BuildServiceProvider());
        await runs.Get<MigrateDatabase>().MigrateAsync(Cancellation);
        await runs.PlanAsync(sourceUrl, thumbprint, vms);
        return runs;
    }

    public async Task<MigrateDb> DatabaseAsync() => await Get<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancellation);

    public async Task<IReadOnlyList<Run>> AllAsync()
    {
        await using var db = await DatabaseAsync();
        return await db.Runs.AsNoTracking().OrderBy(x => x.VmName).ToListAsync(Cancellation);
    }

    public async Task<IReadOnlyList<(Run Run, RunDisk Disk)>> DisksAsync()
    {
        await using var db = await DatabaseAsync();
        var disks = await db.RunDisks.AsNoTracking().ToListAsync(Cancellation);
        return [.. (await AllAsync()).SelectMany(x => disks.Where(d => d.RunId == x.Id), (run, disk) => (run, disk))];
    }

    /// <summary>Bytes of all disks that journals call safe.</summary>
    public async Task<long> JournalledAsync()
    {
        var bytes = 0L;
        foreach (var (_, disk) in await DisksAsync())
        {
            await foreach (var (number, states) in Get<JournalStore>().StatesAsync(disk.Id, Cancellation))
            {
                var extents = (int)Math.Min(Segment.Extents, Extent.CountFor(disk.CapacityBytes) - ((long)number * Segment.Extents));
                bytes += SegmentFormat.Read(states, extents)!.KnownCount * Extent.Size;
            }
        }

        return bytes;
    }

    /// <summary>Waits until every disk is copied and verified; of a warm run, as it was after <paramref name="since"/>.</summary>
    public async Task UntilCopiedAsync(DateTime since, Func<string> said)
    {
        await UntilAsync(async () =>
        {
            var copied = true;
            foreach (var (run, disk) in await DisksAsync())
            {
                copied &= run.Tracking is null ? disk.VerifiedAt is not null : await HasPassSinceAsync(run, disk, since);
            }

            return copied;
        }, "everything is copied", said);
    }

    public async Task UntilAsync(Func<Task<bool>> reached, string what, Func<string> said)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await reached())
        {
            await RetryAsync();
            var failed = (await AllAsync()).FirstOrDefault(x => x.Phase == RunPhase.Failed);
            if (failed is not null || TimeProvider.System.GetElapsedTime(began) > Patience)
            {
                throw new ShouldAssertException($"Not reached: {what}.\n{failed?.VmName} {failed?.ErrorCode} {failed?.Error}\n{await LogAsync()}\n{said()}");
            }

            await Task.Delay(50, Cancellation);
        }
    }

    /// <summary>
    /// As an operator does with a run that found one of its parts dead at every one of its tries, so that it failed: once they are back, it is
    /// told to go on. Another failure is none that deaths may cause.
    /// </summary>
    public async Task RetryAsync()
    {
        foreach (var run in (await AllAsync()).Where(x => x.Phase == RunPhase.Failed && PassingCauses.Contains(x.ErrorCode)))
        {
            await Get<RunControl>().RetryAsync(run.Id, Cancellation);
            Retries++;
        }
    }

    /// <summary>How often that was done.</summary>
    public int Retries { get; private set; }

    /// <summary>
    /// Gives all runs up, and finds the source as it was before them: no snapshot is left, and tracking and power are what they were.
    /// </summary>
    /// <param name="isHere">Whoever obeys operators is not part of this layout: it is done in this process.</param>
    /// <param name="said">For a failure's message.</param>
    public async Task RollBackAsync(bool isHere, Func<string> said)
    {
        foreach (var run in await AllAsync())
        {
            await Get<RunControl>().RollBackAsync(run.Id, deleteData: false, discardChanges: false, new ApproversWord("a test", "because of it"), Cancellation);
        }

        await UntilAsync(async () =>
        {
            var left = (await AllAsync()).Where(x => x.Phase != RunPhase.RolledBack).ToList();
            foreach (var run in isHere ? left : [])
            {
                await Get<IRunStepper>().StepAsync(run.Id, Cancellation); // Nothing, as long as a worker has it.
            }

            return left.Count == 0;
        }, "everything is rolled back", said);
        (await SourceAsync()).ShouldBe(_before.Select(StateOf), ignoreOrder: true, await LogAsync());
    }

    private async Task<IReadOnlyList<VmState>> SourceAsync()
    {
        await using var session = await Get<SourceAccess>().OpenAsync(_source, Cancellation);
        return [.. (await session.ReadInventoryAsync(Cancellation)).Vms.Select(StateOf)];
    }

    private static VmState StateOf(Vm vm) => new(vm.Name, vm.PowerState, vm.ChangeTrackingEnabled, vm.SnapshotCount);

    private sealed record VmState(string Name, string Power, bool IsTracked, int Snapshots);

    public async Task<string> LogAsync()
    {
        await using var db = await DatabaseAsync();
        var names = (await AllAsync()).ToDictionary(x => x.Id, x => x.VmName);
        return string.Join('\n', (await db.RunEvents.AsNoTracking().OrderBy(x => x.Id).ToListAsync(Cancellation)).Select(x => $"{x.At:HH:mm:ss.fff} {names[x.RunId]} {x.Phase,-8} {x.Level,-7} {x.Message}"));
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    private async Task<bool> HasPassSinceAsync(Run run, RunDisk disk, DateTime since)
    {
        await using var db = await DatabaseAsync();
        var isDone = disk.VerifiedAt is not null && await db.RunPasses.AnyAsync(x => x.RunId == run.Id && x.Outcome == PassOutcome.Completed && x.StartedAt > since, Cancellation);
        if (!isDone)
        {
            // What an operator's word for another pass does: the process that would obey it is not part of every layout.
            await db.Runs.Where(x => x.Id == run.Id && x.Phase == RunPhase.Ready && x.LeaseOwner == null)
                .ExecuteUpdateAsync(set => set.SetProperty(x => x.Phase, RunPhase.Syncing).SetProperty(x => x.DueAt, DateTime.UtcNow), Cancellation);
        }

        return isDone;
    }

    private async Task PlanAsync(string sourceUrl, string thumbprint, IReadOnlyDictionary<string, MigrationMode> vms)
    {
        var access = Get<SourceAccess>();
        var source = new Source
        {
            Id = Guid.NewGuid(),
            Name = "vc1",
            Url = sourceUrl,
            UserName = "administrator@vsphere.local",
            ProtectedPassword = access.Protect("rehearsal"),
            Thumbprint = thumbprint,
            CreatedAt = DateTime.UtcNow,
        };
        await using var db = await DatabaseAsync();
        db.Sources.Add(source);
        db.KvmHosts.Add(new KvmHost { Id = Guid.NewGuid(), Name = "kvm1", Uri = "qemu:///system", DomainType = "qemu" });
        await db.SaveChangesAsync(Cancellation);
        await using (var session = await access.OpenAsync(source, Cancellation))
        {
            var inventory = await session.ReadInventoryAsync(Cancellation);
            await Get<InventoryStore>().SaveAsync(source.Id, inventory, Cancellation);
            (_source, _before) = (source, inventory.Vms);
        }

        var policy = Migrate.EndToEnd.Tests.Runs.Estates.Policy() with { Modes = vms, Warm = new WarmPolicy { PassIntervalSeconds = 1, DatastoreFreeShare = 0 } };
        var plan = await Get<PlanMaker>().CreateAsync(
            new PlanRequest { Name = "plan", SourceName = "vc1", KvmHostName = "kvm1", VmNames = [.. vms.Keys], Policy = policy }, Cancellation);
        await Get<WaveStarter>().StartAsync(plan.Id, 1, Cancellation);
        await db.Runs.ExecuteUpdateAsync(set => set.SetProperty(x => x.Phase, RunPhase.Seeding), Cancellation);
    }

    /// <summary>Reconcilers of the processes find what is due.</summary>
    private sealed class NoJobs : IJobEngine
    {
        public Task ScheduleAsync(Guid runId, JobQueue queue, DateTimeOffset at, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task CancelAsync(Guid runId, CancellationToken cancellationToken) => Task.CompletedTask;

        public IAsyncEnumerable<Guid> WaitingAsync(CancellationToken cancellationToken) => AsyncEnumerable.Empty<Guid>();
    }
}
