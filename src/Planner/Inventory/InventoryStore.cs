using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Inventory;

/// <summary>The versions of each source's inventory.</summary>
public sealed class InventoryStore(IDbContextFactory<MigrateDb> factory, TimeProvider time)
{
    /// <summary>Stores what was read as the source's next version, in one transaction.</summary>
    public Task<InventoryVersion> SaveAsync(Guid sourceId, SourceInventory inventory, CancellationToken cancellationToken) =>
        throw new NotImplementedException($"{factory} {time}");

    /// <summary>The whole inventory of a version (null: the newest); null when the source or version does not exist.</summary>
    public Task<SourceInventory?> LoadAsync(Guid sourceId, int? version, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>What changed between two versions of one source.</summary>
    public Task<InventoryDifference> DiffAsync(Guid sourceId, int from, int to, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Newest first.</summary>
    public Task<IReadOnlyList<InventoryVersion>> ListVersionsAsync(Guid sourceId, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<Page<Vm>> ListVmsAsync(VmQuery query, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>One VM by its key, in a version (null: the newest).</summary>
    public Task<Vm?> FindVmAsync(Guid sourceId, string vmKey, int? version, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<Datastore?> FindDatastoreAsync(Guid sourceId, string datastoreKey, int? version, CancellationToken cancellationToken) => throw new NotImplementedException();
}
