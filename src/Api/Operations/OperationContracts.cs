using Migrate.Api.Concerns;
using Migrate.Api.Hosts;
using Migrate.Api.Inventory;
using Migrate.Api.Manifests;
using Migrate.Api.Waves;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Operations;

/// <summary>Work that takes longer than a call should: what a call that began it answers, and where it is looked at.</summary>
/// <param name="Id">How calls name it.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Subject">What it is done to, as a path below <c>/api/v1</c>, e.g. <c>sources/vc1</c>.</param>
/// <param name="State">Queued and Running are under way; it ends as Succeeded, Failed, Cancelled (somebody stopped it) or Interrupted (the server was stopped over it).</param>
/// <param name="Progress">How far it is, while it runs and where that is known; else null.</param>
/// <param name="StartedBy">Who asked for it.</param>
/// <param name="CreatedAt">UTC; when it was asked for.</param>
/// <param name="StartedAt">UTC; null while it is queued.</param>
/// <param name="FinishedAt">UTC; null while it is under way.</param>
/// <param name="Result">What it came to; null unless it has succeeded, and in lists.</param>
/// <param name="Problem">Why it ended otherwise; null unless it did.</param>
public sealed record OperationView(
    Guid Id,
    OperationKind Kind,
    string Subject,
    OperationState State,
    string? Progress,
    string StartedBy,
    DateTime CreatedAt,
    DateTime? StartedAt,
    DateTime? FinishedAt,
    OperationResult? Result,
    OperationProblem? Problem)
{
    internal bool IsUnderWay => State is OperationState.Queued or OperationState.Running;
}

/// <summary>What an operation came to: the member of its kind, the others are null.</summary>
/// <param name="Inventory">Of SynchroniseSource: the version that was made.</param>
/// <param name="Check">Of CheckPlan: what was found.</param>
/// <param name="Verification">Of VerifyManifest: what the comparison found.</param>
/// <param name="Host">Of ProbeHost, AddHost and UpdateHost: the host as it was found.</param>
/// <param name="HostCheck">Of CheckHost: the host as it was found, and what was tried.</param>
/// <param name="Source">Of AddSource and UpdateSource: the source, and what its account lacks.</param>
/// <param name="Waves">Of PlanWaves: the version that was made; its VMs are a list of their own.</param>
/// <param name="Comparison">Of CompareWaves: what became of the waves under each set of rules.</param>
public sealed record OperationResult(
    InventoryVersionView? Inventory = null, PlanCheckView? Check = null, VerificationView? Verification = null, HostView? Host = null, HostCheck? HostCheck = null, SourceView? Source = null,
    WaveVersionDetail? Waves = null, WavesCompared? Comparison = null);

/// <summary>Why an operation did not succeed: members of problem details (RFC 9457), as a call that fails answers them.</summary>
/// <param name="Type"><c>urn:migrate:problem:</c> and the code.</param>
/// <param name="Title">What happened.</param>
/// <param name="Status">What a call that failed so would be answered with.</param>
/// <param name="Code">Stable; docs/errors.md lists them.</param>
/// <param name="Remedy">What to do.</param>
/// <param name="Errors">All that is wrong; empty when the title says it.</param>
/// <param name="LeftBehind">What the failure could not take back.</param>
public sealed record OperationProblem(string Type, string Title, int Status, string Code, string Remedy, IReadOnlyList<string> Errors, IReadOnlyList<string> LeftBehind);
