using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs;

/// <summary>Starts the runs of one wave, all or none.</summary>
public sealed class WaveStarter
{
    /// <summary>
    /// Judges the wave's VMs again on the latest inventory, creates their runs and asks for their first steps.
    /// Throws <see cref="WaveRefusedException"/> with every reason when any VM may not start.
    /// </summary>
    public Task<IReadOnlyList<Run>> StartAsync(Guid planId, int wave, CancellationToken cancellationToken) =>
        throw new NotImplementedException();
}

/// <summary>A wave that may not start, with every reason: <c>run.wave-refused</c>.</summary>
public sealed class WaveRefusedException(string message, IReadOnlyList<WaveRefusal> refusals)
    : MigrateException("run.wave-refused", message, "Remedy each point, synchronise the inventory and start the wave again.")
{
    public IReadOnlyList<WaveRefusal> Refusals { get; } = refusals;
}

/// <summary>Why one VM may not start. <paramref name="Code"/>: a concern's id, <c>run.active</c>, <c>source.vm-vanished</c> …</summary>
public sealed record WaveRefusal(string VmName, string Code, string Message, string Remedy);
