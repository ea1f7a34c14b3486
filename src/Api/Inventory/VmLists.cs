using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Inventory;

/// <summary>VMs of a source by filter and order: pages of them, all of them, or their keys.</summary>
internal sealed class VmLists(IDbContextFactory<MigrateDb> databases, SourceRegister register, InventoryReader reader, InventoryStore inventories, KnownNames names)
{
    // VMs per query: databases limit how long one may be.
    private const int AtOnce = 500;

    public async Task<Page<VmRow>> ListAsync(string source, VmFilter filter, int? version, Paging paging, CancellationToken cancellationToken)
    {
        var query = await QueryAsync(source, filter, version, paging.Sort, cancellationToken) with { Offset = paging.Skip, Limit = paging.Size };
        await using var db = await reader.OpenAsync(query.SourceId, version, cancellationToken);
        if (await InventoryStore.FindStateAsync(db, query.SourceId, version, cancellationToken) is not { } at)
        {
            return new Page<VmRow>([], paging.Number, paging.Size, 0);
        }

        var called = await names.OfAsync(query.SourceId, at.Version, cancellationToken);
        var page = await inventories.ListVmsAsync(db, query, at, called, cancellationToken);
        return new Page<VmRow>(await RowsAsync(db, query.SourceId, page.Items, called, cancellationToken), paging.Number, paging.Size, page.Total);
    }

    /// <summary>All that match, in the order that is asked for, some hundred read at a time.</summary>
    public async Task<IAsyncEnumerable<VmRow>> AllAsync(string source, VmFilter filter, int? version, string? sort, CancellationToken cancellationToken)
    {
        var query = await QueryAsync(source, filter, version, sort, cancellationToken);
        await using var db = await reader.OpenAsync(query.SourceId, version, cancellationToken);
        if (await InventoryStore.FindStateAsync(db, query.SourceId, version, cancellationToken) is not { } at)
        {
            return AsyncEnumerable.Empty<VmRow>();
        }

        var called = await names.OfAsync(query.SourceId, at.Version, cancellationToken);
        return RowsOfAsync(query.SourceId, await inventories.ListVmIdsAsync(db, query, at, called, cancellationToken), called, cancellationToken);
    }

    /// <summary>Keys of all that match in the newest inventory, by name.</summary>
    /// <exception cref="MigrateException">list.too-many.</exception>
    public async Task<IReadOnlyList<string>> KeysAsync(string source, VmFilter filter, int most, CancellationToken cancellationToken)
    {
        var keys = await inventories.ListVmKeysAsync(await QueryAsync(source, filter, null, null, cancellationToken), most + 1, cancellationToken);
        return keys.Count <= most ? keys : throw new MigrateException("list.too-many", $"More than {most} VMs match.", "Filter further, and take them in parts.");
    }

    private async IAsyncEnumerable<VmRow> RowsOfAsync(Guid sourceId, IReadOnlyList<long> ids, InventoryNames called, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        foreach (var some in ids.Chunk(AtOnce))
        {
            foreach (var row in await RowsAsync(db, sourceId, await InventoryStore.FindVmsAsync(db, some, cancellationToken), called, cancellationToken))
            {
                yield return row;
            }
        }
    }

