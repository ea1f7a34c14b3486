using Migrate.Api.Hosts;
using Migrate.Api.Inventory;
using Migrate.Api.Runs;
using Migrate.Api.Workers;

namespace Migrate.Api.Pages.Overview;

/// <summary>The installation in one look. Each number is one that a list behind it shows, too.</summary>
/// <param name="Sources">By name.</param>
/// <param name="Hosts">By name.</param>
/// <param name="Workers">By name.</param>
/// <param name="VmCount">VMs of the sources' newest inventories.</param>
/// <param name="CapacityBytes">Their disks together.</param>
/// <param name="Plans">How many there are.</param>
/// <param name="Planned">VMs in plans.</param>
/// <param name="Blocked">Those of them with a Critical concern.</param>
/// <param name="Ready">Those without one that have no run, or only one that was rolled back.</param>
/// <param name="Phases">How many runs are in which phase; phases without any are left out.</param>
/// <param name="Active">Runs that are not over, the newest first.</param>
/// <param name="BytesPerSecond">What these copy or read back now.</param>
/// <param name="NextCutOver">The first that is to come; null when none is set.</param>
/// <param name="Events">The newest lines of all runs' logs, newest first.</param>
public sealed record OverviewView(
    IReadOnlyList<SourceView> Sources,
    IReadOnlyList<HostView> Hosts,
    IReadOnlyList<WorkerView> Workers,
    int VmCount,
    long CapacityBytes,
    int Plans,
    int Planned,
    int Blocked,
    int Ready,
    IReadOnlyList<PhaseCount> Phases,
    IReadOnlyList<RunView> Active,
    long BytesPerSecond,
    NextCutOver? NextCutOver,
    IReadOnlyList<NewestEvent> Events)
{
    /// <summary>Nothing was ever started: what is shown is how to begin.</summary>
    public bool IsFirstRun => Phases.Count == 0;
}

/// <summary>Runs in a phase.</summary>
/// <param name="Phase">The phase.</param>
/// <param name="Count">How many.</param>
public sealed record PhaseCount(Planner.Persistence.RunPhase Phase, int Count);

/// <summary>A cutover that is to come.</summary>
/// <param name="Vm">Name of the VM.</param>
/// <param name="Run">Its run; null while its wave was not started.</param>
/// <param name="At">UTC.</param>
public sealed record NextCutOver(string Vm, Guid? Run, DateTime At);

/// <summary>A line of a run's log, with its VM.</summary>
/// <param name="Vm">Name of the VM.</param>
/// <param name="Line">Of its run's log.</param>
public sealed record NewestEvent(string Vm, RunEventView Line);
