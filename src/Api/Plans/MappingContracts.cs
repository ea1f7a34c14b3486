using Migrate.Planner.Concerns;
using Migrate.Planner.Plans;
using Migrate.Planner.Plans.Mappings;

namespace Migrate.Api.Plans;

/// <summary>What a plan's VMs use at the source, and what it becomes at the destination.</summary>
/// <param name="Plan">Name of the plan.</param>
/// <param name="InventoryVersion">The source's newest version. A VM uses what its cards are on by that, and what they were on when the plan was made.</param>
/// <param name="Networks">Those without a mapping first, then those whose target the host does not have, then by name; mappings that no VM uses last.</param>
/// <param name="Datastores">Those with disks that nothing can read first, then by name. All disks become namespaces of the target.</param>
/// <param name="Targets">What there is to map to.</param>
public sealed record PlanMappingsView(string Plan, int InventoryVersion, IReadOnlyList<NetworkUse> Networks, IReadOnlyList<DatastoreUse> Datastores, MappingTargets Targets);

/// <summary>What a plan's destination offers.</summary>
/// <param name="Host">Name of the KVM host; null when it was removed.</param>
/// <param name="ProbedAt">When its facts were read, UTC; null when they never were.</param>
/// <param name="Bridges">Its bridges; null where the probe could not look.</param>
/// <param name="Networks">Virtual networks of its libvirt; null where the probe could not look.</param>
/// <param name="Attachment">backing: the host opens the target's files; nvme-tcp: its kernel attaches namespaces. Null when it was removed.</param>
/// <param name="Directory">Where the target keeps what becomes of disks, on its own machine; null while it does not answer.</param>
/// <param name="FreeBytes">Free space there; null while it does not answer.</param>
/// <param name="SubsystemNqn">The target's subsystem that holds them; null while it does not answer.</param>
public sealed record MappingTargets(
    string? Host, DateTime? ProbedAt, IReadOnlyList<string>? Bridges, IReadOnlyList<TargetNetwork>? Networks, string? Attachment, string? Directory, long? FreeBytes, string? SubsystemNqn);

/// <summary>Asks that networks of a plan become something else; what is not named stays. Everything wrong with it comes back as one list.</summary>
/// <param name="Networks">Mappings by network of the source. A bridge or network that the KVM host's last probe did not find is refused.</param>
/// <param name="Forget">Networks whose mappings are taken out; refused for those that a VM uses.</param>
/// <param name="Reason">Why. Needed where runs with these networks are under way, or their VMs' times were approved: what was approved no longer holds then.</param>
public sealed record ChangePlanMappings(IReadOnlyDictionary<string, NetworkMapping>? Networks = null, IReadOnlyList<string>? Forget = null, string? Reason = null);

/// <summary>What changed, and what no longer holds by that.</summary>
/// <param name="Changed">Networks whose mapping is another one now; empty when all were so already.</param>
/// <param name="Runs">VMs whose runs are under way and get the new mapping at their cutover; approvals of it, and words for it, no longer hold.</param>
/// <param name="WithoutWave">VMs whose approved times no longer hold: they are in no wave until a version of the plan's waves is approved again.</param>
/// <param name="WavesToApproveAgain">The version of the waves that these were approved with; null when none lost its times.</param>
/// <param name="Mappings">The plan's mappings as they are now.</param>
public sealed record ChangedPlanMappings(
    IReadOnlyList<ChangedMapping> Changed, IReadOnlyList<string> Runs, IReadOnlyList<string> WithoutWave, int? WavesToApproveAgain, PlanMappingsView Mappings);
