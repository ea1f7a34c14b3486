using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Inventory;

/// <summary>How the query becomes SQL that both databases understand alike.</summary>
public sealed partial record VmQuery
{
    public static readonly ListOrders<InventoryVm> Orders = new ListOrders<InventoryVm>("name").Last(row => row.Key)
        .By("name", row => row.Name).By("capacity", row => row.CapacityBytes).By("powerState", row => row.PowerState).By("folder", row => row.Folder).By(ByHost, row => row.HostKey)
        .By(ByCluster, row => row.HostKey).By("datacenter", row => row.Datacenter).By(ByDatastore, row => row.Datastores).By("guest", row => row.Guest).By("used", row => row.UsedBytes)
        .By("changeRate", row => row.ChangeBytesPerSecond).By("concerns", row => row.Worst).By(ByPlan, row => row.Key);

    private const string ByHost = "host";
    private const string ByCluster = "cluster";
    private const string ByDatastore = "datastore";
    private const string ByPlan = "plan";

    /// <summary>Ids of the page's rows, in its order.</summary>
    /// <param name="db">Where they are.</param>
    /// <param name="rows">What <see cref="Filter"/> lets through.</param>
    /// <param name="names">Of hosts, clusters and datastores.</param>
    /// <param name="known">Orders that were made in memory lately.</param>
    /// <param name="version">That the rows are of.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    internal async Task<IReadOnlyList<long>> PageAsync(MigrateDb db, IQueryable<InventoryVm> rows, InventoryNames names, SortedLists known, int version, CancellationToken cancellationToken)
    {
        (string order, bool down) = Orders.Read(Sort);
        return order switch
        {
            ByHost => await PageByTextAsync(rows.Select(row => new Named { Id = row.Id, Key = row.Key, By = row.HostKey }), names.Host, down, cancellationToken),
            ByCluster => await PageByTextAsync(rows.Select(row => new Named { Id = row.Id, Key = row.Key, By = row.HostKey }), names.ClusterOfHost, down, cancellationToken),
            ByDatastore => await PageByTextAsync(rows.Select(row => new Named { Id = row.Id, Key = row.Key, By = row.Datastores }), names.Datastores, down, cancellationToken),
            ByPlan => await PageByPlanAsync(db, rows, known, version, down, cancellationToken),
            _ => await Orders.Apply(rows, Sort).Select(row => row.Id).Skip(Offset).Take(Limit).ToListAsync(cancellationToken),
        };
    }

    // What a list shows of a host is its name, which is in a row of its own. To sort all VMs by it would take longer than everything else: how many VMs
    // each host has tells which hosts the page is of, and only their VMs are looked at. Clusters and datastores are the same.
    private async Task<IReadOnlyList<long>> PageByTextAsync(IQueryable<Named> rows, Func<string?, string> name, bool down, CancellationToken cancellationToken)
    {
        var counts = await rows.GroupBy(row => row.By).Select(same => new { By = same.Key, Count = same.Count() }).ToListAsync(cancellationToken);
        var byName = counts.GroupBy(x => name(x.By)).OrderBy(same => same.Key, StringComparer.Ordinal).ToList();
        if (down)
        {
            byName.Reverse();
        }
        int before = 0, skipped = 0;
        List<string?> keys = [];
        foreach (var same in byName)
        {
            int until = before + same.Sum(x => x.Count);
            if (until <= Offset)
            {
                skipped = until;
            }
            else if (before < Offset + Limit)
            {
                keys.AddRange(same.Select(x => x.By));
            }
            before = until;
        }
        var near = await rows.Where(row => keys.Contains(row.By)).ToListAsync(cancellationToken);
        var sorted = near.OrderBy(row => name(row.By), StringComparer.Ordinal).ThenBy(row => row.Key, StringComparer.Ordinal).Select(row => row.Id);
        return [.. (down ? sorted.Reverse() : sorted).Skip(Offset - skipped).Take(Limit)];
    }

    // By the newest plan that each is in, and its wave there; VMs without a plan come first. No index has that order: it is made in memory, and kept for the
    // pages that are asked for next.
    private async Task<IReadOnlyList<long>> PageByPlanAsync(MigrateDb db, IQueryable<InventoryVm> rows, SortedLists known, int version, bool down, CancellationToken cancellationToken)
    {
        var plans = await db.Plans.Where(plan => plan.SourceId == SourceId).OrderBy(plan => plan.CreatedAt).ThenBy(plan => plan.Name).Select(plan => new { plan.Id, plan.Name, plan.VmsChangedAt }).ToListAsync(cancellationToken);
        List<Guid> ids = [.. plans.Select(plan => plan.Id)];
        var waves = await db.PlanVms.Where(vm => ids.Contains(vm.PlanId)).GroupBy(vm => new { vm.PlanId, vm.Wave }).Select(wave => new { wave.Key.PlanId, wave.Key.Wave, Count = wave.Count() }).OrderBy(wave => wave.PlanId).ThenBy(wave => wave.Wave).ToListAsync(cancellationToken);
        string state = $"{version} {FilterText} {string.Join(' ', plans)} {string.Join(' ', waves)}";
        IReadOnlyList<long> up = await known.OfAsync(state, async () =>
        {
            var places = new Dictionary<string, (string Plan, int Wave)>(StringComparer.Ordinal);
            foreach (var plan in plans)
            {
                foreach (var vm in await db.PlanVms.Where(vm => vm.PlanId == plan.Id).Select(vm => new { vm.VmKey, vm.Wave }).ToListAsync(cancellationToken))
                {
                    places[vm.VmKey] = (plan.Name, vm.Wave);
                }
            }
            var all = await rows.Select(row => new { row.Id, row.Key }).ToListAsync(cancellationToken);
            return [.. all.Select(row => (row.Id, row.Key, At: places.GetValueOrDefault(row.Key, ("", 0))))
                .OrderBy(row => row.At.Item1, StringComparer.Ordinal).ThenBy(row => row.At.Item2).ThenBy(row => row.Key, StringComparer.Ordinal).Select(row => row.Id)];
        });
        return [.. (down ? up.Reverse() : up).Skip(Offset).Take(Limit)];
    }