    /// <exception cref="MigrateException">source.unknown, plan.unknown, concern.unknown, list.filter-unknown and the like.</exception>
    private async Task<VmQuery> QueryAsync(string source, VmFilter filter, int? version, string? sort, CancellationToken cancellationToken)
    {
        var id = (await register.FindAsync(source, cancellationToken)).Id;
        if (filter.PowerState is { } power && !InventoryEndpoints.PowerStates.Contains(power))
        {
            throw new MigrateException("list.filter-unknown", $"No VM has the power state '{power}'.", $"Power states are {string.Join(", ", InventoryEndpoints.PowerStates)}.");
        }

        return new VmQuery
        {
            SourceId = id,
            Version = version,
            Search = filter.Filter is { Length: > 0 } part ? part : null,
            PowerState = filter.PowerState,
            HostKey = await KeyAsync(InventoryKind.Host, filter.Host),
            HostKeys = await KeyAsync(InventoryKind.Cluster, filter.Cluster) is { } cluster ? (await names.OfAsync(id, version, cancellationToken)).HostsOfCluster(cluster) : null,
            Folder = filter.Folder,
            Datacenter = filter.Datacenter,
            DatastoreKey = await KeyAsync(InventoryKind.Datastore, filter.Datastore),
            Guest = filter.Guest is { Length: > 0 } guest ? guest : null,
            MinUsedBytes = filter.MinUsedBytes,
            MaxUsedBytes = filter.MaxUsedBytes,
            MinChangeBytesPerSecond = filter.MinChangeBytesPerSecond,
            MaxChangeBytesPerSecond = filter.MaxChangeBytesPerSecond,
            IsMeasured = filter.Measured,
            Worst = filter.Worst,
            ConcernId = filter.Concern is { } concern ? ConcernCatalogue.Find(concern).Id : null,
            PlanId = filter.Plan is { } plan ? await PlanAsync(plan, cancellationToken) : null,
            Wave = filter.Wave,
            IsPlanned = filter.Planned,
            Sort = sort,
        };

        async Task<string?> KeyAsync(InventoryKind kind, string? nameOrKey) => nameOrKey is null ? null : await reader.KeyOfAsync(id, version, kind, nameOrKey, cancellationToken);
    }

    private async Task<Guid> PlanAsync(string name, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        return await db.Plans.Where(x => x.Name == name).Select(x => (Guid?)x.Id).SingleOrDefaultAsync(cancellationToken)
            ?? throw new MigrateException("plan.unknown", $"There is no plan named '{name}'.", "See 'migrate plan list'.");
    }

    private static async Task<IReadOnlyList<VmRow>> RowsAsync(MigrateDb db, Guid sourceId, IReadOnlyList<InventoryVm> vms, InventoryNames called, CancellationToken cancellationToken)
    {
        var places = await NewestPlacesAsync(db, sourceId, [.. vms.Select(x => x.Key)], cancellationToken);
        return [.. vms.Select(x => RowOf(x, called, places.GetValueOrDefault(x.Key)))];
    }

    /// <summary>The newest plan that each is in; VMs without one are left out.</summary>
    private static async Task<Dictionary<string, VmPlanPlace>> NewestPlacesAsync(MigrateDb db, Guid sourceId, IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var found = await db.Plans.AsNoTracking().Where(x => x.SourceId == sourceId).Join(db.PlanVms.Where(x => keys.Contains(x.VmKey)), x => x.Id, x => x.PlanId, (plan, vm) => new { vm.VmKey, plan.Name, vm.Wave, plan.CreatedAt })
            .OrderBy(x => x.CreatedAt).ThenBy(x => x.Name).ToListAsync(cancellationToken);
        Dictionary<string, VmPlanPlace> newest = new(StringComparer.Ordinal);
        foreach (var x in found)
        {
            newest[x.VmKey] = new VmPlanPlace(x.Name, x.Wave);
        }

        return newest;
    }

    private static VmRow RowOf(InventoryVm vm, InventoryNames called, VmPlanPlace? place) => new(
        vm.Key, vm.Name, vm.PowerState, called.Host(vm.HostKey), vm.Folder, vm.Guest, vm.CpuCount, vm.MemoryBytes, vm.DiskCount, vm.CapacityBytes,
        [.. InventoryVm.Words(vm.Datastores).Select(called.Datastore)])
    {
        Datacenter = vm.Datacenter,
        Cluster = called.ClusterOfHost(vm.HostKey),
        UsedBytes = vm.UsedBytes < 0 ? null : vm.UsedBytes,
        ChangeBytesPerSecond = vm.ChangeBytesPerSecond < 0 ? null : vm.ChangeBytesPerSecond,
        ChangeOrigin = vm.ChangeOrigin,
        Worst = (WorstConcern)vm.Worst,
        Critical = vm.CriticalCount,
        Warnings = vm.WarningCount,
        Information = vm.InformationCount,
        ConcernIds = InventoryVm.Words(vm.ConcernIds),
        Plan = place?.Plan,
        Wave = place?.Wave,
    };

    private sealed record VmPlanPlace(string Plan, int Wave);
}
