using System.Text.Json.Serialization.Metadata;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Inventory;

public sealed partial class InventoryStore
{
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

    private static IQueryable<InventoryObject> ValidAt(MigrateDb db, Guid sourceId, int version) =>
        db.InventoryObjects.AsNoTracking().Where(row =>
            row.SourceId == sourceId && row.FromVersion <= version && (row.ToVersion == null || row.ToVersion > version));
}
