namespace Migrate.Planner.Inventory;

/// <summary>A cluster of hosts, with what decides which VMs must or must not be together.</summary>
public sealed record Cluster(string Key, string Name, string Datacenter, bool DrsEnabled, bool HaEnabled, bool VsanEnabled)
{
    /// <summary>Null when the cluster has no vSAN.</summary>
    public VsanCluster? Vsan { get; init; }
    /// <summary>manual | partiallyAutomated | fullyAutomated.</summary>
    public string? DrsAutomation { get; init; }
    /// <summary>Hosts may be put to sleep, and their VMs moved, to save power.</summary>
    public bool DpmEnabled { get; init; }
    /// <summary>The CPU generation that all VMs are held to, e.g. intel-broadwell; null: none.</summary>
    public string? EvcMode { get; init; }
    /// <summary>HA refuses to start what it could not restart after a failure.</summary>
    public bool AdmissionControl { get; init; }
    public IReadOnlyList<string> HostKeys { get; init; } = [];
    public IReadOnlyList<DrsRule> Rules { get; init; } = [];
    public IReadOnlyList<DrsGroup> Groups { get; init; } = [];
    public IReadOnlyList<DrsOverride> Overrides { get; init; } = [];
    public IReadOnlyList<Tag> Tags { get; init; } = [];
    public IReadOnlyList<CustomAttribute> CustomAttributes { get; init; } = [];
}

public enum DrsRuleKind
{
    Unknown,
    /// <summary>VMs on the same host.</summary>
    VmAffinity,
    /// <summary>VMs on different hosts.</summary>
    VmAntiAffinity,
    /// <summary>VMs on a group of hosts.</summary>
    VmHostAffinity,
    /// <summary>VMs not on a group of hosts.</summary>
    VmHostAntiAffinity,
    /// <summary>VMs restart after other VMs.</summary>
    VmDependency,
}

/// <summary>A rule of DRS. Groups are resolved: <see cref="VmKeys"/> and <see cref="HostKeys"/> are always the members.</summary>
public sealed record DrsRule
{
    public required int Key { get; init; }
    public required string Name { get; init; }
    public DrsRuleKind Kind { get; init; }
    public bool Enabled { get; init; }
    /// <summary>"Must" and not "should".</summary>
    public bool Mandatory { get; init; }
    public IReadOnlyList<string> VmKeys { get; init; } = [];
    public IReadOnlyList<string> HostKeys { get; init; } = [];
    public string? VmGroup { get; init; }
    public string? HostGroup { get; init; }
    /// <summary>With <see cref="DrsRuleKind.VmDependency"/>: the group that must be up first.</summary>
    public string? DependsOnVmGroup { get; init; }
    public IReadOnlyList<string> DependsOnVmKeys { get; init; } = [];
}

/// <summary>A group of VMs or of hosts; one of the two lists is empty.</summary>
public sealed record DrsGroup(string Name, IReadOnlyList<string> VmKeys, IReadOnlyList<string> HostKeys);

/// <summary>A VM that DRS treats in a way of its own; <paramref name="Automation"/> is null where only <paramref name="Enabled"/> is set.</summary>
public sealed record DrsOverride(string VmKey, bool Enabled, string? Automation);
