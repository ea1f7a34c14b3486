using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Inventory;

/// <summary>Answers questions about one version of a source's inventory from its rows, a page at a time.</summary>
internal sealed class InventoryReader(IDbContextFactory<MigrateDb> databases, InventoryStore inventories)
{
    public static InventoryVersionView ViewOf(InventoryVersion version) => new(
        version.Number,
        version.TakenAt,
        AboutText(version.About),
        version.VmCount,
        version.HostCount,
        version.DatastoreCount,
        version.Added,
        version.Changed,
        version.Removed,
        JsonSerializer.Deserialize(version.Gaps, PlannerJson.Default.IReadOnlyListString) ?? []);

    public async Task<Page<T>> ListAsync<T>(
        Guid sourceId, int? version, InventoryKind kind, JsonTypeInfo<T> type, Paging paging, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var rows = At(db, sourceId, version, kind);
        var bodies = await rows.OrderBy(o => o.Name).ThenBy(o => o.Key).Skip(paging.Skip).Take(paging.Size).Select(o => o.Body).ToListAsync(cancellationToken);
        return new Page<T>(
            [.. bodies.Select(b => PlannerJson.Read(b, type))], paging.Number, paging.Size, await rows.LongCountAsync(cancellationToken));
    }

    public async Task<Dictionary<string, string>> NamesAsync(Guid sourceId, int? version, InventoryKind kind, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        return await At(db, sourceId, version, kind).ToDictionaryAsync(o => o.Key, o => o.Name, cancellationToken);
    }

    /// <summary>A VM by key or by name, with the way down to the HBAs.</summary>
    public async Task<VmDetail?> FindVmAsync(Guid sourceId, int? version, string nameOrKey, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var found = await At(db, sourceId, version, InventoryKind.Vm)
            .Where(o => o.Key == nameOrKey || o.Name == nameOrKey).OrderByDescending(o => o.Key == nameOrKey).Take(2).ToListAsync(cancellationToken);
        if (found.Count == 0)
        {
            return null;
        }

        if (found.Count == 2 && found[0].Key != nameOrKey)
        {
            throw new MigrateException(
                "vm.ambiguous", $"Several VMs are named '{nameOrKey}', among them {found[0].Key} and {found[1].Key}.", "Name the VM by its key; 'migrate inventory vms' shows keys.");
        }

        var vm = PlannerJson.Read(found[0].Body, PlannerJson.Default.Vm);
        var hostNames = await NamesAsync(sourceId, version, InventoryKind.Host, cancellationToken);
        var rows = new List<TopologyView>();
        foreach (var key in vm.DatastoreKeys)
        {
            if (await inventories.FindDatastoreAsync(sourceId, key, version, cancellationToken) is { } datastore)
            {
                rows.AddRange(TopologyRows.Of(datastore, await HostsAsync(db, sourceId, version, datastore.HostKeys, cancellationToken)));
            }
        }

        return new VmDetail(vm, vm.HostKey is null ? "" : hostNames.GetValueOrDefault(vm.HostKey, vm.HostKey), rows);
    }

    /// <summary>Datastores by name, each with what lies below it. Hosts and clusters are read once for the whole page.</summary>
    public async Task<Page<DatastoreTopology>> ListTopologyAsync(Guid sourceId, int? version, string? datastore, Paging paging, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var rows = At(db, sourceId, version, InventoryKind.Datastore).Where(o => datastore == null || o.Key == datastore || o.Name == datastore);
        var total = await rows.LongCountAsync(cancellationToken);
        if (datastore is not null && total == 0)
        {
            throw new MigrateException("datastore.unknown", $"There is no datastore '{datastore}' in that inventory.", "See 'migrate inventory datastores', or synchronise the source.");
        }

        var bodies = await rows.OrderBy(o => o.Name).ThenBy(o => o.Key).Skip(paging.Skip).Take(paging.Size).Select(o => o.Body).ToListAsync(cancellationToken);
        List<Datastore> datastores = [.. bodies.Select(b => PlannerJson.Read(b, PlannerJson.Default.Datastore))];
        var hosts = (await HostsAsync(db, sourceId, version, [.. datastores.SelectMany(d => d.HostKeys).Distinct()], cancellationToken)).ToDictionary(h => h.Key);
        List<Cluster> clusters = datastores.Exists(d => d.IsVsan)
            ? [.. (await At(db, sourceId, version, InventoryKind.Cluster).Select(o => o.Body).ToListAsync(cancellationToken)).Select(b => PlannerJson.Read(b, PlannerJson.Default.Cluster))]
            : [];
        return new Page<DatastoreTopology>(
            [.. datastores.Select(d => TopologyRows.Whole(
                d, [.. d.HostKeys.Select(hosts.GetValueOrDefault).OfType<EsxHost>()], d.VsanClusterUuid is { } uuid ? clusters.Find(c => c.Vsan?.Uuid == uuid)?.Vsan : null))],
            paging.Number, paging.Size, total);
    }

    public async Task<List<EsxHost>> HostsByNameAsync(Guid sourceId, int? version, IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var bodies = await At(db, sourceId, version, InventoryKind.Host).Where(o => names.Contains(o.Name)).OrderBy(o => o.Name).Select(o => o.Body).ToListAsync(cancellationToken);
        return [.. bodies.Select(b => PlannerJson.Read(b, PlannerJson.Default.EsxHost))];
    }

    private static async Task<List<EsxHost>> HostsAsync(
        MigrateDb db, Guid sourceId, int? version, IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var bodies = await At(db, sourceId, version, InventoryKind.Host).Where(o => keys.Contains(o.Key)).Select(o => o.Body).ToListAsync(cancellationToken);
        return [.. bodies.Select(b => PlannerJson.Read(b, PlannerJson.Default.EsxHost))];
    }

    private static IQueryable<InventoryObject> At(MigrateDb db, Guid sourceId, int? version, InventoryKind kind)
    {
        var rows = db.InventoryObjects.AsNoTracking().Where(o => o.SourceId == sourceId && o.Kind == kind);
        return version is { } number
            ? rows.Where(o => o.FromVersion <= number && (o.ToVersion == null || o.ToVersion > number))
            : rows.Where(o => o.ToVersion == null);
    }

    private static string AboutText(string about) =>
        about.StartsWith('{') ? JsonSerializer.Deserialize(about, PlannerJson.Default.SourceAbout)?.FullName ?? about : about;
}
