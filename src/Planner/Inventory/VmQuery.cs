namespace Migrate.Planner.Inventory;

/// <summary>What a VM list is ordered by; ties are broken by the VM's key so that pages never overlap.</summary>
public enum VmOrder
{
    Name,
    CapacityBytes,
    PowerState,
    Folder,
    Host,
}

/// <summary>A page of a source's VMs: filtered, sorted and cut in SQL.</summary>
public sealed partial record VmQuery
{
    public required Guid SourceId { get; init; }
    /// <summary>Null: the newest version.</summary>
    public int? Version { get; init; }
    /// <summary>Part of the name, without regard to case.</summary>
    public string? Search { get; init; }
    public string? PowerState { get; init; }
    public string? HostKey { get; init; }
    /// <summary>The folder itself and what lies below it.</summary>
    public string? Folder { get; init; }
    public VmOrder OrderBy { get; init; } = VmOrder.Name;
    public bool Descending { get; init; }
    public int Offset { get; init; }
    public int Limit { get; init; } = 100;
}
