using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Executor.Domains;
using Migrate.Executor.Jobs;
using Migrate.Executor.Tests.Jobs;
using Migrate.Executor.Validation.Observation;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Tests.Validation.Observation;

/// <summary>Processes that observe domains of one host by one database.</summary>
internal sealed class ObserverYard(IDbContextFactory<MigrateDb> databases, ManualTime time)
{
    public const string Domain = "web01";
    public const string Alias = "ua-disk-2000";

    public FakeHost Host { get; } = new();

    public ObservationStore Store { get; } = new(databases, Options("reader"), time);

    /// <summary>Connections to the host so far, beside those of steps.</summary>
    public int Connections { get; private set; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Another process.</summary>
    public StorageObserver Process(string name = "p") => new(new ObservationStore(databases, Options(name), time), Options(name), time, NullLogger<StorageObserver>.Instance)
    {
        Open = (_, _) => Host.IsAway
            ? throw new Migrate.Planner.MigrateException("libvirt.unreachable", "It is away.", "Wait.") { IsTransient = true }
            : Task.FromResult<Migrate.Executor.Destinations.IDomainMonitor>(Opened()),
    };

    public Task<StorageObservation> BeginAsync(StorageObserver process, Guid runId, params (int Key, string Alias)[] disks) => BeginAsync(process, runId, Domain, disks);

    public Task<StorageObservation> BeginAsync(StorageObserver process, Guid runId, string domain, params (int Key, string Alias)[] disks) => process.BeginAsync(
        runId, Host, domain, [.. (disks.Length == 0 ? [(2000, Alias)] : disks).Select((x, i) => new DomainDisk(x.Item1, $"Hard disk {i + 1}", "sda", x.Item2))],
        TimeSpan.FromMinutes(1), TimeSpan.FromHours(1), null, Cancel);

    /// <summary>20 s go by, then it looks.</summary>
    public async Task RoundAsync(params StorageObserver[] processes)
    {
        time.Advance(StorageObserver.Interval);
        foreach (var process in processes)
        {
            await process.RoundAsync(Cancel);
        }
    }

    public async Task<IReadOnlyList<ObservedInterval>> StoredAsync(Guid runId) => await Store.IntervalsAsync(runId, Cancel);

    public async Task<ObservationState> StateAsync(Guid runId) => ObservationState.Read((await Store.FindAsync(runId, Cancel))!.State);

    private FakeHost Opened()
    {
        Connections++;
        return Host;
    }

    private static ExecutorOptions Options(string name) => new() { DataDirectory = "/nowhere", Worker = WorkerIdentity.OfThisProcess(name) };
}
