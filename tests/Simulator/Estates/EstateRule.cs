namespace Migrate.Simulator.Estates;

public enum EstateRuleKind
{
    /// <summary>VMs on one host.</summary>
    Together,
    /// <summary>VMs on different hosts.</summary>
    Apart,
    /// <summary>VMs on some hosts.</summary>
    On,
    /// <summary>VMs not on some hosts.</summary>
    NotOn,
}

/// <summary>A rule of DRS. Rules of VMs and hosts get a group of each, named after the rule.</summary>
public sealed record EstateRule
{
    public required string Name { get; init; }
    public EstateRuleKind Kind { get; init; }
    public bool Enabled { get; init; } = true;
    public bool Mandatory { get; init; }
    public IReadOnlyList<string> Vms { get; init; } = [];
    /// <summary>For on and notOn.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];
}
