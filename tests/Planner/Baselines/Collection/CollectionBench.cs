using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Planner.Baselines.Collection;
using Migrate.Planner.Baselines.Series;
using Migrate.Planner.Tests.Persistence;
using Migrate.Planner.VSphere;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Planner.Tests.Baselines.Collection;

/// <summary>A simulated vCenter, a database and a collector on one clock that the test sets.</summary>
internal sealed class CollectionBench : IAsyncDisposable
{
    public static readonly DateTime Start = new(2026, 3, 2, 8, 0, 7, DateTimeKind.Utc);

    private CollectionBench(SimulatorServer server, TestDatabase database, Guid source, SettableTime time) =>
        (Server, Database, Source, Time, Watches, Samples) = (
            server, database, source, time, new BaselineWatches(database.Factory, time), new SampleStore(database.Factory));

    public SimulatorServer Server { get; }

    public TestDatabase Database { get; }

    public Guid Source { get; }

    public SettableTime Time { get; }

    public BaselineWatches Watches { get; }

    public SampleStore Samples { get; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>All of the estate's VMs are watched.</summary>
    public static async Task<CollectionBench> StartAsync(Estate estate, TestDatabase? database = null, SettableTime? sourceTime = null)
    {
        database ??= await TestDatabase.CreateAsync();
        var time = new SettableTime(Start);
        var server = await SimulatorServer.StartAsync(estate, new SimulatorOptions { Time = sourceTime ?? time, SessionTimeout = TimeSpan.FromDays(1000) }, Cancel);
        var bench = new CollectionBench(server, database, await database.AddSourceAsync("bench"), time);
        await using var session = await bench.OpenAsync();
        await bench.Watches.StartAsync(bench.Source, (await session.ReadInventoryAsync(Cancel)).Vms, Cancel);
        return bench;
    }

    public Task<VSphereSession> OpenAsync() => VSphereSession.OpenAsync(
        new VSphereEndpoint(Server.Url, Server.UserName, Server.Password, Server.Thumbprint), Time, NullLoggerFactory.Instance, Cancel);

    /// <summary>As a server that was just started would do it: nothing is remembered but what is in the database.</summary>
    public async Task<CollectionRound> PollAsync()
    {
        await using var session = await OpenAsync();
        return await new BaselineCollector(Database.Factory, Time, NullLogger<BaselineCollector>.Instance).CollectAsync(Source, session, Cancel);
    }

    public async Task<SampleSeries> SeriesAsync(string vmKey, string instance = "scsi0:0") =>
        (await Samples.ReadAsync(Source, vmKey, Start.AddDays(-10), Start.AddDays(400), Cancel)).GetValueOrDefault(instance, SampleSeries.Empty);

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Database.DisposeAsync();
    }
}
