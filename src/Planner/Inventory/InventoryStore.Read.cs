using System.Text.Json.Serialization.Metadata;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Inventory;

public sealed partial class InventoryStore
{
    /// <summary>The longest page that one call gives.</summary>
    public const int MaxLimit = 1000;

    /// <summary>The whole inventory of a version (null: the newest); null when the source or version does not exist.</summary>
    public async Task<SourceInventory?> LoadAsync(Guid sourceId, int? version, CancellationToken cancellationToken)
    {
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        InventoryVersion? at = await FindVersionAsync(db, sourceId, version, cancellationToken);
        if (at is null)
        {
            return null;
        }
        var rows = await ValidAt(db, sourceId, at.Number)
            .OrderBy(row => row.Name).ThenBy(row => row.Key)
            .Select(row => new { row.Kind, row.Body }).ToListAsync(cancellationToken);
        ILookup<InventoryKind, string> bodies = rows.ToLookup(row => row.Kind, row => row.Body);
        return new SourceInventory
        {
            About = InventoryRows.Read(at.About, PlannerJson.Default.SourceAbout),
            TakenAt = at.TakenAt,
            Gaps = InventoryRows.Read(at.Gaps, PlannerJson.Default.IReadOnlyListString),
            Vms = All(InventoryKind.Vm, PlannerJson.Default.Vm),
            Hosts = All(InventoryKind.Host, PlannerJson.Default.EsxHost),
            Datastores = All(InventoryKind.Datastore, PlannerJson.Default.Datastore),
            Networks = All(InventoryKind.Network, PlannerJson.Default.Network),
            Clusters = All(InventoryKind.Cluster, PlannerJson.Default.Cluster),
        };

        IReadOnlyList<T> All<T>(InventoryKind kind, JsonTypeInfo<T> type) => [.. bodies[kind].Select(body => InventoryRows.Read(body, type))];
    }

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<InventoryVersion>> ListVersionsAsync(Guid sourceId, CancellationToken cancellationToken)
    {
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        return await db.InventoryVersions.AsNoTracking().Where(version => version.SourceId == sourceId)
            .OrderByDescending(version => version.Number).ToListAsync(cancellationToken);
    }

    /// <exception cref="MigrateException">inventory.bad-page when offset or limit is out of range.</exception>
    public async Task<Page<Vm>> ListVmsAsync(VmQuery query, CancellationToken cancellationToken)
    {
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        Page<long> ids = await ListVmIdsAsync(db, query, new InventoryNames(), cancellationToken);
        Dictionary<long, string> bodies = await db.InventoryObjects.AsNoTracking().Where(row => ids.Items.Contains(row.Id)).Select(row => new { row.Id, row.Body }).ToDictionaryAsync(row => row.Id, row => row.Body, cancellationToken);
        return new Page<Vm>([.. ids.Items.Where(bodies.ContainsKey).Select(id => InventoryRows.Read(bodies[id], PlannerJson.Default.Vm))], ids.Total);
    }

    /// <summary>The same without the VMs themselves: ids of their rows, which are found in an index alone; of the bodies, which are wide, nobody reads more than the page's.</summary>
    /// <param name="db">Where they are.</param>
    /// <param name="query">Which.</param>
    /// <param name="names">For orders by host, cluster and datastore.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public async Task<Page<long>> ListVmIdsAsync(MigrateDb db, VmQuery query, InventoryNames names, CancellationToken cancellationToken)
    {
        if (query.Offset < 0 || query.Limit is < 1 or > MaxLimit)
        {
            throw new MigrateException("inventory.bad-page", $"A page from {query.Offset} of {query.Limit} VMs cannot be given.",
                $"Ask for an offset of 0 or more and a limit between 1 and {MaxLimit}.");
        }
        if (await MatchingAsync(db, query, cancellationToken) is not ({ } at, { } rows))
        {
            return new Page<long>([], 0);
        }
        int total = await _counts.OfAsync($"{at} {query.FilterText}", () => rows.CountAsync(cancellationToken));
        return new Page<long>(total == 0 ? [] : await query.PageAsync(db, rows, names, _sorted, at, cancellationToken), total);
    }

    /// <summary>All of them, and not a page.</summary>
    public async Task<IReadOnlyList<long>> ListAllVmIdsAsync(MigrateDb db, VmQuery query, InventoryNames names, CancellationToken cancellationToken) =>
        await MatchingAsync(db, query, cancellationToken) is ({ } at, { } rows) ? await (query with { Offset = 0, Limit = int.MaxValue }).PageAsync(db, rows, names, _sorted, at, cancellationToken) : [];

    /// <summary>Keys of VMs that match, by name, at most <paramref name="most"/>.</summary>
    public async Task<IReadOnlyList<string>> ListVmKeysAsync(VmQuery query, int most, CancellationToken cancellationToken)
    {
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        return await MatchingAsync(db, query, cancellationToken) is (_, { } rows) ? await rows.OrderBy(row => row.Name).ThenBy(row => row.Key).Select(row => row.Key).Take(most).ToListAsync(cancellationToken) : [];
    }

