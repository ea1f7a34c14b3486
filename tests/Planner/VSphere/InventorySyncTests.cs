using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Planner.Inventory;
using Migrate.Planner.Tests.Persistence;
using Migrate.Planner.VSphere;
using Migrate.Planner.VSphere.Sessions;
using Migrate.Planner.VSphere.Updates;
using Migrate.Simulator;
using Migrate.Simulator.Changes;
using Migrate.Simulator.Estates;

namespace Migrate.Planner.Tests.VSphere;

/// <summary>Synchronising by what changed gives what reading everything gives.</summary>
[UsesDatabase]
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
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        rig.Server.Faults.CallDelay = TimeSpan.FromSeconds(3); // It is not over before it is cancelled, however late that is.
        var from = rig.AllCalls;
        var running = rig.Sync.SyncAsync(stop.Token);
        while (rig.AllCalls < from + 2 && !running.IsCompleted)
        {
            await Task.Delay(10, Cancel);
        }

        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => running);
        rig.Server.Faults.CallDelay = TimeSpan.Zero;
        (await rig.Sync.SyncAsync(Cancel)).Number.ShouldBe(1);
        await rig.ShouldEqualFullReadingAsync();
    }

    [Fact]
    public async Task A_policy_that_is_given_to_a_disk_is_seen_although_nothing_of_the_VM_moves_and_only_that_VM_is_read()
    {
        await using var rig = await Rig.StartAsync(Vsan);
        await rig.Sync.SyncAsync(Cancel);
        (await rig.LoadAsync()).Vms.ShouldAllBe(v => v.Disks[0].Policy!.Name == "plain");
        rig.Server.Changes.SetPolicy("web3", 0, "gold");
        (await rig.Sync.SyncAsync(Cancel)).Changed.ShouldBe(1);
        (await rig.LoadAsync()).Vms.Single(v => v.Name == "web3").Disks[0].Policy.ShouldNotBeNull().ShouldSatisfyAllConditions(p => p.Name.ShouldBe("gold"), p => p.StripeWidth.ShouldBe(4));
        await rig.ShouldEqualFullReadingAsync();
    }

    [Fact]
    public async Task Policies_cost_a_call_for_each_policy_and_not_for_each_disk()
    {
        await using var rig = await Rig.StartAsync(Vsan);
        await rig.Sync.SyncAsync(Cancel);
        var before = rig.Calls("/pbm/sdk");
        await rig.Sync.SyncAsync(Cancel);
        // What the service is, which policies there are, what they say, and the disks of each of the two.
        (rig.Calls("/pbm/sdk") - before).ShouldBe(5);
    }

    [Fact]
    public async Task Port_bindings_are_asked_for_again_when_their_host_changes_or_they_are_old_and_not_otherwise()
    {
        await using var rig = await Rig.StartAsync(EstateGenerator.Generate(vms: 4, hosts: 4));
        await rig.Sync.SyncAsync(Cancel);
        var whole = rig.Calls("QueryBoundVnics");
        whole.ShouldBeGreaterThanOrEqualTo(4);
        var host = (await rig.LoadAsync()).Hosts.First(h => h.Adapters.Any(a => a.PortBindings is { Count: > 0 }));

        await rig.Sync.SyncAsync(Cancel);
        rig.Expire("");
        await rig.Sync.SyncAsync(Cancel);
        await rig.ForgetAsync("");
        await rig.Sync.SyncAsync(Cancel);
        rig.Calls("QueryBoundVnics").ShouldBe(whole, "neither unchanged, nor in a new session, nor in a new process");
        await rig.ShouldEqualFullReadingAsync();

        var before = rig.Calls("QueryBoundVnics");
        rig.Server.Changes.SetMaintenance(host.Key, true);
        await rig.Sync.SyncAsync(Cancel);
        (rig.Calls("QueryBoundVnics") - before).ShouldBe(host.Adapters.Count(a => a.PortBindings is not null));

        rig.Server.Changes.Unbind(host.Key);
        await rig.Sync.SyncAsync(Cancel);
        rig.Time.Offset += TimeSpan.FromMinutes(11);
        (await rig.Sync.SyncAsync(Cancel)).Changed.ShouldBe(1);
        await rig.ShouldEqualFullReadingAsync();
    }

    [Fact]
    public async Task Nothing_is_left_at_the_server_although_others_go_on_using_the_login()
    {
        await using var rig = await Rig.StartAsync(EstateGenerator.Generate(vms: 4, hosts: 2));
        await rig.Sync.SyncAsync(Cancel);
        rig.Server.Watches.ShouldBeGreaterThan(10);
        await rig.Sync.DisposeAsync();
        rig.Server.Watches.ShouldBe(0);
        rig.Server.OpenSessions.ShouldBe(1, "the login is shared");
    }

    [Fact]
    public async Task Ending_it_ends_a_synchronisation_under_way_which_says_so_and_stores_nothing()
    {
        await using var rig = await Rig.StartAsync(EstateGenerator.Generate(vms: 50, hosts: 2));
        rig.Server.Faults.CallDelay = TimeSpan.FromSeconds(5);
        var running = rig.Sync.SyncAsync(Cancel);
        await Task.Delay(300, Cancel);
        var ended = rig.Sync.DisposeAsync();
        (await Should.ThrowAsync<MigrateException>(() => running)).Code.ShouldBe("source.sync-ended");
        await ended;
        rig.Server.Faults.CallDelay = TimeSpan.Zero;
        (await Should.ThrowAsync<MigrateException>(() => rig.Sync.SyncAsync(Cancel))).Code.ShouldBe("source.sync-ended");
        (await rig.VersionsAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task A_changed_login_is_used_from_the_next_synchronisation_on()
    {
        await using var rig = await Rig.StartAsync(EstateGenerator.Generate(vms: 4, hosts: 2));
        await rig.Sync.SyncAsync(Cancel);
        await rig.Sync.SyncAsync(Cancel);
        rig.Opened.ShouldBe(1);
        rig.Sync.LogInAnew();
        (await rig.Sync.SyncAsync(Cancel)).Changed.ShouldBe(0);
        rig.Opened.ShouldBe(2);
    }

    [Theory, InlineData(0, 3), InlineData(700, 5), InlineData(5000, 9)]
    public async Task Answers_that_break_off_anywhere_do_not_harm_a_synchronisation(long afterBytes, int skip)
    {
        await using var rig = await Rig.StartAsync(EstateGenerator.Generate(vms: 300, hosts: 4));
        await rig.Sync.SyncAsync(Cancel);
        for (var n = 0; n < 6; n++)
        {
            rig.Server.Changes.Random(n % 4, new Random(n));
        }

        await rig.ForgetAsync("");
        var breaking = Task.Run(async () =>
        {
            var from = rig.AllCalls;
            while (rig.AllCalls < from + skip)
            {
                await Task.Delay(1, CancellationToken.None);
            }

            rig.Server.Faults.CutAnswers(afterBytes, 2);
        }, CancellationToken.None);
        (await rig.Sync.SyncAsync(Cancel)).VmCount.ShouldBe(300);
        await breaking;
        rig.Server.Faults.CutAnswers(0, 0);
        await rig.ShouldEqualFullReadingAsync();
    }

    [Fact]
    public async Task The_clock_of_the_server_plays_no_part()
    {
        var ahead = new ShiftedTime { Offset = TimeSpan.FromDays(-400) };
        await using var rig = await Rig.StartAsync(EstateGenerator.Generate(vms: 10, hosts: 2), new SimulatorOptions { Time = ahead });
        var first = await rig.Sync.SyncAsync(Cancel);
        (TimeProvider.System.GetUtcNow().UtcDateTime - first.TakenAt).Duration().ShouldBeLessThan(TimeSpan.FromMinutes(10));
        ahead.Offset = TimeSpan.FromDays(400);
        rig.Server.Changes.Random(2, new Random(1));
        // To the server the session was idle for years.
        (await rig.Sync.SyncAsync(Cancel)).Changed.ShouldBe(1);
        await rig.ShouldEqualFullReadingAsync();
    }

    private static readonly Estate Vsan = new()
    {
        Datastores = [new EstateDatastore { Name = "vsan", Type = "vsan" }],
        Policies = [new EstatePolicy { Name = "plain" }, new EstatePolicy { Name = "gold", StripeWidth = 4 }],
        Vms = [.. Enumerable.Range(1, 40).Select(n => new EstateVm { Name = $"web{n}", Datastore = "vsan", Disks = [new EstateDisk()] })],
    };

    private sealed class ShiftedTime : TimeProvider
    {
        public TimeSpan Offset { get; set; }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Offset;
    }

    private sealed class Rig(SimulatorServer server, TestDatabase database, Guid source) : IAsyncDisposable
    {
        private readonly InventoryStore _store = new(database.Factory, TimeProvider.System);
        private readonly SharedSessions _sessions = new(TimeProvider.System, NullLoggerFactory.Instance, new() { PerSecond = 10_000 });

        public ShiftedTime Time { get; } = new();

        /// <summary>How often a session was asked for.</summary>
        public int Opened { get; private set; }

        public int AllCalls => server.Faults.ApiCalls.Values.Sum();

        public SimulatorServer Server => server;

        public InventorySync Sync { get; private set; } = null!;

        public int Calls(string name) => server.Faults.ApiCalls.GetValueOrDefault(name);

        public async Task<int> VersionsAsync() => (await _store.ListVersionsAsync(source, Cancel)).Count;

        public static async Task<Rig> StartAsync(Estate estate, SimulatorOptions? options = null)
        {
            var server = await SimulatorServer.StartAsync(estate, options, Cancel);
            var database = await TestDatabase.CreateAsync();
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

            Sync = new InventorySync(source, OpenSharedAsync, _store, Time, NullLogger<InventorySync>.Instance);
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
            await _sessions.DisposeAsync();
            await server.DisposeAsync();
            await database.DisposeAsync();
        }

        private Task<VSphereSession> OpenSharedAsync(CancellationToken cancellationToken)
        {
            Opened++;
            return _sessions.OpenAsync(new(server.Url, server.UserName, server.Password, server.Thumbprint), cancellationToken);
        }

        private Task<VSphereSession> OpenAsync(CancellationToken cancellationToken) => VSphereSession.OpenAsync(
            new(server.Url, server.UserName, server.Password, server.Thumbprint), TimeProvider.System, NullLoggerFactory.Instance, cancellationToken, new() { PerSecond = 10_000 });

        private static IEnumerable<string> Text<T>(IEnumerable<T> objects, Func<T, string> key) =>
            objects.OrderBy(key, StringComparer.Ordinal).Select(o => JsonSerializer.Serialize(o));
    }
}
