using Migrate.Planner.Inventory;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>A ClusterComputeResource's properties as our <see cref="Cluster"/>, with its rules.</summary>
internal static class ClusterMapping
{
    public static readonly string[] Paths = ["name", "parent", "host", "summary", "configurationEx", "customValue"];

    public static Cluster Map(ObjectProperties cluster, Placement placement, CustomFields fields)
    {
        var configuration = cluster.Get<ClusterConfigInfoEx>("configurationEx");
        var groups = new Groups(configuration?.Group);
        return new Cluster(
            cluster.Key,
            VimName.Decode(cluster.Text("name")) ?? cluster.Key,
            placement.Datacenter(cluster.Get<ManagedObjectReference>("parent")),
            configuration?.DrsConfig?.Enabled ?? false,
            configuration?.DasConfig?.Enabled ?? false,
            configuration?.VsanConfigInfo?.Enabled ?? false)
        {
            Vsan = VsanMapping.Cluster(configuration?.VsanConfigInfo),
            DrsAutomation = configuration?.DrsConfig?.DefaultVmBehavior,
            DpmEnabled = configuration?.DpmConfigInfo?.Enabled ?? false,
            EvcMode = cluster.Get<ClusterComputeResourceSummary>("summary")?.CurrentEVCModeKey is { Length: > 0 } mode ? mode : null,
            AdmissionControl = configuration?.DasConfig?.AdmissionControlEnabled ?? false,
            HostKeys = Keys(cluster.Get<ArrayOfManagedObjectReference>("host")?.ManagedObjectReference),
            Rules = [.. (configuration?.Rule ?? []).Select(rule => Rule(rule, groups))],
            Groups = groups.All,
            Overrides = [.. (configuration?.DrsVmConfig ?? []).Where(o => o.Key is not null).Select(o => new DrsOverride(o.Key.Value, o.Enabled ?? true, o.Behavior))],
            CustomAttributes = fields.Of(cluster),
        };
    }

    private static DrsRule Rule(ClusterRuleInfo rule, Groups groups)
    {
        var common = new DrsRule
        {
            Key = rule.Key ?? 0,
            Name = VimName.Decode(rule.Name) ?? "",
            Enabled = rule.Enabled ?? false,
            Mandatory = rule.Mandatory ?? false,
        };
        return rule switch
        {
            ClusterAffinityRuleSpec r => common with { Kind = DrsRuleKind.VmAffinity, VmKeys = Keys(r.Vm) },
            ClusterAntiAffinityRuleSpec r => common with { Kind = DrsRuleKind.VmAntiAffinity, VmKeys = Keys(r.Vm) },
            ClusterVmHostRuleInfo r => common with
            {
                Kind = string.IsNullOrEmpty(r.AffineHostGroupName) ? DrsRuleKind.VmHostAntiAffinity : DrsRuleKind.VmHostAffinity,
                VmGroup = r.VmGroupName,
                VmKeys = groups.Vms(r.VmGroupName),
                HostGroup = string.IsNullOrEmpty(r.AffineHostGroupName) ? r.AntiAffineHostGroupName : r.AffineHostGroupName,
                HostKeys = groups.Hosts(string.IsNullOrEmpty(r.AffineHostGroupName) ? r.AntiAffineHostGroupName : r.AffineHostGroupName),
            },
            ClusterDependencyRuleInfo r => common with
            {
                Kind = DrsRuleKind.VmDependency,
                VmGroup = r.VmGroup,
                VmKeys = groups.Vms(r.VmGroup),
                DependsOnVmGroup = r.DependsOnVmGroup,
                DependsOnVmKeys = groups.Vms(r.DependsOnVmGroup),
            },
            _ => common,
        };
    }

    private static string[] Keys(IEnumerable<ManagedObjectReference>? references) => [.. (references ?? []).Select(r => r.Value)];

    private sealed class Groups(IEnumerable<ClusterGroupInfo>? groups)
    {
        public IReadOnlyList<DrsGroup> All { get; } =
        [
            .. (groups ?? []).Select(group => group switch
            {
                ClusterVmGroup g => new DrsGroup(g.Name ?? "", Keys(g.Vm), []),
                ClusterHostGroup g => new DrsGroup(g.Name ?? "", [], Keys(g.Host)),
                _ => new DrsGroup(group.Name ?? "", [], []),
            }),
        ];

        public IReadOnlyList<string> Vms(string? name) => All.FirstOrDefault(g => g.Name == name)?.VmKeys ?? [];

        public IReadOnlyList<string> Hosts(string? name) => All.FirstOrDefault(g => g.Name == name)?.HostKeys ?? [];
    }
}
