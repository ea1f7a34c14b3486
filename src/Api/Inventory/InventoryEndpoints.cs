using System.ComponentModel;
using System.Text.Json.Serialization.Metadata;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Inventory;

internal static class InventoryEndpoints
{
    internal static readonly string[] PowerStates = ["poweredOn", "poweredOff", "suspended"];

    public static void MapInventory(this RouteGroupBuilder api)
    {
        api.MapGet("vms/{vm}/places", ([Description("Name or key.")] string vm, [AsParameters] Paging paging, InventoryReader reader, CancellationToken cancellationToken) =>
            reader.PlacesAsync(vm, paging, cancellationToken))
            .OrderedBy(InventoryReader.PlaceOrders).WithTags("Inventory").WithName("FindVmPlaces").WithSummary("The sources that have a VM of this name or key.");
        var inventory = api.MapGroup("sources/{source}").WithTags("Inventory");
        inventory.MapGet("vms", (
            string source, [AsParameters] VmFilter filter, [Description("Inventory version; the newest when absent.")] int? version,
            [AsParameters] Paging paging, VmLists lists, CancellationToken cancellationToken) =>
            lists.ListAsync(source, filter, version, paging, cancellationToken))
            .OrderedBy(VmQuery.Orders).WithName("ListVms").WithSummary("VMs of an inventory version.").ProducesProblem(404);
        inventory.MapGet("vms.csv", (
            string source, [AsParameters] VmFilter filter, [Description("Inventory version; the newest when absent.")] int? version,
            [Description("As of the list.")] string? sort, VmLists lists, CancellationToken cancellationToken) =>
            VmCsv.AnswerAsync(lists, source, filter, version, sort, cancellationToken))
            .Produces<string>(200, VmCsv.MediaType).WithName("ExportVms").WithSummary("All VMs of an inventory version that match, as a table.").ProducesProblem(404).ProducesProblem(422);
        inventory.MapGet("vms/{vm}", FindVmAsync).WithName("GetVm").WithSummary("A VM by name or key, with the way from its datastores down to the HBAs.").ProducesProblem(404);
        inventory.MapGet("vms/{vm}/plans", (string source, string vm, [AsParameters] Paging paging, VmHistory history, CancellationToken cancellationToken) => history.PlansAsync(source, vm, paging, cancellationToken))
            .OrderedBy(VmHistory.Orders).WithName("ListVmPlans").WithSummary("The plans that have a VM, by its name or key, newest first unless another order is asked for.").ProducesProblem(404);
        inventory.MapGet("vms/{vm}/runs", (string source, string vm, [AsParameters] Paging paging, VmHistory history, CancellationToken cancellationToken) => history.RunsAsync(source, vm, paging, cancellationToken))
            .OrderedBy(VmHistory.RunOrders).WithName("ListVmRuns").WithSummary("All runs of a VM, by its name or key, in whichever plans, newest first unless another order is asked for.").ProducesProblem(404);
        inventory.MapGet("hosts", async (string source, [Description("Part of the name.")] string? filter, [Description("Inventory version; the newest when absent.")] int? version, [AsParameters] Paging paging, SourceRegister register, InventoryReader reader, CancellationToken cancellationToken) =>
            await reader.ListRawAsync(
                (await register.FindAsync(source, cancellationToken)).Id, version, InventoryKind.Host, PlannerJson.Default.EsxHost, InventoryReader.Orders, filter, paging, cancellationToken))
            .Produces<Page<EsxHost>>().OrderedBy(InventoryReader.Orders).WithName("ListEsxHosts").WithSummary("ESXi hosts with adapters, RDMA devices, LUNs and paths.").ProducesProblem(404);
        inventory.MapGet("datastores", async (string source, [Description("Part of the name.")] string? filter, [Description("Inventory version; the newest when absent.")] int? version, [AsParameters] Paging paging, SourceRegister register, InventoryReader reader, CancellationToken cancellationToken) =>
            await reader.ListAsync(
                (await register.FindAsync(source, cancellationToken)).Id, version, InventoryKind.Datastore, PlannerJson.Default.Datastore, InventoryReader.Orders, filter, paging, cancellationToken))
            .OrderedBy(InventoryReader.Orders).WithName("ListDatastores").WithSummary("Datastores with their extents.").ProducesProblem(404);
        MapKind(inventory, "clusters", "Cluster", InventoryKind.Cluster, PlannerJson.Default.Cluster,
            "Clusters with their hosts, rules, groups and vSAN.", "A cluster by name or key.");
        MapKind(inventory, "networks", "Network", InventoryKind.Network, PlannerJson.Default.Network,
            "Networks with switch and VLAN, as far as vSphere keeps them with the network.", "A network by name or key.");
        inventory.MapGet("versions", ListVersionsAsync).OrderedBy(InventoryReader.VersionOrders).WithName("ListInventoryVersions").WithSummary("Inventory versions, newest first unless another order is asked for.").ProducesProblem(404);
        inventory.MapGet("diff", DiffAsync).OrderedBy(DifferenceQuery.Orders).WithName("DiffInventory").WithSummary("What differs between two versions.").ProducesProblem(404);
    }

