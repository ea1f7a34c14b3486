using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs.Steps;

/// <summary>
/// What gives the bytes of a VM, by the names under which an operator limits it: the server that the source is, by the address under which it was added,
/// and the ESXi host on which the VM is at the time, by its name in the inventory. They are one and the same where the source is an ESXi host.
/// </summary>
/// <param name="Server">vCenter or ESXi host; for a source of files its name.</param>
/// <param name="EsxHost">Null when the inventory does not know it.</param>
public sealed record CopyOrigin(string Server, string? EsxHost)
{
    public IReadOnlyList<string> Hosts => EsxHost is null ? [Server] : [Server, EsxHost];
}

/// <summary>Finds out where VMs are.</summary>
public sealed class CopyOrigins(IDbContextFactory<MigrateDb> databases)
{
    /// <param name="source">Of the VM.</param>
    /// <param name="vm">As the source has it now.</param>
    /// <param name="cancellationToken">Ends the question.</param>
    public async Task<CopyOrigin> OfAsync(Source source, Vm vm, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        return await OfAsync(db, source, vm.HostKey, cancellationToken);
    }

    /// <summary>As the source's newest inventory has it: for who does not ask the source.</summary>
    public async Task<CopyOrigin> OfAsync(Source source, string vmKey, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var host = await Newest(db, source, InventoryKind.Vm).Where(x => x.Key == vmKey).Select(x => x.HostKey).FirstOrDefaultAsync(cancellationToken);
        return await OfAsync(db, source, host, cancellationToken);
    }

    private static async Task<CopyOrigin> OfAsync(MigrateDb db, Source source, string? hostKey, CancellationToken cancellationToken) => new(
        source.Kind == SourceKind.VSphere ? new Uri(source.Url).Host : source.Name,
        hostKey is null ? null : await Newest(db, source, InventoryKind.Host).Where(x => x.Key == hostKey).Select(x => x.Name).FirstOrDefaultAsync(cancellationToken));

    private static IQueryable<InventoryObject> Newest(MigrateDb db, Source source, InventoryKind kind) =>
        db.InventoryObjects.Where(x => x.SourceId == source.Id && x.Kind == kind && x.ToVersion == null);
}
