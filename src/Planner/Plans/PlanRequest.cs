using Migrate.Planner.Concerns;

namespace Migrate.Planner.Plans;

/// <summary>What an operator asks for. Names are the ones that the operator sees, resolved against the newest inventory.</summary>
public sealed record PlanRequest
{
    public required string Name { get; init; }
    public required string SourceName { get; init; }
    /// <summary>Name of the KVM host that the VMs move to.</summary>
    public required string KvmHostName { get; init; }
    /// <summary>VM names, in the order to move; a VM key ("vm-42") where a name is not unique.</summary>
    public required IReadOnlyList<string> VmNames { get; init; }
    public MigrationMode Mode { get; init; } = MigrationMode.Cold;
    public PlanPolicy Policy { get; init; } = new();
    /// <summary>Wave number (from 1) by entry of <see cref="VmNames"/>; what is not named moves in wave 1.</summary>
    public IReadOnlyDictionary<string, int> Waves { get; init; } = new Dictionary<string, int>();
}
