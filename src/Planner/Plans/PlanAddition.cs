using Migrate.Planner.Concerns;

namespace Migrate.Planner.Plans;

/// <summary>VMs that are to come into a plan which there is already.</summary>
public sealed record PlanAdditionRequest
{
    /// <summary>Name or id of the plan.</summary>
    public required string Plan { get; init; }
    /// <summary>VM names, in the order to move; a VM key ("vm-42") where a name is not unique.</summary>
    public required IReadOnlyList<string> VmNames { get; init; }
    /// <summary>From 1; null: the last wave of the plan, or a new one after it if that was started.</summary>
    public int? Wave { get; init; }
    /// <summary>Mappings of networks that the plan lacks. Those that it has cannot be changed by this.</summary>
    public IReadOnlyDictionary<string, NetworkMapping> Networks { get; init; } = new Dictionary<string, NetworkMapping>();
    /// <summary>Text that the console of an added VM must show, by VM name.</summary>
    public IReadOnlyDictionary<string, string> ExpectConsole { get; init; } = new Dictionary<string, string>();
    /// <summary>Added VMs (by name) that move otherwise than the plan's mode says.</summary>
    public IReadOnlyDictionary<string, MigrationMode> Modes { get; init; } = new Dictionary<string, MigrationMode>();
}

/// <summary>What came into a plan.</summary>
/// <param name="PlanName">The plan's.</param>
/// <param name="VmNames">In the order to move.</param>
/// <param name="Wave">The wave that they are in; 0: none, until the plan's waves are planned anew.</param>
/// <param name="InventoryVersion">The inventory version that the plan goes by now.</param>
/// <param name="WavesToPlanAnew">Number of the newest version of the plan's waves, which does not know these VMs; null when no waves were planned.</param>
public sealed record PlanAddition(string PlanName, IReadOnlyList<string> VmNames, int Wave, int InventoryVersion, int? WavesToPlanAnew);
