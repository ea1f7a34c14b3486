using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Inventory;

/// <summary>Answers questions about one version of a source's inventory from its rows, a page at a time.</summary>
internal sealed class InventoryReader(IDbContextFactory<MigrateDb> databases)
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
        await using var db = await OpenAsync(sourceId, version, cancellationToken);
        var rows = At(db, sourceId, version, kind);
        var bodies = await rows.OrderBy(o => o.Name).ThenBy(o => o.Key).Skip(paging.Skip).Take(paging.Size).Select(o => o.Body).ToListAsync(cancellationToken);
        return new Page<T>(
            [.. bodies.Select(b => PlannerJson.Read(b, type))], paging.Number, paging.Size, await rows.LongCountAsync(cancellationToken));
    }

    /// <summary>One object by key or by name.</summary>
    /// <exception cref="MigrateException">cluster.unknown, cluster.ambiguous and the same of other kinds.</exception>
    public async Task<T> FindAsync<T>(
        Guid sourceId, int? version, InventoryKind kind, JsonTypeInfo<T> type, string nameOrKey, string list, CancellationToken cancellationToken)
    {
        await using var db = await OpenAsync(sourceId, version, cancellationToken);
        var found = await NamedAsync(At(db, sourceId, version, kind), nameOrKey, list, cancellationToken);
        return found is not null ? PlannerJson.Read(found.Body, type) : throw new MigrateException(
            $"{Word(kind)}.unknown", $"There is no {Word(kind)} '{nameOrKey}' in that inventory.", $"See 'migrate inventory {list}', or synchronise the source.");
    }

    private static string Word(InventoryKind kind) => kind.ToString().ToLowerInvariant();

    /// <summary>Whose key it is, else the only one of that name; null when there is none.</summary>
    private static async Task<InventoryObject?> NamedAsync(IQueryable<InventoryObject> objects, string nameOrKey, string list, CancellationToken cancellationToken)
    {
        var found = await objects.Where(o => o.Key == nameOrKey || o.Name == nameOrKey).OrderByDescending(o => o.Key == nameOrKey).ThenBy(o => o.Key).Take(2).ToListAsync(cancellationToken);
        return found is [{ } first, { } second] && first.Key != nameOrKey
            ? throw Ambiguous(first, second, list)
            : found.FirstOrDefault();
    }

    public async Task<Dictionary<string, string>> NamesAsync(Guid sourceId, int? version, InventoryKind kind, CancellationToken cancellationToken)
    {
        await using var db = await OpenAsync(sourceId, version, cancellationToken);
        return await At(db, sourceId, version, kind).ToDictionaryAsync(o => o.Key, o => o.Name, cancellationToken);
    }

    // VMs per query: providers limit the parameters of one.
    private const int VmsAtOnce = 200;

    /// <summary>VMs of the newest inventory by keys or names, in the order that they were asked for, without what is around them.</summary>
    /// <exception cref="MigrateException">vm.unknown, vm.ambiguous.</exception>
    public async Task<IReadOnlyList<Vm>> ChooseVmsAsync(Source source, IReadOnlyList<string> namesOrKeys, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var chosen = new List<Vm>();
        foreach (var some in namesOrKeys.Chunk(VmsAtOnce))
        {
            var found = await At(db, source.Id, null, InventoryKind.Vm).Where(o => some.Contains(o.Key) || some.Contains(o.Name)).ToListAsync(cancellationToken);
            var (byKey, byName) = (found.ToDictionary(o => o.Key, StringComparer.Ordinal), found.ToLookup(o => o.Name, StringComparer.Ordinal));
            foreach (var one in some)
            {
                List<InventoryObject> meant = byKey.TryGetValue(one, out var exact) ? [exact] : [.. byName[one]];
                chosen.Add(meant switch
                {
                    [var vm] => PlannerJson.Read(vm.Body, PlannerJson.Default.Vm),
                    [] => throw new MigrateException(
                        "vm.unknown", $"Source '{source.Name}' has no VM named '{one}' in its newest inventory.", "See 'migrate inventory vms', or synchronise the source."),
                    _ => throw Ambiguous(meant[0], meant[1], "vms"),
                });
            }
        }

        return chosen;
    }

    private static MigrateException Ambiguous(InventoryObject one, InventoryObject other, string list) => new(
        $"{Word(one.Kind)}.ambiguous", $"Several {(one.Kind == InventoryKind.Vm ? "VMs" : list)} are named '{one.Name}', among them {one.Key} and {other.Key}.",
        $"Name it by its key; 'migrate inventory {list}' shows keys.");

    /// <summary>At which sources a VM of this name or key is, in their newest inventories, by the sources' names.</summary>
    public async Task<Page<VmPlace>> PlacesAsync(string nameOrKey, Paging paging, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var places = db.InventoryObjects.AsNoTracking().Where(o => o.Kind == InventoryKind.Vm && o.ToVersion == null && (o.Name == nameOrKey || o.Key == nameOrKey))
            .Join(db.Sources, o => o.SourceId, s => s.Id, (o, s) => new { Source = s.Name, o.Key, o.Name });
        var page = await places.OrderBy(x => x.Source).ThenBy(x => x.Key).Skip(paging.Skip).Take(paging.Size).ToListAsync(cancellationToken);
        return new Page<VmPlace>([.. page.Select(x => new VmPlace(x.Source, x.Key, x.Name))], paging.Number, paging.Size, await places.LongCountAsync(cancellationToken));
    }

    /// <summary>A VM by key or by name, with the way down to the HBAs.</summary>
    public async Task<VmDetail?> FindVmAsync(Guid sourceId, int? version, string nameOrKey, CancellationToken cancellationToken)
    {
        await using var db = await OpenAsync(sourceId, version, cancellationToken);
        if (await NamedAsync(At(db, sourceId, version, InventoryKind.Vm), nameOrKey, "vms", cancellationToken) is not { } found)
        {
            return null;
        }

        var vm = PlannerJson.Read(found.Body, PlannerJson.Default.Vm);
        var bodies = await At(db, sourceId, version, InventoryKind.Datastore).Where(o => vm.DatastoreKeys.Contains(o.Key)).Select(o => o.Body).ToListAsync(cancellationToken);
        var datastores = bodies.Select(b => PlannerJson.Read(b, PlannerJson.Default.Datastore)).ToDictionary(d => d.Key);
        var hosts = await HostsOfAsync(db, sourceId, version, [.. datastores.Values], cancellationToken);
        var hostName = vm.HostKey is null ? "" : await At(db, sourceId, version, InventoryKind.Host).Where(o => o.Key == vm.HostKey).Select(o => o.Name).FirstOrDefaultAsync(cancellationToken) ?? vm.HostKey;
        return new VmDetail(vm, hostName, [.. vm.DatastoreKeys.Select(datastores.GetValueOrDefault).OfType<Datastore>().SelectMany(d => TopologyRows.Of(d, hosts))]);
    }

    /// <summary>Datastores by name, each with what lies below it. Hosts and clusters are read once for the whole page.</summary>
    public async Task<Page<DatastoreTopology>> ListTopologyAsync(Guid sourceId, int? version, string? datastore, Paging paging, CancellationToken cancellationToken)
    {
        await using var db = await OpenAsync(sourceId, version, cancellationToken);
        var rows = At(db, sourceId, version, InventoryKind.Datastore).Where(o => datastore == null || o.Key == datastore || o.Name == datastore);
        var total = await rows.LongCountAsync(cancellationToken);
        if (datastore is not null && total == 0)
        {
            throw new MigrateException("datastore.unknown", $"There is no datastore '{datastore}' in that inventory.", "See 'migrate inventory datastores', or synchronise the source.");
        }

        var bodies = await rows.OrderBy(o => o.Name).ThenBy(o => o.Key).Skip(paging.Skip).Take(paging.Size).Select(o => o.Body).ToListAsync(cancellationToken);
        List<Datastore> datastores = [.. bodies.Select(b => PlannerJson.Read(b, PlannerJson.Default.Datastore))];
        var hosts = await HostsOfAsync(db, sourceId, version, datastores, cancellationToken);
        List<Cluster> clusters = datastores.Exists(d => d.IsVsan)
            ? [.. (await At(db, sourceId, version, InventoryKind.Cluster).Select(o => o.Body).ToListAsync(cancellationToken)).Select(b => PlannerJson.Read(b, PlannerJson.Default.Cluster))]
            : [];
        return new Page<DatastoreTopology>(
            [.. datastores.Select(d => TopologyRows.Whole(
                d, hosts, d.VsanClusterUuid is { } uuid ? clusters.Find(c => c.Vsan?.Uuid == uuid)?.Vsan : null))],
            paging.Number, paging.Size, total);
    }

    public async Task<List<EsxHost>> HostsByNameAsync(Guid sourceId, int? version, IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        await using var db = await OpenAsync(sourceId, version, cancellationToken);
        var bodies = await At(db, sourceId, version, InventoryKind.Host).Where(o => names.Contains(o.Name)).OrderBy(o => o.Name).Select(o => o.Body).ToListAsync(cancellationToken);
        return [.. bodies.Select(b => PlannerJson.Read(b, PlannerJson.Default.EsxHost))];
    }

    /// <summary>
    /// The hosts that the way down from these datastores may lead over. A datastore that names none (a dump without them, an account that may
    /// not see them) is that of every host that shows one of its LUNs, which only the hosts themselves tell: all of them are read.
    /// </summary>
    private static async Task<List<EsxHost>> HostsOfAsync(
        MigrateDb db, Guid sourceId, int? version, IReadOnlyList<Datastore> datastores, CancellationToken cancellationToken)
    {
        var rows = At(db, sourceId, version, InventoryKind.Host);
        if (!datastores.Any(d => d.HostKeys.Count == 0 && d.Extents.Count > 0))
        {
            List<string> keys = [.. datastores.SelectMany(d => d.HostKeys).Distinct()];
            rows = rows.Where(o => keys.Contains(o.Key));
        }

        var bodies = await rows.Select(o => o.Body).ToListAsync(cancellationToken);
        return [.. bodies.Select(b => PlannerJson.Read(b, PlannerJson.Default.EsxHost))];
    }

    /// <summary>The database, once it is known that the version is there: rows alone would answer for one that never was or is no longer kept.</summary>
    private async Task<MigrateDb> OpenAsync(Guid sourceId, int? version, CancellationToken cancellationToken)
    {
        var db = await databases.CreateDbContextAsync(cancellationToken);
        if (version is not { } number || await db.InventoryVersions.AnyAsync(v => v.SourceId == sourceId && v.Number == number, cancellationToken))
        {
            return db;
        }

        await db.DisposeAsync();
        throw new MigrateException(
            "version.unknown", $"The source has no inventory version {number}, or no longer.", "'migrate inventory versions' lists those that are kept.");
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
