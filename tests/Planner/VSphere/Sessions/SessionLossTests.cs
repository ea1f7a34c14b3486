using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Planner.Inventory;
using Migrate.Planner.Tests.Persistence;
using Migrate.Planner.VSphere;
using Migrate.Planner.VSphere.Sessions;
using Migrate.Planner.VSphere.Updates;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Planner.Tests.VSphere.Sessions;

/// <summary>Sessions that end at the worst of moments.</summary>
[UsesDatabase]
public sealed class SessionLossTests
{
    private static readonly Estate Estate = EstateGenerator.Generate(vms: 520, hosts: 4);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("ContinueRetrievePropertiesEx", 0)]
    [InlineData("ContinueRetrievePropertiesEx", 1)]
    [InlineData("RetrievePropertiesEx", 6)]
    [InlineData("DestroyView", 2)]
    [InlineData("QueryBoundVnics", 1)]
    public async Task A_reading_in_the_midst_of_which_the_session_ends_is_whole(string method, int skip)
    {
        await using var server = await SimulatorServer.StartAsync(Estate, cancellationToken: Cancel);
        await using var session = await OpenAsync(server);
        var whole = await session.ReadInventoryAsync(Cancel);
        server.Faults.ExpireSessionsAt(method, skip);
        var again = await session.ReadInventoryAsync(Cancel);
        server.Faults.ApiCalls["Login"].ShouldBe(2);
        Keys(again).ShouldBe(Keys(whole));
        again.Gaps.ShouldBe(whole.Gaps);
    }

    [Fact]
    public async Task Properties_that_are_all_missing_because_the_session_ended_are_not_taken_for_an_empty_source()
    {
        await using var server = await SimulatorServer.StartAsync(Estate, cancellationToken: Cancel);
        await using var session = await OpenAsync(server);
        var whole = await session.ReadInventoryAsync(Cancel);
        server.Faults.ExpireSessionsSilently();
        var again = await session.ReadInventoryAsync(Cancel);
        Keys(again).ShouldBe(Keys(whole));
        again.Gaps.ShouldBe(whole.Gaps);
    }

    [Theory]
    [InlineData("WaitForUpdatesEx", 1)]
    [InlineData("WaitForUpdatesEx", 4)]
    [InlineData("CreateFilter", 3)]
    [InlineData("RetrievePropertiesEx", 2)]
    [InlineData("HasPrivilegeOnEntities", 0)]
    [InlineData("silently", 0)]
    public async Task A_synchronisation_in_the_midst_of_which_the_session_ends_stores_the_whole(string method, int skip)
    {
        await using var server = await SimulatorServer.StartAsync(Estate, cancellationToken: Cancel);
        await using var database = await TestDatabase.CreateAsync();
        await using var sessions = new SharedSessions(TimeProvider.System, NullLoggerFactory.Instance, new());
        var source = await database.AddSourceAsync();
        var store = new InventoryStore(database.Factory, TimeProvider.System);
        await using var sync = new InventorySync(
            source, cancellationToken => sessions.OpenAsync(EndpointOf(server), cancellationToken), store, TimeProvider.System, NullLogger<InventorySync>.Instance);
        if (method == "silently")
        {
            server.Faults.ExpireSessionsSilently();
        }
        else
        {
            server.Faults.ExpireSessionsAt(method, skip);
        }

        (await sync.SyncAsync(Cancel)).ShouldSatisfyAllConditions(v => v.Number.ShouldBe(1), v => v.VmCount.ShouldBe(520));
        await using var session = await OpenAsync(server);
        var full = await session.ReadInventoryAsync(Cancel);
        var stored = (await store.LoadAsync(source, null, Cancel))!;
        stored.Vms.OrderBy(v => v.Key, StringComparer.Ordinal).Select(v => JsonSerializer.Serialize(v)).ShouldBe(full.Vms.Select(v => JsonSerializer.Serialize(v)));
        stored.Gaps.Order().ShouldBe(full.Gaps.Order());
    }

    private static List<string> Keys(SourceInventory inventory) =>
        [.. inventory.Vms.Select(v => $"{v.Key} {v.Name} {v.Disks.Count}"), .. inventory.Hosts.Select(h => h.Key), .. inventory.Datastores.Select(d => d.Key)];

    private static Task<VSphereSession> OpenAsync(SimulatorServer server) =>
        VSphereSession.OpenAsync(EndpointOf(server), TimeProvider.System, NullLoggerFactory.Instance, Cancel);

    private static VSphereEndpoint EndpointOf(SimulatorServer server) => new(server.Url, server.UserName, server.Password, server.Thumbprint);
}