    /// <summary>Objects that are listed and shown as they were read.</summary>
    private static void MapKind<T>(RouteGroupBuilder inventory, string path, string name, InventoryKind kind, JsonTypeInfo<T> type, string list, string one)
        where T : class
    {
        inventory.MapGet(path, async (
            string source,
            [Description("Part of the name.")] string? filter,
            [Description("Inventory version; the newest when absent.")] int? version,
            [AsParameters] Paging paging, SourceRegister register, InventoryReader reader, CancellationToken cancellationToken) =>
                await reader.ListAsync((await register.FindAsync(source, cancellationToken)).Id, version, kind, type, InventoryReader.Orders, filter, paging, cancellationToken))
            .OrderedBy(InventoryReader.Orders).WithName($"List{name}s").WithSummary(list).ProducesProblem(404);
        inventory.MapGet($"{path}/{{key}}", async (
            string source,
            [Description("Name or key; of several with one name the key tells which.")] string key,
            [Description("Inventory version; the newest when absent.")] int? version,
            SourceRegister register, InventoryReader reader, CancellationToken cancellationToken) =>
                await reader.FindAsync((await register.FindAsync(source, cancellationToken)).Id, version, kind, type, key, path, cancellationToken))
            .WithName($"Get{name}").WithSummary(one).ProducesProblem(404);
    }

    internal static async Task<VmDetail> FindVmAsync(
        string source, string vm, int? version, SourceRegister register, InventoryReader reader, CancellationToken cancellationToken) =>
        await reader.FindVmAsync((await register.FindAsync(source, cancellationToken)).Id, version, vm, cancellationToken)
            ?? throw new MigrateException("vm.unknown", $"Source '{source}' has no VM named '{vm}' in that inventory.", "See 'migrate inventory vms', or synchronise the source.");

    internal static async Task<Page<InventoryVersionView>> ListVersionsAsync(
        string source, [AsParameters] Paging paging, SourceRegister register, IDbContextFactory<MigrateDb> databases, CancellationToken cancellationToken)
    {
        var sourceId = (await register.FindAsync(source, cancellationToken)).Id;
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var versions = db.InventoryVersions.AsNoTracking().Where(v => v.SourceId == sourceId);
        var page = await InventoryReader.VersionOrders.Apply(versions, paging.Sort).Skip(paging.Skip).Take(paging.Size).ToListAsync(cancellationToken);
        return new Page<InventoryVersionView>([.. page.Select(InventoryReader.ViewOf)], paging.Number, paging.Size, await versions.LongCountAsync(cancellationToken));
    }

    internal static async Task<Page<DifferenceRow>> DiffAsync(
        string source,
        [Description("Older version; the one before 'to' when absent.")] int? from,
        [Description("Newer version; the newest when absent.")] int? to,
        [Description("Only objects of this kind.")] InventoryKind? kind,
        [Description("Only these changes.")] DifferenceKind? change,
        [Description("Part of the name.")] string? filter,
        [AsParameters] Paging paging,
        SourceRegister register,
        IDbContextFactory<MigrateDb> databases,
        InventoryStore inventories,
        CancellationToken cancellationToken)
    {
        var sourceId = (await register.FindAsync(source, cancellationToken)).Id;
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var numbers = db.InventoryVersions.Where(v => v.SourceId == sourceId).Select(v => v.Number);
        var newer = to ?? await numbers.MaxAsync(n => (int?)n, cancellationToken) ?? 0;
        // Not simply one less: older versions are not kept for good.
        var older = from ?? await numbers.Where(n => n < newer).MaxAsync(n => (int?)n, cancellationToken) ?? 0;
        if (older >= newer || await numbers.CountAsync(n => n == older || n == newer, cancellationToken) < 2)
        {
            throw new MigrateException(
                "inventory.version-unknown", $"There is nothing to compare between versions {older} and {newer} of source '{source}'.", "Synchronise the source again, or choose two of those that 'migrate inventory versions' lists.");
        }

        var page = await inventories.DiffAsync(
            new DifferenceQuery
            {
                SourceId = sourceId,
                From = older,
                To = newer,
                Kind = kind,
                Change = change,
                Search = filter,
                Sort = paging.Sort,
                Offset = paging.Skip,
                Limit = paging.Size,
            },
            cancellationToken);
        return new Page<DifferenceRow>(
            [.. page.Items.Select(d => new DifferenceRow(d.Kind, d.Change, d.Key, d.Name, d.Properties))], paging.Number, paging.Size, page.Total);
    }
}
