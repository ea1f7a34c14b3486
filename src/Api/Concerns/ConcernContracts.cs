using Migrate.Planner.Concerns;

namespace Migrate.Api.Concerns;

/// <summary>What a rule or probe is for.</summary>
/// <param name="Id">Stable, e.g. disk.rdm.</param>
/// <param name="Label">In a few words.</param>
/// <param name="Severity">The most severe that it can come to.</param>
/// <param name="Finds">When it fires, and how severe that is.</param>
/// <param name="Assessment">What a finding means for the move.</param>
/// <param name="Remedy">What to do about it.</param>
/// <param name="Details">What is known in detail, e.g. releases that a fault is in; mostly nothing.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="CanBeOverridden">Whether a reason lifts its Critical findings.</param>
/// <param name="IsProbe">It has to ask somebody, and so is found only by a check of a plan.</param>
public sealed record ConcernKind(string Id, string Label, ConcernSeverity Severity, string Finds, string Assessment, string Remedy,
    IReadOnlyList<string> Details, string Source, bool CanBeOverridden, bool IsProbe);

/// <summary>A VM with its concerns that match what was asked for.</summary>
/// <param name="Plan">Name of the plan; null when a source was asked for.</param>
/// <param name="Wave">Wave number; null without a plan.</param>
/// <param name="Vm">Name.</param>
/// <param name="VmKey">Managed object id.</param>
/// <param name="Concerns">The most severe first.</param>
public sealed record ConcernsOfVm(string? Plan, int? Wave, string Vm, string VmKey, IReadOnlyList<Concern> Concerns);

/// <summary>Says that a Critical concern of one VM shall not block its wave.</summary>
/// <param name="Vm">Name or key.</param>
/// <param name="Concern">The concern's id.</param>
/// <param name="Reason">Why it is safe to go on; at least 8 characters.</param>
/// <param name="By">
/// Who says so, in the caller's own words: they are recorded beside the authenticated name and marked as unverified; null when there is nothing to add.
/// </param>
public sealed record GiveOverride(string Vm, string Concern, string Reason, string? By);

/// <summary>Takes an override back.</summary>
/// <param name="Vm">Name or key.</param>
/// <param name="Concern">The concern's id.</param>
/// <param name="Because">Why; kept with the record.</param>
/// <param name="By">Who does so, in the caller's own words; null when there is nothing to add.</param>
public sealed record LiftOverride(string Vm, string Concern, string Because, string? By);

/// <summary>An override as it was given, and lifted if it was.</summary>
/// <param name="Vm">Name.</param>
/// <param name="VmKey">Managed object id.</param>
/// <param name="Concern">The concern's id.</param>
/// <param name="InventoryVersion">The inventory version of the plan that it was given for.</param>
/// <param name="Findings">What was overridden, as it read then; other findings lift the override.</param>
/// <param name="Reason">Why.</param>
/// <param name="GivenBy">The authenticated name, and what the caller said of itself, marked as unverified.</param>
/// <param name="GivenAt">When, UTC.</param>
/// <param name="LiftedAt">When it was taken back, UTC; null while it holds.</param>
/// <param name="LiftedBy">Who took it back; "migrate" when the findings changed.</param>
/// <param name="LiftedBecause">Why it was taken back.</param>
public sealed record OverrideView(
    string Vm, string VmKey, string Concern, int InventoryVersion, IReadOnlyList<Concern> Findings, string Reason, string GivenBy, DateTime GivenAt,
    DateTime? LiftedAt, string? LiftedBy, string? LiftedBecause);

/// <summary>What the active probes of a plan found.</summary>
/// <param name="StartedAt">UTC.</param>
/// <param name="FinishedAt">UTC.</param>
/// <param name="Tried">How many logins, hosts and disks were tried.</param>
/// <param name="Critical">Findings that block the start of a wave.</param>
/// <param name="Warnings">Findings that may matter.</param>
/// <param name="Information">Findings that are harmless.</param>
/// <param name="Findings">The most severe first.</param>
public sealed record PlanCheckView(
    DateTime StartedAt, DateTime FinishedAt, int Tried, int Critical, int Warnings, int Information, IReadOnlyList<CheckFinding> Findings);

/// <summary>One finding of a check.</summary>
/// <param name="Vm">Name of the VM that it is about; null when it concerns all of the plan's VMs.</param>
/// <param name="Concern">What was found.</param>
public sealed record CheckFinding(string? Vm, Concern Concern);
