using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Pages.Inventory;

/// <summary>What is around the inventory's list: plans that VMs are in, and what there is to filter by.</summary>
internal sealed class InventoryList(IDbContextFactory<MigrateDb> databases)
{
    /// <summary>For some VMs of a source, by key: in which wave of which plans they are, and how many concerns each of these has, the newest plan first.</summary>
    public async Task<ILookup<string, Membership>> PlansOfAsync(string source, IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var found = await db.PlanVms.AsNoTracking().Where(x => keys.Contains(x.VmKey))
            .Join(db.Plans, x => x.PlanId, x => x.Id, (vm, plan) => new { vm, plan })
            .Join(db.Sources.Where(x => x.Name == source), x => x.plan.SourceId, x => x.Id, (x, _) => x)
            .OrderByDescending(x => x.plan.CreatedAt)
            .Select(x => new Membership(x.vm.VmKey, x.plan.Name, x.vm.Wave, x.vm.CriticalCount, x.vm.WarningCount, x.vm.InformationCount))
            .ToListAsync(cancellationToken);
        return found.ToLookup(x => x.VmKey);
    }

    /// <summary>Plans that move VMs of a source, newest first.</summary>
    public async Task<IReadOnlyList<string>> PlansForAsync(string source, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        return await db.Plans.AsNoTracking().Join(db.Sources.Where(x => x.Name == source), x => x.SourceId, x => x.Id, (plan, _) => plan)
            .OrderByDescending(x => x.CreatedAt).Select(x => x.Name).Take(Paging.Largest).ToListAsync(cancellationToken);
    }

    /// <summary>Names that a source's newest inventory has: of datacenters, clusters and datastores, at most as many as a page may hold of each.</summary>
    public async Task<(IReadOnlyList<string> Datacenters, IReadOnlyList<string> Clusters, IReadOnlyList<string> Datastores)> ChoicesAsync(string source, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var id = await db.Sources.Where(x => x.Name == source).Select(x => x.Id).SingleOrDefaultAsync(cancellationToken);
        var around = await db.InventoryObjects.AsNoTracking().Where(x => x.SourceId == id && x.ToVersion == null && (x.Kind == InventoryKind.Cluster || x.Kind == InventoryKind.Datastore))
            .Select(x => new { x.Kind, x.Name }).ToListAsync(cancellationToken);
        return (
            await db.InventoryVms.Where(x => x.SourceId == id && x.ToVersion == null && x.Datacenter != "").Select(x => x.Datacenter).Distinct().OrderBy(x => x).Take(Paging.Largest).ToListAsync(cancellationToken),
            NamesOf(InventoryKind.Cluster), NamesOf(InventoryKind.Datastore));

        IReadOnlyList<string> NamesOf(InventoryKind kind) => [.. around.Where(x => x.Kind == kind).Select(x => x.Name).Distinct().Order(StringComparer.Ordinal).Take(Paging.Largest)];
    }
}

/// <summary>A VM's place in a plan.</summary>
public sealed record Membership(string VmKey, string Plan, int Wave, int Critical, int Warnings, int Information);
