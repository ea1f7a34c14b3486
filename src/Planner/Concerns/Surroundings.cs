using Migrate.Planner.Inventory;
using Migrate.Planner.Iser;
using Migrate.Planner.Plans;

namespace Migrate.Planner.Concerns;

/// <summary>
/// What the VMs of one inventory stand on and share, looked up once for all of them. A plan and the start of its wave judge through it
/// alike, so that a concern cannot appear in one and not in the other for want of something to look at.
/// </summary>
public sealed class Surroundings(SourceInventory inventory)
{
    public IReadOnlyDictionary<string, EsxHost> Hosts { get; } = inventory.Hosts.ToDictionary(host => host.Key);
    public IReadOnlyDictionary<string, Datastore> Datastores { get; } = inventory.Datastores.ToDictionary(datastore => datastore.Key);
    public IReadOnlyDictionary<string, Cluster> Clusters { get; } = inventory.Clusters.ToDictionary(cluster => cluster.Key);
    public Neighbours Neighbours { get; } = new(inventory.Vms);
    private readonly ILookup<string, DrsRule> _rules = inventory.Clusters.SelectMany(cluster => cluster.Rules).Where(rule => rule.Enabled)
        .SelectMany(rule => rule.VmKeys.Concat(rule.DependsOnVmKeys).Distinct().Select(vm => (Vm: vm, Rule: rule))).ToLookup(pair => pair.Vm, pair => pair.Rule);
    private readonly bool _files = inventory.About.IsFiles;

    public BaselineKnowledge Baselines { get; init; } = BaselineKnowledge.None;
    /// <summary>Failed self-tests of earlier runs, by VM key.</summary>
    public IReadOnlyDictionary<string, SelfTestFacts> SelfTests { get; init; } = new Dictionary<string, SelfTestFacts>();
    /// <summary>What operators gave as evidence of flow control, by host name.</summary>
    public IReadOnlyDictionary<string, HostFlowControl> FlowControl { get; init; } = new Dictionary<string, HostFlowControl>();
    public PlanScope? Plan { get; init; }
    public ReaderMeans Means { get; init; } = new();
    /// <summary>UTC.</summary>
    public required DateTime Now { get; init; }

    public IReadOnlyList<Concern> Judge(Vm vm, MigrationMode mode, PlanPolicy policy) => ConcernJudge.Judge(new ConcernContext(vm, Hosts, Datastores, mode)
    {
        Clusters = Clusters,
        Policy = policy,
        Neighbours = Neighbours,
        DrsRules = [.. _rules[vm.Key]],
        Plan = Plan,
        FlowControl = FlowControl,
        OfFiles = _files,
        SelfTest = SelfTests.GetValueOrDefault(vm.Key),
        Means = Means,
        Baseline = Baselines.Facts.GetValueOrDefault(vm.Key),
        Collection = Baselines.Collections.GetValueOrDefault(vm.Key),
        Now = Now,
    });
}
