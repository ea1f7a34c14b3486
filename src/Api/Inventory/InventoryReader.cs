using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Inventory;

/// <summary>Answers questions about one version of a source's inventory from its rows, a page at a time.</summary>
internal sealed class InventoryReader(IDbContextFactory<MigrateDb> databases, KnownRows rows)
{
    /// <summary>Of objects that are listed as they were read.</summary>
    public static readonly ListOrders<InventoryObject> Orders = new ListOrders<InventoryObject>("name").Last(o => o.Key).By("name", o => o.Name).By("key", o => o.Key);

    public static readonly ListOrders<InventoryVersion> VersionOrders = new ListOrders<InventoryVersion>("-number").Last(v => v.Id).By("number", v => v.Number).By("takenAt", v => v.TakenAt);

    public static readonly ListOrders<PlaceRow> PlaceOrders = new ListOrders<PlaceRow>("source").Last(x => x.Key).By("source", x => x.Source).By("name", x => x.Name, x => x.Source);

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
        Guid sourceId, int? version, InventoryKind kind, JsonTypeInfo<T> type, ListOrders<InventoryObject> orders, string? filter, Paging paging, CancellationToken cancellationToken)
    {
        await using var db = await OpenAsync(sourceId, version, cancellationToken);
        var all = At(db, sourceId, version, kind).Named(o => o.Name, filter);
        var bodies = await orders.Apply(all, paging.Sort).Skip(paging.Skip).Take(paging.Size).Select(o => o.Body).ToListAsync(cancellationToken);
        return new Page<T>(
            [.. bodies.Select(b => PlannerJson.Read(b, type))], paging.Number, paging.Size, await all.LongCountAsync(cancellationToken));
    }

    /// <summary>The same of objects that are large, as the JSON that they are answered with.</summary>
    public Task<RawPage> ListRawAsync<T>(
        Guid sourceId, int? version, InventoryKind kind, JsonTypeInfo<T> type, ListOrders<InventoryObject> orders, string? filter, Paging paging, CancellationToken cancellationToken) =>
        ListRawAsync(sourceId, version, kind, type, "as read", item => item, orders, filter, paging, cancellationToken);

    /// <param name="what">Names what <paramref name="view"/> makes, with a hash of all that it is made of besides the object.</param>
    public async Task<RawPage> ListRawAsync<T, TView>(
        Guid sourceId, int? version, InventoryKind kind, JsonTypeInfo<T> type, string what, Func<T, TView> view, ListOrders<InventoryObject> orders, string? filter, Paging paging,
        CancellationToken cancellationToken)
    {
        await using var db = await OpenAsync(sourceId, version, cancellationToken);
        var all = At(db, sourceId, version, kind).Named(o => o.Name, filter);
        var ids = await orders.Apply(all, paging.Sort).Skip(paging.Skip).Take(paging.Size).Select(o => o.Id).ToListAsync(cancellationToken);
        var items = await rows.OfAsync(db, ids, what, body => BytesOf(view(PlannerJson.Read(body, type))), x => x.Length, cancellationToken);
        return new RawPage(items, paging.Number, paging.Size, await all.LongCountAsync(cancellationToken));
    }

    private static byte[] BytesOf<T>(T view) => JsonSerializer.SerializeToUtf8Bytes(view, Json.Options);

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

    /// <summary>The key of one object by its key or name; what is neither is kept, so that nothing is found.</summary>
    public async Task<string> KeyOfAsync(Guid sourceId, int? version, InventoryKind kind, string nameOrKey, CancellationToken cancellationToken)
    {
        await using var db = await OpenAsync(sourceId, version, cancellationToken);
        return (await NamedAsync(At(db, sourceId, version, kind), nameOrKey, $"{Word(kind)}s", cancellationToken))?.Key ?? nameOrKey;
    }

    public async Task<Dictionary<string, string>> NamesAsync(Guid sourceId, int? version, InventoryKind kind, CancellationToken cancellationToken)
    {
        await using var db = await OpenAsync(sourceId, version, cancellationToken);
        return await At(db, sourceId, version, kind).Select(o => new { o.Key, o.Name }).ToDictionaryAsync(o => o.Key, o => o.Name, cancellationToken);
    }

    // VMs per query: databases limit how long one may be.
    private const int VmsAtOnce = 200;

    /// <summary>VMs of the newest inventory by keys or names, in the order that they were asked for, without what is around them.</summary>
    /// <exception cref="MigrateException">vm.unknown, vm.ambiguous.</exception>
    public async Task<IReadOnlyList<Vm>> ChooseVmsAsync(Source source, IReadOnlyList<string> namesOrKeys, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var chosen = new List<Vm>();
        foreach (var some in namesOrKeys.Chunk(VmsAtOnce))
        {
            var asked = Storable(some);
            var found = await At(db, source.Id, null, InventoryKind.Vm).Where(o => asked.Contains(o.Key) || asked.Contains(o.Name)).ToListAsync(cancellationToken);
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

    /// <summary>Without those that no database can hold, nor be asked for.</summary>
    private static List<string> Storable(IEnumerable<string> names) => [.. names.Where(name => !name.Contains('\0', StringComparison.Ordinal))];

    private static MigrateException Ambiguous(InventoryObject one, InventoryObject other, string list) => new(
        $"{Word(one.Kind)}.ambiguous", $"Several {(one.Kind == InventoryKind.Vm ? "VMs" : list)} are named '{one.Name}', among them {one.Key} and {other.Key}.",
        $"Name it by its key; 'migrate inventory {list}' shows keys.");

    /// <summary>At which sources a VM of this name or key is, in their newest inventories, by the sources' names.</summary>
    public async Task<Page<VmPlace>> PlacesAsync(string nameOrKey, Paging paging, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var places = db.InventoryObjects.AsNoTracking().Where(o => o.Kind == InventoryKind.Vm && o.ToVersion == null && (o.Name == nameOrKey || o.Key == nameOrKey))
            .Join(db.Sources, o => o.SourceId, s => s.Id, (o, s) => new PlaceRow { Source = s.Name, Key = o.Key, Name = o.Name });
        var page = await PlaceOrders.Apply(places, paging.Sort).Skip(paging.Skip).Take(paging.Size).ToListAsync(cancellationToken);
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

    /// <summary>Datastores by name, each with what lies below it. Hosts and clusters are read once for all that is not known yet.</summary>
    public async Task<RawPage> ListTopologyAsync(Guid sourceId, int? version, string? datastore, string? filter, Paging paging, CancellationToken cancellationToken)
    {
        await using var db = await OpenAsync(sourceId, version, cancellationToken);
        // One version throughout: a synchronisation meanwhile makes another one.
        version ??= await db.InventoryVersions.Where(v => v.SourceId == sourceId).MaxAsync(v => (int?)v.Number, cancellationToken);
        var all = At(db, sourceId, version, InventoryKind.Datastore).Where(o => datastore == null || o.Key == datastore || o.Name == datastore).Named(o => o.Name, filter);
        var total = await all.LongCountAsync(cancellationToken);
        if (datastore is not null && filter is null && total == 0)
        {
            throw new MigrateException("datastore.unknown", $"There is no datastore '{datastore}' in that inventory.", "See 'migrate inventory datastores', or synchronise the source.");
        }

        var ids = await Orders.Apply(all, paging.Sort).Skip(paging.Skip).Take(paging.Size).Select(o => o.Id).ToListAsync(cancellationToken);
        var below = At(db, sourceId, version).Where(o => o.Kind == InventoryKind.Host || o.Kind == InventoryKind.Cluster);
        var items = await rows.OfAsync(db, ids, $"topology {await HashOfAsync(below, cancellationToken)}", TopologiesAsync, x => x.Length, cancellationToken);
        return new RawPage(items, paging.Number, paging.Size, total);

        async Task<IReadOnlyList<byte[]>> TopologiesAsync(IReadOnlyList<string> bodies)
        {
            List<Datastore> datastores = [.. bodies.Select(b => PlannerJson.Read(b, PlannerJson.Default.Datastore))];
            var hosts = await HostsOfAsync(db, sourceId, version, datastores, cancellationToken);
            List<Cluster> clusters = datastores.Exists(d => d.IsVsan)
                ? [.. (await At(db, sourceId, version, InventoryKind.Cluster).Select(o => o.Body).ToListAsync(cancellationToken)).Select(b => PlannerJson.Read(b, PlannerJson.Default.Cluster))]
                : [];
            return [.. datastores.Select(d => BytesOf(TopologyRows.Whole(d, hosts, d.VsanClusterUuid is { } uuid ? clusters.Find(c => c.Vsan?.Uuid == uuid)?.Vsan : null)))];
        }
    }

    /// <summary>Another one as soon as any of the rows is written anew, comes or goes.</summary>
    private static async Task<string> HashOfAsync(IQueryable<InventoryObject> objects, CancellationToken cancellationToken)
    {
        var rows = await objects.OrderBy(o => o.Id).Select(o => new { o.Id, o.BodyHash }).ToListAsync(cancellationToken);
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join(' ', rows.Select(o => $"{o.Id}:{o.BodyHash}")))));
    }

    public async Task<List<EsxHost>> HostsByNameAsync(Guid sourceId, int? version, IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        await using var db = await OpenAsync(sourceId, version, cancellationToken);
        var asked = Storable(names);
        var bodies = await At(db, sourceId, version, InventoryKind.Host).Where(o => asked.Contains(o.Name)).OrderBy(o => o.Name).Select(o => o.Body).ToListAsync(cancellationToken);
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
    internal async Task<MigrateDb> OpenAsync(Guid sourceId, int? version, CancellationToken cancellationToken)
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

    internal static IQueryable<InventoryObject> At(MigrateDb db, Guid sourceId, int? version, InventoryKind kind) => At(db, sourceId, version).Where(o => o.Kind == kind);

    internal static IQueryable<InventoryObject> At(MigrateDb db, Guid sourceId, int? version)
    {
        var rows = db.InventoryObjects.AsNoTracking().Where(o => o.SourceId == sourceId);
        return version is { } number
            ? rows.Where(o => o.FromVersion <= number && (o.ToVersion == null || o.ToVersion > number))
            : rows.Where(o => o.ToVersion == null);
    }

    /// <summary>A VM and the source that has it.</summary>
    internal sealed class PlaceRow
    {
        public required string Source { get; init; }

        public required string Key { get; init; }

        public required string Name { get; init; }
    }

    private static string AboutText(string about) =>
        about.StartsWith('{') ? JsonSerializer.Deserialize(about, PlannerJson.Default.SourceAbout)?.FullName ?? about : about;
}
