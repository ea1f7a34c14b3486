using System.Text.Json;
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

    /// <summary>Whether pages are walked to along an index: everything, in an order that one has.</summary>
    internal bool IsAlongIndex => this with { Version = null, Sort = null, Offset = 0, Limit = 0 } == new VmQuery { SourceId = SourceId, Limit = 0 } && Orders.Read(Sort).Name is not (ByHost or ByCluster or ByDatastore or ByPlan);

    /// <summary>All that decides which VMs are in the list and in which order: as long as it is the same, so is the list.</summary>
    internal async Task<string> StateAsync(MigrateDb db, InventoryState at, CancellationToken cancellationToken)
    {
        bool isOfPlans = PlanId is not null || Wave is not null || IsPlanned is not null || Orders.Read(Sort).Name == ByPlan;
        // As JSON, since that keeps times exact.
        return JsonSerializer.Serialize(new { Query = this with { Version = null, Offset = 0, Limit = 0 }, At = at, Plans = isOfPlans ? await PlansAsync(db, cancellationToken) : null });
    }

    /// <summary>Ids of all rows, in the order of the list.</summary>
    /// <param name="db">Where they are.</param>
    /// <param name="rows">What <see cref="Filter"/> lets through.</param>
    /// <param name="names">Of hosts, clusters and datastores.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    internal async Task<IReadOnlyList<long>> IdsAsync(MigrateDb db, IQueryable<InventoryVm> rows, InventoryNames names, CancellationToken cancellationToken)
    {
        (string order, bool down) = Orders.Read(Sort);
        return order switch
        {
            ByHost => await IdsByTextAsync(rows.Select(row => new Named { Id = row.Id, Key = row.Key, By = row.HostKey }), names.Host, down, cancellationToken),
            ByCluster => await IdsByTextAsync(rows.Select(row => new Named { Id = row.Id, Key = row.Key, By = row.HostKey }), names.ClusterOfHost, down, cancellationToken),
            ByDatastore => await IdsByTextAsync(rows.Select(row => new Named { Id = row.Id, Key = row.Key, By = row.Datastores }), names.Datastores, down, cancellationToken),
            ByPlan => await IdsByPlanAsync(db, rows, down, cancellationToken),
            _ => await Orders.Apply(rows, Sort).Select(row => row.Id).ToListAsync(cancellationToken),
        };
    }

    // What a list shows of a host is its name, which is in a row of its own. Clusters and datastores are the same.
    private static async Task<IReadOnlyList<long>> IdsByTextAsync(IQueryable<Named> rows, Func<string?, string> name, bool down, CancellationToken cancellationToken)
    {
        var all = await rows.ToListAsync(cancellationToken);
        var texts = all.Select(row => row.By ?? "").Distinct(StringComparer.Ordinal).ToDictionary(by => by, by => name(by.Length == 0 ? null : by), StringComparer.Ordinal);
        return InOrder(all.OrderBy(row => texts[row.By ?? ""], StringComparer.Ordinal).ThenBy(row => row.Key, StringComparer.Ordinal).Select(row => row.Id), down);
    }

    // By the newest plan that each is in, and its wave there; VMs without a plan come first.
    private async Task<IReadOnlyList<long>> IdsByPlanAsync(MigrateDb db, IQueryable<InventoryVm> rows, bool down, CancellationToken cancellationToken)
    {
        var places = new Dictionary<string, (string Plan, int Wave)>(StringComparer.Ordinal);
        foreach (PlanState plan in await PlansAsync(db, cancellationToken))
        {
            foreach (var vm in await db.PlanVms.Where(vm => vm.PlanId == plan.Id).Select(vm => new { vm.VmKey, vm.Wave }).ToListAsync(cancellationToken))
            {
                places[vm.VmKey] = (plan.Name, vm.Wave);
            }
        }
        var all = await rows.Select(row => new { row.Id, row.Key }).ToListAsync(cancellationToken);
        return InOrder(all.Select(row => (row.Id, row.Key, At: places.GetValueOrDefault(row.Key, ("", 0))))
            .OrderBy(row => row.At.Item1, StringComparer.Ordinal).ThenBy(row => row.At.Item2).ThenBy(row => row.Key, StringComparer.Ordinal).Select(row => row.Id), down);
    }

    private static List<long> InOrder(IEnumerable<long> ids, bool down)
    {
        List<long> all = [.. ids];
        if (down)
        {
            all.Reverse();
        }
        return all;
    }

    /// <summary>The source's plans, the oldest first, with what is never twice the same when their VMs or their waves are others.</summary>
    private Task<List<PlanState>> PlansAsync(MigrateDb db, CancellationToken cancellationToken) =>
        db.Plans.Where(plan => plan.SourceId == SourceId).OrderBy(plan => plan.CreatedAt).ThenBy(plan => plan.Name)
            .Select(plan => new PlanState(plan.Id, plan.Name, plan.VmsChangedAt, db.WaveVersions.Where(made => made.PlanId == plan.Id).Max(made => made.ApprovedAt), db.PlanVms.Count(vm => vm.PlanId == plan.Id && vm.Wave == 0))).ToListAsync(cancellationToken);

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

    /// <summary>
    /// VMs come and go by adding and removing. An approval gives them waves; a change of mappings takes some out of theirs, into none, where they stay until the next
    /// approval: between two of them, how many are in none tells which.
    /// </summary>
    private sealed record PlanState(Guid Id, string Name, DateTime? VmsChangedAt, DateTime? ApprovedAt, int InNoWave);

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
