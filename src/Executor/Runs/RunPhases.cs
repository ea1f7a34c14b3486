using Migrate.Executor.Jobs;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs;

/// <summary>What the phases mean to those who start, stop and look for runs.</summary>
public static class RunPhases
{
    /// <summary>In these a step is due or at work; in all others the run waits for an operator or is over.</summary>
    public static IReadOnlyList<RunPhase> Working { get; } =
        [RunPhase.Planned, RunPhase.Preparing, RunPhase.Seeding, RunPhase.Syncing, RunPhase.Ready, RunPhase.CuttingOver, RunPhase.Validating];

    /// <summary>Over: the VM may be migrated again. A Failed run is not over, it is retried or rolled back.</summary>
    public static IReadOnlyList<RunPhase> Final { get; } = [RunPhase.Completed, RunPhase.RolledBack];

    public static bool IsWorking(RunPhase phase) => Working.Contains(phase);

    public static bool IsFinal(RunPhase phase) => Final.Contains(phase);

    /// <summary>The domain may run, or be started at any moment: giving up loses what its guest writes.</summary>
    public static IReadOnlyList<RunPhase> SinceCutover { get; } = [RunPhase.CuttingOver, RunPhase.Validating, RunPhase.Completed];

    public static JobQueue QueueOf(RunPhase phase, RunRequest? request) => phase switch
    {
        _ when request is not null => JobQueue.Control, // Whoever asks is waiting.
        RunPhase.Planned or RunPhase.Preparing => JobQueue.Inventory,
        RunPhase.Seeding => JobQueue.Copy,
        RunPhase.Syncing => JobQueue.Passes,
        _ => JobQueue.Control,
    };
}
