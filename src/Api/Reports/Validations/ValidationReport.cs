using Migrate.Api.Reports.Formats;
using Migrate.Executor.Runs.Gates;
using Migrate.Executor.Validation;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Reports.Validations;

/// <summary>What is proven of the VMs of a wave, or of all waves of a plan, and why not more.</summary>
public sealed record ValidationReport : Report
{
    public override string Kind => "validation";
    /// <summary>Name of the plan.</summary>
    public required string Plan { get; init; }
    /// <summary>Null: all of them.</summary>
    public int? Wave { get; init; }
    /// <summary>Name of the source.</summary>
    public required string Source { get; init; }
    /// <summary>Name of the KVM host.</summary>
    public required string Host { get; init; }
    /// <summary>VMs by their verdict.</summary>
    public required ValidationCount Verdicts { get; init; }
    /// <summary>VMs by each aspect of it.</summary>
    public required IReadOnlyList<AspectCount> Aspects { get; init; }
    /// <summary>Why aspects are not Pass, the most frequent first.</summary>
    public required IReadOnlyList<AspectStatement> Open { get; init; }
    public required IReadOnlyList<ValidationVm> Vms { get; init; }

    internal override ReportTable Table() => new(
        ["wave", "vm", "vm_key", "run", "phase", "verdict", "judged", "accepted_by", "accepted_because", "aspect", "outcome", "statement", "reasons"],
        Vms.SelectMany(x => x.Aspects.DefaultIfEmpty().Select(IReadOnlyList<object?> (y) =>
        [
            x.Wave, x.Vm, x.VmKey, x.RunId, x.Phase, x.Outcome, x.JudgedAt, x.FailedVerdict?.Accepted?.By, x.FailedVerdict?.Accepted?.Reason, y?.Aspect, y?.Outcome, y?.Statement, y is null ? null : string.Join("; ", y.Reasons),
        ])));
}

/// <summary>How many VMs have each outcome.</summary>
/// <param name="Pass">Proven.</param>
/// <param name="Fail">Not as it was.</param>
/// <param name="Inconclusive">Cannot be compared, or was not.</param>
/// <param name="None">No verdict.</param>
public sealed record ValidationCount(int Pass, int Fail, int Inconclusive, int None);

/// <summary>The same of one aspect.</summary>
/// <param name="Aspect">Data, Boot, Identity or Latency.</param>
/// <param name="Count">VMs.</param>
public sealed record AspectCount(Aspect Aspect, ValidationCount Count);

/// <summary>A statement about an aspect that is not Pass.</summary>
/// <param name="Aspect">Of which.</param>
/// <param name="Outcome">Fail or Inconclusive.</param>
/// <param name="Statement">In words.</param>
/// <param name="Vms">Names of the VMs that it is about.</param>
public sealed record AspectStatement(Aspect Aspect, Outcome Outcome, string Statement, IReadOnlyList<string> Vms);

/// <summary>What is proven of one VM.</summary>
public sealed record ValidationVm
{
    public required string Vm { get; init; }
    /// <summary>Managed object id.</summary>
    public required string VmKey { get; init; }
    public required int Wave { get; init; }
    /// <summary>Its newest run; null while it was not started.</summary>
    public Guid? RunId { get; init; }
    public RunPhase? Phase { get; init; }
    /// <summary>Null while there is no verdict.</summary>
    public Outcome? Outcome { get; init; }
    /// <summary>UTC.</summary>
    public DateTime? JudgedAt { get; init; }
    /// <summary>The verdict of Fail, with who accepted it.</summary>
    public FailedVerdict? FailedVerdict { get; init; }
    /// <summary>Each with its reasons.</summary>
    public required IReadOnlyList<AspectVerdict> Aspects { get; init; }
}