    internal IQueryable<InventoryVm> Filter(MigrateDb db, IQueryable<InventoryVm> rows)
    {
        rows = rows.Named(row => row.Name, Search).Named(row => row.Guest, Guest);
        if (PowerState is not null)
        {
            rows = rows.Where(row => row.PowerState == PowerState);
        }
        if (HostKey is not null)
        {
            rows = rows.Where(row => row.HostKey == HostKey);
        }
        if (HostKeys is not null)
        {
            rows = rows.Where(row => HostKeys.Contains(row.HostKey!));
        }
        if (Folder is not null)
        {
            // As written: LIKE ignores case on SQLite and minds it on PostgreSQL.
            string below = Folder.TrimEnd('/') + "/";
            int characters = below.EnumerateRunes().Count(); // As databases count them.
            rows = rows.Where(row => row.Folder == Folder || row.Folder.Substring(0, characters) == below);
        }
        if (Datacenter is not null)
        {
            rows = rows.Where(row => row.Datacenter == Datacenter);
        }
        if (DatastoreKey is not null)
        {
            string word = InventoryVm.Joined([DatastoreKey]);
            rows = rows.Where(row => row.Datastores.Contains(word));
        }
        return OfPlans(db, Judged(Measured(rows)));
    }

    private IQueryable<InventoryVm> Measured(IQueryable<InventoryVm> rows)
    {
        if (MinUsedBytes is not null)
        {
            rows = rows.Where(row => row.UsedBytes >= MinUsedBytes);
        }
        if (MaxUsedBytes is not null)
        {
            rows = rows.Where(row => row.UsedBytes >= 0 && row.UsedBytes <= MaxUsedBytes);
        }
        if (MinChangeBytesPerSecond is not null)
        {
            rows = rows.Where(row => row.ChangeBytesPerSecond >= MinChangeBytesPerSecond);
        }
        if (MaxChangeBytesPerSecond is not null)
        {
            rows = rows.Where(row => row.ChangeBytesPerSecond >= 0 && row.ChangeBytesPerSecond <= MaxChangeBytesPerSecond);
        }
        return IsMeasured is null ? rows : rows.Where(row => row.ChangeBytesPerSecond >= 0 == IsMeasured);
    }

    private IQueryable<InventoryVm> Judged(IQueryable<InventoryVm> rows)
    {
        if (Worst is { } worst)
        {
            int number = (int)worst;
            rows = rows.Where(row => row.Worst == number);
        }
        if (ConcernId is not null)
        {
            string word = InventoryVm.Joined([ConcernId]);
            rows = rows.Where(row => row.ConcernIds.Contains(word));
        }
        return rows;
    }

    private IQueryable<InventoryVm> OfPlans(MigrateDb db, IQueryable<InventoryVm> rows)
    {
        if (PlanId is not null || Wave is not null)
        {
            IQueryable<string> keys = db.PlanVms.Where(vm => (PlanId == null ? db.Plans.Any(plan => plan.Id == vm.PlanId && plan.SourceId == SourceId) : vm.PlanId == PlanId) && (Wave == null || vm.Wave == Wave)).Select(vm => vm.VmKey);
            rows = rows.Where(row => keys.Contains(row.Key));
        }
        if (IsPlanned is not null)
        {
            IQueryable<string> planned = db.PlanVms.Where(vm => db.Plans.Any(plan => plan.Id == vm.PlanId && plan.SourceId == SourceId)).Select(vm => vm.VmKey);
            rows = IsPlanned.Value ? rows.Where(row => planned.Contains(row.Key)) : rows.Where(row => !planned.Contains(row.Key));
        }
        return rows;
    }

    private sealed class Named
    {
        public long Id { get; init; }
        public required string Key { get; init; }
        public string? By { get; init; }
    }
}

/// <summary>What objects that VMs name by key are called; a key that nothing is known of stands for itself.</summary>
public sealed class InventoryNames
{
    public IReadOnlyDictionary<string, string> Hosts { get; init; } = new Dictionary<string, string>();
    /// <summary>By the keys of hosts, keys of clusters.</summary>
    public IReadOnlyDictionary<string, string> ClusterKeys { get; init; } = new Dictionary<string, string>();
    public IReadOnlyDictionary<string, string> Clusters { get; init; } = new Dictionary<string, string>();
    public IReadOnlyDictionary<string, string> OfDatastores { get; init; } = new Dictionary<string, string>();

    public string Host(string? key) => key is null ? "" : Hosts.GetValueOrDefault(key, key);

    /// <summary>Empty for a host of its own.</summary>
    public string ClusterOfHost(string? key) => key is null || !ClusterKeys.TryGetValue(key, out string? cluster) ? "" : Clusters.GetValueOrDefault(cluster, cluster);

    public IReadOnlyList<string> HostsOfCluster(string cluster) => [.. ClusterKeys.Where(host => host.Value == cluster).Select(host => host.Key)];

    public string Datastore(string key) => OfDatastores.GetValueOrDefault(key, key);

    /// <param name="keys">As <see cref="InventoryVm.Datastores"/> has them.</param>
    public string Datastores(string? keys) => string.Join(", ", InventoryVm.Words(keys ?? "").Select(Datastore));
}
