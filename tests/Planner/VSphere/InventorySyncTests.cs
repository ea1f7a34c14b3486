using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Planner.Inventory;
using Migrate.Planner.Tests.Persistence;
using Migrate.Planner.VSphere;
using Migrate.Planner.VSphere.Updates;
using Migrate.Simulator;
using Migrate.Simulator.Changes;
using Migrate.Simulator.Estates;

namespace Migrate.Planner.Tests.VSphere;

/// <summary>Synchronising by what changed gives what reading everything gives.</summary>
public sealed class InventorySyncTests(ITestOutputHelper output)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public async Task After_any_changes_it_equals_a_full_reading(int seed)
    {
        await using var rig = await Rig.StartAsync(EstateGenerator.Generate(vms: 60, hosts: 6, seed));
        var random = new Random(seed);
        await rig.Sync.SyncAsync(Cancel);
        for (var round = 0; round < 25; round++)
        {
            var changes = Enumerable.Range(0, random.Next(4)).Select(_ => rig.Server.Changes.Random(random.Next(EstateChanges.Kinds), random)).ToList();
            var how = random.Next(4) switch
            {
                0 => await rig.ForgetAsync("in a new process"),
                1 => rig.Expire("after the session's end"),
                _ => "in the same session",
            };
            output.WriteLine($"round {round}, {how}: {string.Join(", ", changes)}");
            await rig.Sync.SyncAsync(Cancel);
            await rig.ShouldEqualFullReadingAsync();
        }
    }

    [Fact]
    public async Task What_did_not_change_is_not_read_and_costs_no_row()
    {
        await using var rig = await Rig.StartAsync(EstateGenerator.Generate(vms: 40, hosts: 4));
        var first = await rig.Sync.SyncAsync(Cancel);
        first.Added.ShouldBeGreaterThan(40);
        (await rig.Sync.SyncAsync(Cancel)).ShouldSatisfyAllConditions(v => v.Added.ShouldBe(0), v => v.Changed.ShouldBe(0), v => v.Removed.ShouldBe(0), v => v.VmCount.ShouldBe(40));

        await rig.ForgetAsync("");
        rig.Server.Faults.SetPower((await rig.LoadAsync()).Vms[7].Name, "suspended");
        var third = await rig.Sync.SyncAsync(Cancel);
        (third.Added, third.Changed, third.Removed, third.VmCount, third.HostCount).ShouldBe((0, 1, 0, 40, 4));
    }

    [Fact]
    public async Task A_server_that_ends_sessions_and_is_busy_while_it_is_read_is_read_nevertheless()
    {
        await using var rig = await Rig.StartAsync(EstateGenerator.Generate(vms: 600, hosts: 4));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var trouble = Task.Run(async () =>
        {
            for (var i = 0; i < 3 && !stop.IsCancellationRequested; i++)
            {
                await Task.Delay(250, CancellationToken.None);
                rig.Server.Faults.ExpireSessions();
                rig.Server.Faults.FailHttp(1);
            }
        }, CancellationToken.None);
        (await rig.Sync.SyncAsync(Cancel)).VmCount.ShouldBe(600);
        await stop.CancelAsync();
        await trouble;
        await rig.ShouldEqualFullReadingAsync();
    }

    [Fact]
    public async Task A_cancelled_synchronisation_leaves_no_version_and_the_next_is_whole()
    {
        await using var rig = await Rig.StartAsync(EstateGenerator.Generate(vms: 300, hosts: 4));
        using var soon = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        soon.CancelAfter(TimeSpan.FromMilliseconds(100));
        await Should.ThrowAsync<OperationCanceledException>(() => rig.Sync.SyncAsync(soon.Token));
        (await rig.Sync.SyncAsync(Cancel)).Number.ShouldBe(1);
        await rig.ShouldEqualFullReadingAsync();
    }

    private sealed class Rig(SimulatorServer server, TestDatabase database, Guid source) : IAsyncDisposable
    {
        private readonly InventoryStore _store = new(database.Factory, TimeProvider.System);

        public SimulatorServer Server => server;

        public InventorySync Sync { get; private set; } = null!;

        public static async Task<Rig> StartAsync(Estate estate)
        {
            var server = await SimulatorServer.StartAsync(estate, cancellationToken: Cancel);
            var database = await TestDatabase.CreateSqliteAsync();
            var rig = new Rig(server, database, await database.AddSourceAsync());
            await rig.ForgetAsync("");
            return rig;
        }

        /// <summary>As after a restart of our process.</summary>
        public async Task<string> ForgetAsync(string how)
        {
            if (Sync is not null)
            {
                await Sync.DisposeAsync();
            }

            Sync = new InventorySync(source, OpenAsync, _store, TimeProvider.System, NullLogger<InventorySync>.Instance);
            return how;
        }

        public string Expire(string how)
        {
            server.Faults.ExpireSessions();
            return how;
        }

        public async Task<SourceInventory> LoadAsync() => (await _store.LoadAsync(source, null, Cancel))!;

        public async Task ShouldEqualFullReadingAsync()
        {
            await using var session = await OpenAsync(Cancel);
            var full = await session.ReadInventoryAsync(Cancel);
            var stored = await LoadAsync();
            Text(stored.Vms, v => v.Key).ShouldBe(Text(full.Vms, v => v.Key));
            Text(stored.Hosts, h => h.Key).ShouldBe(Text(full.Hosts, h => h.Key));
            Text(stored.Datastores, d => d.Key).ShouldBe(Text(full.Datastores, d => d.Key));
            Text(stored.Networks, n => n.Key).ShouldBe(Text(full.Networks, n => n.Key));
            Text(stored.Clusters, c => c.Key).ShouldBe(Text(full.Clusters, c => c.Key));
            stored.Gaps.Order().ShouldBe(full.Gaps.Order());
        }

        public async ValueTask DisposeAsync()
        {
            await Sync.DisposeAsync();
            await server.DisposeAsync();
            await database.DisposeAsync();
        }

        private Task<VSphereSession> OpenAsync(CancellationToken cancellationToken) => VSphereSession.OpenAsync(
            new(server.Url, server.UserName, server.Password, server.Thumbprint), TimeProvider.System, NullLoggerFactory.Instance, cancellationToken, new() { PerSecond = 10_000 });

        private static IEnumerable<string> Text<T>(IEnumerable<T> objects, Func<T, string> key) =>
            objects.OrderBy(key, StringComparer.Ordinal).Select(o => JsonSerializer.Serialize(o));
    }
}
