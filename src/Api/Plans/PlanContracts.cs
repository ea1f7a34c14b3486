using Migrate.Api.Concerns;
using Migrate.Api.Inventory;
using Migrate.Executor.Domains;
using Migrate.Planner.Concerns;
using Migrate.Planner.Plans;

namespace Migrate.Api.Plans;

/// <summary>Asks for a plan against the source's newest inventory version. Everything wrong with it comes back as one list.</summary>
/// <param name="Name">Unique; letters, digits, '.', '_' and '-', at most 63.</param>
/// <param name="Source">Name of the source.</param>
/// <param name="Host">Name of the KVM host.</param>
/// <param name="Vms">Names or keys of VMs, in the order to move; this or <c>matching</c>.</param>
/// <param name="Mode">Cold: a VM is off while it is copied. Warm: it runs meanwhile, and is off only for its last pass. The policy's modes name VMs that move otherwise.</param>
/// <param name="Waves">Name or key of a VM → wave number; VMs that are not named are in wave 1.</param>
/// <param name="Policy">Mappings and expectations; defaults when absent.</param>
public sealed record CreatePlan(
    string Name,
    string Source,
    string Host,
    IReadOnlyList<string>? Vms = null,
    MigrationMode Mode = MigrationMode.Cold,
    IReadOnlyDictionary<string, int>? Waves = null,
    PlanPolicy? Policy = null)
{
    /// <summary>In place of names: all VMs of the source that match this in its newest inventory, by name, at most 5000.</summary>
    public VmFilter? Matching { get; init; }

    /// <summary>With <c>matching</c>: how many match, as ListVms tells with the same filter. When another number does by now, no plan is made.</summary>
    public int? Expected { get; init; }
}

/// <summary>Asks that VMs come into a plan, all or none. Everything wrong with it comes back as one list.</summary>
/// <param name="Vms">Names or keys of VMs of the plan's source, in the order to move; this or <c>matching</c>.</param>
/// <param name="Wave">From 1; absent: the plan's last wave, or a new one after it if that was started. Not for plans whose waves were approved: there they are in none until a new version is approved.</param>
/// <param name="Networks">Mappings that the plan lacks, by network; those that it has stay.</param>
/// <param name="ExpectConsole">Text that an added VM's serial console must show after the move, by VM name.</param>
/// <param name="Modes">Added VMs, by name, that move otherwise than the plan's mode says.</param>
public sealed record AddPlanVms(
    IReadOnlyList<string>? Vms = null,
    int? Wave = null,
    IReadOnlyDictionary<string, NetworkMapping>? Networks = null,
    IReadOnlyDictionary<string, string>? ExpectConsole = null,
    IReadOnlyDictionary<string, MigrationMode>? Modes = null)
{
    /// <summary>In place of names: all VMs of the plan's source that match this in its newest inventory, by name, at most 5000. Those that the plan has stay as they are.</summary>
    public VmFilter? Matching { get; init; }

    /// <summary>With <c>matching</c>: how many match, as ListVms tells with the same filter. When another number does by now, nothing is done.</summary>
    public int? Expected { get; init; }
}

/// <summary>VMs that came into a plan.</summary>
/// <param name="Vms">Their names, in the order to move.</param>
/// <param name="Wave">The wave that they are in; 0: none, until the plan's waves are planned anew and approved.</param>
/// <param name="WavesToPlanAnew">Number of the newest version of the plan's waves, which does not know these VMs and cannot be approved any more; null when none were planned.</param>
/// <param name="Plan">The plan as it is now.</param>
public sealed record AddedVms(IReadOnlyList<string> Vms, int Wave, int? WavesToPlanAnew, PlanDetail Plan);

/// <summary>A plan as lists show it.</summary>
/// <param name="Name">How calls and commands name it.</param>
/// <param name="Source">Name of the source.</param>
/// <param name="InventoryVersion">The inventory version that it was made against.</param>
/// <param name="Host">Name of the KVM host.</param>
/// <param name="Mode">Cold or Warm.</param>
/// <param name="CreatedAt">UTC.</param>
/// <param name="VmCount">VMs in all waves.</param>
/// <param name="Critical">Critical concerns, which block the start of their VM's wave.</param>
/// <param name="Warnings">Warning concerns.</param>
/// <param name="Information">Informational concerns.</param>
/// <param name="Waves">Wave numbers, ascending.</param>
public sealed record PlanSummary(
    string Name,
    string Source,
    int InventoryVersion,
    string Host,
    MigrationMode Mode,
    DateTime CreatedAt,
    int VmCount,
    int Critical,
    int Warnings,
    int Information,
    IReadOnlyList<int> Waves);

/// <summary>A plan with its policy.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Policy">Mappings and expectations.</param>
/// <param name="BlockedVms">Names of VMs with a Critical concern, at most 50.</param>
/// <param name="Overrides">Reasons for going on in spite of Critical concerns, lifted ones too, newest first, at most 500.</param>
/// <param name="Check">What the newest check by probes found; null when none was made.</param>
public sealed record PlanDetail(PlanSummary Plan, PlanPolicy Policy, IReadOnlyList<string> BlockedVms, IReadOnlyList<OverrideView> Overrides, PlanCheckView? Check);

/// <summary>The domain that a plan makes of one of its VMs, by the facts of the host's last probe.</summary>
/// <param name="Name">As libvirt will call it.</param>
/// <param name="Uuid">The domain's.</param>
/// <param name="Host">Name of the KVM host.</param>
/// <param name="DomainType">kvm or qemu.</param>
/// <param name="Xml">What libvirt is given.</param>
/// <param name="Reasons">Why each setting is as it is, and the fact that it follows from: of the inventory, the baseline, the host or the policy.</param>
/// <param name="Disks">How VMware's disks appear in it.</param>
public sealed record DomainView(
    string Name, Guid Uuid, string Host, string DomainType, string Xml, IReadOnlyList<SettingReason> Reasons, IReadOnlyList<DomainDisk> Disks);

/// <summary>One VM of a plan.</summary>
/// <param name="Vm">Name.</param>
/// <param name="VmKey">Managed object id.</param>
/// <param name="Wave">Wave number.</param>
/// <param name="Disks">What was decided for each disk, with the reason.</param>
/// <param name="Concerns">What the rules found, the most severe first.</param>
/// <param name="Mode">Cold or Warm: the plan's, unless its policy names another one for this VM.</param>
public sealed record PlannedVm(string Vm, string VmKey, int Wave, IReadOnlyList<PlannedDisk> Disks, IReadOnlyList<Concern> Concerns, MigrationMode Mode);
