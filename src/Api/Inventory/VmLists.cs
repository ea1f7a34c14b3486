using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Inventory;

/// <summary>VMs of a source by filter and order: pages of them, all of them, or their keys.</summary>
internal sealed class VmLists(IDbContextFactory<MigrateDb> databases, SourceRegister register, InventoryReader reader, InventoryStore inventories, KnownRows rows, KnownNames names)
{
    // VMs per query: providers limit the parameters of one.
    private const int AtOnce = 500;

    public async Task<Page<VmRow>> ListAsync(string source, VmFilter filter, int? version, Paging paging, CancellationToken cancellationToken)
    {
        var query = await QueryAsync(source, filter, version, paging.Sort, cancellationToken) with { Offset = paging.Skip, Limit = paging.Size };
        await using var db = await reader.OpenAsync(query.SourceId, version, cancellationToken);
        var page = await inventories.ListVmIdsAsync(db, query, await names.OfAsync(query.SourceId, query.Version, cancellationToken), cancellationToken);
        return new Page<VmRow>(await RowsAsync(db, query, page.Items, cancellationToken), paging.Number, paging.Size, page.Total);
    }

    /// <summary>All that match, in the order that is asked for, some hundred read at a time.</summary>
    public async Task<IAsyncEnumerable<VmRow>> AllAsync(string source, VmFilter filter, int? version, string? sort, CancellationToken cancellationToken)
    {
        var query = await QueryAsync(source, filter, version, sort, cancellationToken);
        IReadOnlyList<long> ids;
        await using (var db = await reader.OpenAsync(query.SourceId, version, cancellationToken))
        {
            ids = await inventories.ListAllVmIdsAsync(db, query, await names.OfAsync(query.SourceId, query.Version, cancellationToken), cancellationToken);
        }

        return RowsOfAsync(query, ids, cancellationToken);
    }

    /// <summary>Keys of all that match in the newest inventory, by name.</summary>
    /// <exception cref="MigrateException">list.too-many.</exception>
    public async Task<IReadOnlyList<string>> KeysAsync(string source, VmFilter filter, int most, CancellationToken cancellationToken)
    {
        var keys = await inventories.ListVmKeysAsync(await QueryAsync(source, filter, null, null, cancellationToken), most + 1, cancellationToken);
        return keys.Count <= most ? keys : throw new MigrateException("list.too-many", $"More than {most} VMs match.", "Filter further, and take them in parts.");
    }

    private async IAsyncEnumerable<VmRow> RowsOfAsync(VmQuery query, IReadOnlyList<long> ids, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        foreach (var some in ids.Chunk(AtOnce))
        {
            foreach (var row in await RowsAsync(db, query, some, cancellationToken))
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
            Search = filter.Filter,
            PowerState = filter.PowerState,
            HostKey = await KeyAsync(InventoryKind.Host, filter.Host),
            HostKeys = await KeyAsync(InventoryKind.Cluster, filter.Cluster) is { } cluster ? (await names.OfAsync(id, version, cancellationToken)).HostsOfCluster(cluster) : null,
            Folder = filter.Folder,
            Datacenter = filter.Datacenter,
            DatastoreKey = await KeyAsync(InventoryKind.Datastore, filter.Datastore),
            Guest = filter.Guest,
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

    private async Task<IReadOnlyList<VmRow>> RowsAsync(MigrateDb db, VmQuery query, IReadOnlyList<long> ids, CancellationToken cancellationToken)
    {
        var vms = await rows.OfAsync(db, ids, "row", body => RowOf(PlannerJson.Read(body, PlannerJson.Default.Vm)), BytesOf, cancellationToken);
        var narrow = await db.InventoryVms.AsNoTracking().Where(x => ids.Contains(x.Id)).ToDictionaryAsync(x => x.Key, StringComparer.Ordinal, cancellationToken);
        var called = await names.OfAsync(query.SourceId, query.Version, cancellationToken);
        var places = await NewestPlacesAsync(db, query.SourceId, [.. vms.Select(x => x.Key)], cancellationToken);
        return
        [
            .. vms.Where(x => narrow.ContainsKey(x.Key)).Select(x => WithFacts(x, narrow[x.Key]) with
            {
                Host = called.Host(x.Host),
                Cluster = called.ClusterOfHost(x.Host),
                Datastores = [.. x.Datastores.Select(called.Datastore)],
                Plan = places.TryGetValue(x.Key, out var place) ? place.Plan : null,
                Wave = place?.Wave,
            }),
        ];
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

    private static VmRow WithFacts(VmRow row, InventoryVm facts) => row with
    {
        Datacenter = facts.Datacenter,
        UsedBytes = facts.UsedBytes < 0 ? null : facts.UsedBytes,
        ChangeBytesPerSecond = facts.ChangeBytesPerSecond < 0 ? null : facts.ChangeBytesPerSecond,
        ChangeOrigin = facts.ChangeOrigin,
        Worst = (WorstConcern)facts.Worst,
        Critical = facts.CriticalCount,
        Warnings = facts.WarningCount,
        Information = facts.InformationCount,
        ConcernIds = InventoryVm.Words(facts.ConcernIds),
    };

    /// <summary>With keys where names will be.</summary>
    private static VmRow RowOf(Vm vm) => new(
        vm.Key, vm.Name, vm.PowerState, vm.HostKey ?? "", vm.Folder, vm.GuestFullName, vm.CpuCount, vm.MemoryBytes, vm.Disks.Count, vm.Disks.Sum(d => d.CapacityBytes), vm.DatastoreKeys);

    private static int BytesOf(VmRow row) => 300 + (2 * (row.Name.Length + row.Folder.Length + row.GuestFullName.Length)) + (60 * row.Datastores.Count);

    private sealed record VmPlanPlace(string Plan, int Wave);
}
