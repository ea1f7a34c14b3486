using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Inventory;

/// <summary>Lists of VMs, from their narrow rows alone: of the bodies, which are wide, none is read.</summary>
public sealed partial class InventoryStore
{
    /// <summary>The longest page that one call gives.</summary>
    public const int MaxLimit = 1000;

    private readonly SortedLists _sorted = new();

    /// <summary>The version that is asked about (null: the newest); null when there is none.</summary>
    public static Task<InventoryState?> FindStateAsync(MigrateDb db, Guid sourceId, int? version, CancellationToken cancellationToken) =>
        db.InventoryVersions.Where(each => each.SourceId == sourceId && (version == null || each.Number == version)).OrderByDescending(each => each.Number)
            .Select(each => new InventoryState(
                each.Number, each.VmCount, db.InventoryVersions.Where(any => any.SourceId == sourceId).Max(any => any.Number), db.InventoryVersions.Where(any => any.SourceId == sourceId).Max(any => any.JudgedAt)))
            .FirstOrDefaultAsync(cancellationToken);

    /// <param name="db">Where they are.</param>
    /// <param name="query">Which.</param>
    /// <param name="at">As <see cref="FindStateAsync"/> says.</param>
    /// <param name="names">For orders by host, cluster and datastore.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <exception cref="MigrateException">inventory.bad-page when offset or limit is out of range.</exception>
    public async Task<Page<InventoryVm>> ListVmsAsync(MigrateDb db, VmQuery query, InventoryState at, InventoryNames names, CancellationToken cancellationToken)
    {
        if (query.Offset < 0 || query.Limit is < 1 or > MaxLimit)
        {
            throw new MigrateException("inventory.bad-page", $"A page from {query.Offset} of {query.Limit} VMs cannot be given.",
                $"Ask for an offset of 0 or more and a limit between 1 and {MaxLimit}.");
        }
        if (query.IsAlongIndex)
        {
            return new Page<InventoryVm>(await VmQuery.Orders.PageAsync(VmsAt(db, query.SourceId, at.Version), query.Sort, row => row, query.Offset, query.Limit, at.VmCount, cancellationToken), at.VmCount);
        }
        IReadOnlyList<long> ids = await ListVmIdsAsync(db, query, at, names, cancellationToken);
        return new Page<InventoryVm>(await FindVmsAsync(db, [.. ids.Skip(query.Offset).Take(query.Limit)], cancellationToken), ids.Count);
    }

    /// <summary>All that match, and not a page, by the ids of their rows.</summary>
    public async Task<IReadOnlyList<long>> ListVmIdsAsync(MigrateDb db, VmQuery query, InventoryState at, InventoryNames names, CancellationToken cancellationToken) =>
        await _sorted.OfAsync(await query.StateAsync(db, at, cancellationToken), () => query.IdsAsync(db, query.Filter(db, VmsAt(db, query.SourceId, at.Version)), names, cancellationToken));

    /// <summary>Keys of VMs that match, by name, at most <paramref name="most"/>.</summary>
    public async Task<IReadOnlyList<string>> ListVmKeysAsync(VmQuery query, int most, CancellationToken cancellationToken)
    {
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        return await FindStateAsync(db, query.SourceId, query.Version, cancellationToken) is { } at
            ? await query.Filter(db, VmsAt(db, query.SourceId, at.Version)).OrderBy(row => row.Name).ThenBy(row => row.Key).Select(row => row.Key).Take(most).ToListAsync(cancellationToken)
            : [];
    }

    /// <summary>Rows in the order of their ids; those that are gone meanwhile are left out. For some hundred at a time.</summary>
    public static async Task<IReadOnlyList<InventoryVm>> FindVmsAsync(MigrateDb db, IReadOnlyList<long> ids, CancellationToken cancellationToken)
    {
        Dictionary<long, InventoryVm> rows = await db.InventoryVms.AsNoTracking().Where(row => ids.Contains(row.Id)).ToDictionaryAsync(row => row.Id, cancellationToken);
        return [.. ids.Where(rows.ContainsKey).Select(id => rows[id])];
    }

    private static IQueryable<InventoryVm> VmsAt(MigrateDb db, Guid sourceId, int version) =>
        db.InventoryVms.AsNoTracking().Where(row => row.SourceId == sourceId && row.FromVersion <= version && (row.ToVersion == null || row.ToVersion > version));
}

/// <summary>What all lists of VMs of a version depend on: as long as it is the same, so are they.</summary>
/// <param name="Version">Its number.</param>
/// <param name="VmCount">VMs of the version.</param>
/// <param name="Newest">Number of the source's newest version: a synchronisation writes what moves by itself (see <see cref="Lasting"/>) into rows of older ones, too.</param>
/// <param name="JudgedAt">When what rules and baselines say was written last, UTC; null: not yet.</param>
public sealed record InventoryState(int Version, int VmCount, int Newest, DateTime? JudgedAt);
