using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.EndToEnd.Tests.Serve;
using Migrate.Planner;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.VSphere;
using Migrate.Planner.VSphere.Updates;

namespace Migrate.EndToEnd.Tests.VSphere;

/// <summary>Synchronising by updates against govmomi's simulator, whose property collector this project did not write.</summary>
[UsesDatabase]
public sealed class GovmomiSyncTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_its_updates_tell_equals_a_full_reading()
    {
        using var server = await GovmomiServer.StartAsync(Cancel, "-vm", "20", "-cluster", "2");
        var directory = Directory.CreateTempSubdirectory("govmomi-sync");
        await using var services = new ServiceCollection().AddLogging()
            .AddPlanner(await DatabaseOf.InstallationAsync(directory.FullName)).BuildServiceProvider();
        await services.GetRequiredService<MigrateDatabase>().MigrateAsync(Cancel);
        var source = new Source { Id = Guid.NewGuid(), Name = "govmomi", Url = server.Url.ToString(), UserName = "", ProtectedPassword = "", CreatedAt = DateTime.UtcNow };
        await using (var db = await services.GetRequiredService<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancel))
        {
            db.Sources.Add(source);
            await db.SaveChangesAsync(Cancel);
        }

        var store = services.GetRequiredService<InventoryStore>();
        await using var sync = new InventorySync(source.Id, OpenAsync, store, TimeProvider.System, NullLogger<InventorySync>.Instance);
        var first = await sync.SyncAsync(Cancel);
        first.VmCount.ShouldBeGreaterThan(90);
        await ShouldEqualFullReadingAsync();

        (await sync.SyncAsync(Cancel)).ShouldSatisfyAllConditions(v => v.Added.ShouldBe(0), v => v.Changed.ShouldBe(0), v => v.Removed.ShouldBe(0));

        var vms = (await store.LoadAsync(source.Id, null, Cancel))!.Vms;
        await using (var session = await OpenAsync(Cancel))
        {
            foreach (var vm in vms.Take(5))
            {
                await session.PowerOffAsync(vm.Key, Cancel);
            }
        }

        (await sync.SyncAsync(Cancel)).Changed.ShouldBeGreaterThanOrEqualTo(5);
        await ShouldEqualFullReadingAsync();

        async Task ShouldEqualFullReadingAsync()
        {
            await using var session = await OpenAsync(Cancel);
            var full = await session.ReadInventoryAsync(Cancel);
            var stored = (await store.LoadAsync(source.Id, null, Cancel))!;
            stored.Vms.Select(v => v.Key).ShouldBe(full.Vms.Select(v => v.Key), ignoreOrder: true);
            foreach (var vm in full.Vms)
            {
                JsonSerializer.Serialize(stored.Vms.Single(v => v.Key == vm.Key)).ShouldBe(JsonSerializer.Serialize(vm));
            }

            stored.Hosts.Select(h => JsonSerializer.Serialize(h)).ShouldBe(full.Hosts.Select(h => JsonSerializer.Serialize(h)), ignoreOrder: true);
            stored.Networks.ShouldBe(full.Networks, ignoreOrder: true);
        }

        Task<VSphereSession> OpenAsync(CancellationToken cancellationToken) => VSphereSession.OpenAsync(
            new(server.Url, GovmomiServer.User, GovmomiServer.Password, server.Sha256), TimeProvider.System, NullLoggerFactory.Instance, cancellationToken);
    }
}
