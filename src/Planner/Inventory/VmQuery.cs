namespace Migrate.Planner.Inventory;

/// <summary>Which of a source's VMs, in which order, and which page of them.</summary>
public sealed partial record VmQuery
{
    public required Guid SourceId { get; init; }
    /// <summary>Null: the newest version.</summary>
    public int? Version { get; init; }
    /// <summary>Part of the name, without regard to case.</summary>
    public string? Search { get; init; }
    public string? PowerState { get; init; }
    public string? HostKey { get; init; }
    /// <summary>Any of these hosts: those of a cluster.</summary>
    public IReadOnlyList<string>? HostKeys { get; init; }
    /// <summary>The folder itself and what lies below it.</summary>
    public string? Folder { get; init; }
    /// <summary>Its name.</summary>
    public string? Datacenter { get; init; }
    public string? DatastoreKey { get; init; }
    /// <summary>Part of the operating system's name, without regard to case.</summary>
    public string? Guest { get; init; }
    public long? MinUsedBytes { get; init; }
    public long? MaxUsedBytes { get; init; }
    public long? MinChangeBytesPerSecond { get; init; }
    public long? MaxChangeBytesPerSecond { get; init; }
    /// <summary>Whether anything has measured how fast they change.</summary>
    public bool? IsMeasured { get; init; }
    /// <summary>The worst severity of their concerns without a plan.</summary>
    public WorstConcern? Worst { get; init; }
    /// <summary>Those with this concern.</summary>
    public string? ConcernId { get; init; }
    public Guid? PlanId { get; init; }
    /// <summary>Of that plan, else of any plan of the source.</summary>
    public int? Wave { get; init; }
    /// <summary>Whether they are in any plan.</summary>
    public bool? IsPlanned { get; init; }
    /// <summary>One of <see cref="Orders"/>, '-' before it for the other way round; null: by name.</summary>
    public string? Sort { get; init; }
    public int Offset { get; init; }
    public int Limit { get; init; } = 100;
}

/// <summary>How bad it stands with a VM, by its concerns without a plan.</summary>
public enum WorstConcern
{
    /// <summary>Rules have not looked at it yet.</summary>
    Unjudged = -1,
    None,
    Information,
    Warning,
    Critical,
}
