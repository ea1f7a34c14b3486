using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Planner.Tests.Persistence;
using Migrate.Planner.VSphere;
using Migrate.Planner.VSphere.Privileges;
using Migrate.Planner.VSphere.Updates;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Planner.Tests.VSphere;

[UsesDatabase]
public sealed class PrivilegeTests
{
    private static readonly Estate Limited = new()
    {
        Users =
        [
            new EstateUser { Name = "reader" },
            new EstateUser { Name = "granted", Privileges = [.. NeededPrivilege.All.Select(p => p.Id)] },
            new EstateUser { Name = "copier", Privileges = ["VApp.Export", "VirtualMachine.Interact.PowerOff"], Unreadable = ["VirtualMachine.config.annotation", "HostSystem.config"] },
        ],
        Datastores = [new EstateDatastore { Name = "ds1" }],
        Vms = [new EstateVm { Name = "web01", Datastore = "ds1", Folder = "prod", Annotation = "secret" }],
    };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_may_do_everything_lacks_nothing()
    {
        await using var server = await SimulatorServer.StartAsync(Limited, cancellationToken: Cancel);
        await using var session = await OpenAsync(server, server.UserName);
        var report = await session.CheckPrivilegesAsync(Cancel);
        report.Missing.ShouldBeEmpty();
        report.Unchecked.ShouldBeNull();
    }

    [Fact]
    public async Task What_a_reader_lacks_is_listed_by_privilege_entity_and_activity_and_is_what_the_server_refuses()
    {
        await using var server = await SimulatorServer.StartAsync(Limited, cancellationToken: Cancel);
        await using var session = await OpenAsync(server, "reader");
        var report = await session.CheckPrivilegesAsync(Cancel);

        report.Missing.Select(m => m.Id).Distinct().ShouldBe(NeededPrivilege.All.Select(p => p.Id).Where(id => id != "System.Read"), ignoreOrder: true);
        report.Missing.ShouldContain(m => m.Id == "Datastore.Browse" && m.EntityType == "Datastore" && m.EntityName == "ds1" && m.Activity == Activity.ColdCopyByFolder);
        report.Missing.ShouldContain(m => m.Id == "VApp.Export" && m.EntityType == "Folder" && m.EntityName == "prod" && m.Activity == Activity.ColdCopyByLease);
        report.Missing.ShouldContain(m => m.Id == "Host.Config.Storage" && m.EntityType == "HostSystem" && m.Activity == Activity.Inventory);
        report.Lines().ShouldContain(l => l.Contains("VirtualMachine.State.CreateSnapshot") && l.Contains("WarmCopy") && l.Contains("prod"));

        var inventory = await session.ReadInventoryAsync(Cancel);
        inventory.Gaps.ShouldContain(g => g.Contains("port bindings of vmhba66: NoPermission"));
        inventory.Hosts.SelectMany(h => h.Adapters).ShouldAllBe(a => a.PortBindings == null);
        var vm = inventory.Vms.Single();
        (await Should.ThrowAsync<MigrateException>(() => session.PowerOffAsync(vm.Key, Cancel))).Code.ShouldBe("source.permission");
    }

    [Fact]
    public async Task Who_has_exactly_what_is_listed_reads_all_that_an_administrator_reads()
    {
        await using var server = await SimulatorServer.StartAsync(Limited, cancellationToken: Cancel);
        await using var session = await OpenAsync(server, "granted");
        (await session.CheckPrivilegesAsync(Cancel)).Missing.ShouldBeEmpty();
        await using var administrator = await OpenAsync(server, server.UserName);

        var inventory = await session.ReadInventoryAsync(Cancel);
        inventory.Gaps.ShouldBe((await administrator.ReadInventoryAsync(Cancel)).Gaps);
        inventory.Hosts.ShouldAllBe(h => h.Adapters.Any(a => a.PortBindings != null && a.PortBindings.Count > 0));
    }

    [Fact]
    public async Task Hosts_without_iSCSI_need_no_privilege_for_it()
    {
        var local = Limited with { Datastores = [new EstateDatastore { Name = "ds1", Lun = new EstateLun { Adapter = EstateAdapterKind.Local } }] };
        await using var server = await SimulatorServer.StartAsync(local, cancellationToken: Cancel);
        await using var session = await OpenAsync(server, "reader");
        (await session.CheckPrivilegesAsync(Cancel)).Missing.ShouldNotContain(m => m.Id == "Host.Config.Storage");
    }

    [Fact]
    public async Task A_synchronisation_tells_what_is_missing_and_what_could_not_be_read_and_the_rest_is_there()
    {
        await using var server = await SimulatorServer.StartAsync(Limited, cancellationToken: Cancel);
        await using var database = await TestDatabase.CreateAsync();
        var source = await database.AddSourceAsync();
        var store = new Migrate.Planner.Inventory.InventoryStore(database.Factory, TimeProvider.System);
        await using var sync = new InventorySync(source, _ => OpenAsync(server, "copier"), store, TimeProvider.System, NullLogger<InventorySync>.Instance);
        await sync.SyncAsync(Cancel);
        (await sync.SyncAsync(Cancel)).Changed.ShouldBe(0);

        var inventory = (await store.LoadAsync(source, null, Cancel)).ShouldNotBeNull();
        var vm = inventory.Vms.ShouldHaveSingleItem();
        (vm.Name, vm.Annotation).ShouldBe(("web01", ""));
        inventory.Gaps.ShouldContain(g => g.StartsWith("VirtualMachine config.annotation: NoPermission on " + vm.Key));
        inventory.Gaps.ShouldContain(g => g.StartsWith("HostSystem config.storageDevice") && g.Contains("NoPermission"));
        inventory.Gaps.ShouldContain(g => g.StartsWith("privilege Datastore.Browse: copier lacks it on ds1"));
        inventory.Gaps.ShouldNotContain(g => g.Contains("VApp.Export"));
    }

    [Fact]
    public void A_script_grants_exactly_what_is_needed()
    {
        string[] ids = [.. NeededPrivilege.All.Select(p => p.Id).Where(id => !id.StartsWith("System.")).Distinct()];
        var powershell = RoleScript.PowerCli(@"EXAMPLE\o'neil");
        var govc = RoleScript.Govc("migrate@vsphere.local");
        ids.ShouldAllBe(id => powershell.Contains($"'{id}'") && govc.Contains(id));
        RoleScript.Govc("root", isVcenter: false).ShouldNotContain("StorageProfile.View", Case.Sensitive, "ESXi does not know it");
        powershell.ShouldNotContain("System.");
        powershell.ShouldContain(@"-Principal 'EXAMPLE\o''neil'");
        govc.ShouldContain("permissions.set -principal 'migrate@vsphere.local' -role Migrate -propagate=true /");
    }

    private static Task<VSphereSession> OpenAsync(SimulatorServer server, string user) => VSphereSession.OpenAsync(
        new(server.Url, user, server.Password, server.Thumbprint), TimeProvider.System, NullLoggerFactory.Instance, Cancel);
}
