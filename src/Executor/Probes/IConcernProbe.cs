using Migrate.Executor.Sources;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Probes;

/// <summary>Tries what a run will need, and finds concerns like a rule; but it has to ask, so it is no pure function.</summary>
public interface IConcernProbe
{
    /// <summary>As what it is found when the probe itself cannot be carried out: it then says nothing of the plan, which is no good news.</summary>
    ProbeDescription Description { get; }

    /// <summary>False for what can be tried while the source does not answer; <see cref="ProbeContext.Session"/> may be null then.</summary>
    bool NeedsSource { get; }

    /// <summary>Changes nothing on source and target. What fails is a finding, not an exception.</summary>
    Task<ProbeResult> RunAsync(ProbeContext context, CancellationToken cancellationToken);
}

/// <summary>What was found; <paramref name="Tried"/> counts the hosts or disks that were asked.</summary>
public sealed record ProbeResult(int Tried, IReadOnlyList<ProbeFinding> Findings);

/// <summary>The plan's VMs as the newest inventory has them, with the disks that the plan decided on.</summary>
/// <param name="Session">Null when the source could not be logged in to.</param>
public sealed record ProbeContext(SourceInventory Inventory, IReadOnlyList<ProbedVm> Vms, SourceSession? Session)
{
    /// <summary>Where the VMs move to.</summary>
    public KvmHost? Host { get; init; }

    public PlanPolicy Policy { get; init; } = new();
}

public sealed record ProbedVm(Vm Vm, IReadOnlyList<PlannedDisk> Disks);
