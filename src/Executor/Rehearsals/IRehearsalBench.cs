using Migrate.Executor.Runs;
using Migrate.Planner;

namespace Migrate.Executor.Rehearsals;

/// <summary>What a rehearsal does with a guest: on overlays of its disks, which nobody else may write to meanwhile.</summary>
public interface IRehearsalBench
{
    /// <summary>Before anything is begun: this run can be rehearsed here.</summary>
    /// <exception cref="MigrateException"><c>rehearsal.host-elsewhere</c>, <c>conversion.tool-missing</c>, <c>conversion.disk-elsewhere</c>.</exception>
    Task CheckAsync(RunWork work, CancellationToken cancellationToken);

    /// <summary>Makes the overlays and converts the guest on them, if the plan wants that and it needs it.</summary>
    /// <exception cref="MigrateException">As of a conversion.</exception>
    Task<RehearsedGuest> ConvertAsync(RunWork work, CancellationToken cancellationToken);

    /// <summary>Starts the guest from the overlays, without a way to any network, and waits until it tells that it serves or the plan's time for that is over; then ends it.</summary>
    /// <exception cref="MigrateException">The domain cannot be designed or does not start.</exception>
    Task<RehearsedBoot> BootAsync(RunWork work, RehearsalRecord record, IReadOnlyList<RehearsedDisk> disks, CancellationToken cancellationToken);

    /// <summary>Ends the domain and the tools and removes the overlays, whoever left them; returns when nothing of them has the disks any more.</summary>
    Task CleanUpAsync(RunWork work, RehearsalRecord record, CancellationToken cancellationToken);
}

/// <summary>An overlay of a disk.</summary>
/// <param name="DiskKey">VMware's key of the disk.</param>
/// <param name="Overlay">The qcow2 file.</param>
public sealed record RehearsedDisk(int DiskKey, string Overlay);

/// <summary>A guest that is ready to be started from overlays.</summary>
/// <param name="Disks">In the VM's order.</param>
/// <param name="Guest">Its system in its own words; null where nobody looked.</param>
/// <param name="IsConverted">By virt-v2v.</param>
public sealed record RehearsedGuest(IReadOnlyList<RehearsedDisk> Disks, string? Guest, bool IsConverted);

/// <summary>How a guest came up.</summary>
/// <param name="State">Works, Failed or Inconclusive.</param>
/// <param name="Seconds">Until it told that it serves; null when it did not.</param>
/// <param name="Why">In words.</param>
/// <param name="ConsoleEnd">The end of its console, where it did not.</param>
public sealed record RehearsedBoot(RehearsalState State, double? Seconds, string Why, string? ConsoleEnd);