    /// <summary>The version that is asked about, and what of it matches; null when there is none.</summary>
    private static async Task<(int Version, IQueryable<InventoryVm> Rows)?> MatchingAsync(MigrateDb db, VmQuery query, CancellationToken cancellationToken) =>
        await FindVersionAsync(db, query.SourceId, query.Version, cancellationToken) is { } at ? (at.Number, query.Filter(db, VmsAt(db, query.SourceId, at.Number))) : null;

    /// <summary>One VM by its key, in a version (null: the newest).</summary>
    public Task<Vm?> FindVmAsync(Guid sourceId, string vmKey, int? version, CancellationToken cancellationToken) =>
        FindAsync(sourceId, InventoryKind.Vm, vmKey, version, PlannerJson.Default.Vm, cancellationToken);

    public Task<Datastore?> FindDatastoreAsync(Guid sourceId, string datastoreKey, int? version, CancellationToken cancellationToken) =>
        FindAsync(sourceId, InventoryKind.Datastore, datastoreKey, version, PlannerJson.Default.Datastore, cancellationToken);

    public Task<EsxHost?> FindHostAsync(Guid sourceId, string hostKey, int? version, CancellationToken cancellationToken) =>
        FindAsync(sourceId, InventoryKind.Host, hostKey, version, PlannerJson.Default.EsxHost, cancellationToken);

    /// <summary>VMs of the newest version by their keys; those that it does not have are left out. For some hundred at a time.</summary>
    public Task<IReadOnlyList<Vm>> FindVmsAsync(Guid sourceId, IReadOnlyCollection<string> vmKeys, CancellationToken cancellationToken) =>
        ListAsync(sourceId, InventoryKind.Vm, rows => rows.Where(row => vmKeys.Contains(row.Key)), PlannerJson.Default.Vm, cancellationToken);

    /// <summary>All VMs of the newest version.</summary>
    public Task<IReadOnlyList<Vm>> ListVmsAsync(Guid sourceId, CancellationToken cancellationToken) =>
        ListAsync(sourceId, InventoryKind.Vm, rows => rows, PlannerJson.Default.Vm, cancellationToken);

    /// <summary>All clusters of the newest version.</summary>
    public Task<IReadOnlyList<Cluster>> ListClustersAsync(Guid sourceId, CancellationToken cancellationToken) =>
        ListAsync(sourceId, InventoryKind.Cluster, rows => rows, PlannerJson.Default.Cluster, cancellationToken);

    /// <summary>All datastores of the newest version.</summary>
    public Task<IReadOnlyList<Datastore>> ListDatastoresAsync(Guid sourceId, CancellationToken cancellationToken) =>
        ListAsync(sourceId, InventoryKind.Datastore, rows => rows, PlannerJson.Default.Datastore, cancellationToken);

    private async Task<IReadOnlyList<T>> ListAsync<T>(
        Guid sourceId, InventoryKind kind, Func<IQueryable<InventoryObject>, IQueryable<InventoryObject>> filter, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        InventoryVersion? at = await FindVersionAsync(db, sourceId, null, cancellationToken);
        List<string> bodies = at is null ? [] : await filter(ValidAt(db, sourceId, at.Number).Where(row => row.Kind == kind))
            .OrderBy(row => row.Name).ThenBy(row => row.Key).Select(row => row.Body).ToListAsync(cancellationToken);
        return [.. bodies.Select(body => InventoryRows.Read(body, type))];
    }

    private async Task<T?> FindAsync<T>(Guid sourceId, InventoryKind kind, string key, int? version, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        InventoryVersion? at = await FindVersionAsync(db, sourceId, version, cancellationToken);
        string? body = at is null ? null : await ValidAt(db, sourceId, at.Number)
            .Where(row => row.Kind == kind && row.Key == key).Select(row => row.Body).SingleOrDefaultAsync(cancellationToken);
        return body is null ? null : InventoryRows.Read(body, type);
    }

    private static Task<InventoryVersion?> FindVersionAsync(MigrateDb db, Guid sourceId, int? number, CancellationToken cancellationToken) =>
        db.InventoryVersions.AsNoTracking()
            .Where(version => version.SourceId == sourceId && (number == null || version.Number == number))
            .OrderByDescending(version => version.Number).FirstOrDefaultAsync(cancellationToken);

    private static IQueryable<InventoryVm> VmsAt(MigrateDb db, Guid sourceId, int version) =>
        db.InventoryVms.AsNoTracking().Where(row => row.SourceId == sourceId && row.FromVersion <= version && (row.ToVersion == null || row.ToVersion > version));

    private static IQueryable<InventoryObject> ValidAt(MigrateDb db, Guid sourceId, int version) =>
        db.InventoryObjects.AsNoTracking().Where(row =>
            row.SourceId == sourceId && row.FromVersion <= version && (row.ToVersion == null || row.ToVersion > version));
}
