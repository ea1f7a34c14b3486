namespace Migrate.Planner.Plans.Mappings;

/// <summary>What is to become of networks in a plan that there is already. What it does not name stays.</summary>
public sealed record MappingRequest
{
    /// <summary>Name or id of the plan.</summary>
    public required string Plan { get; init; }
    /// <summary>Mappings by network of the source: new ones, and those that take the place of what the plan has.</summary>
    public IReadOnlyDictionary<string, NetworkMapping> Networks { get; init; } = new Dictionary<string, NetworkMapping>();
    /// <summary>Networks whose mappings are taken out; refused for those that a VM uses.</summary>
    public IReadOnlyList<string> Forget { get; init; } = [];
    /// <summary>Why; needed where runs are under way or times were approved.</summary>
    public string Reason { get; init; } = "";
    /// <summary>Who asks, for the runs' logs.</summary>
    public required string By { get; init; }
    /// <summary>Whoever asks may let VMs go down.</summary>
    public required bool IsApprover { get; init; }
}

/// <summary>What changed, and what no longer holds by that.</summary>
/// <param name="PlanName">The plan's.</param>
/// <param name="Changed">Networks whose mapping is another one now.</param>
/// <param name="Runs">VMs whose runs are under way and get the new mapping; approvals of their cutovers no longer hold.</param>
/// <param name="WithoutWave">VMs whose approved times no longer hold: they are in no wave until a version of the plan's waves is approved again.</param>
/// <param name="ApprovedVersion">The version of the waves that they were approved with; null where none lost its times.</param>
public sealed record MappingChange(string PlanName, IReadOnlyList<ChangedMapping> Changed, IReadOnlyList<string> Runs, IReadOnlyList<string> WithoutWave, int? ApprovedVersion);

/// <summary>A network's mapping before and after.</summary>
/// <param name="Network">The network at the source.</param>
/// <param name="From">What it was mapped to; null: to nothing.</param>
/// <param name="To">What it is mapped to; null: the plan no longer knows it.</param>
/// <param name="Vms">VMs of the plan that use it, those that have moved included.</param>
public sealed record ChangedMapping(string Network, NetworkMapping? From, NetworkMapping? To, int Vms)
{
    /// <summary>As people say it.</summary>
    public static string Words(NetworkMapping? mapping) => mapping switch
    {
        null => "nothing",
        { Kind: "user" } => "user mode",
        { Kind: "none" } => "no network",
        _ => $"{mapping.Kind} {mapping.Name}",
    };
}
