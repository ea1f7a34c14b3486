namespace Migrate.Planner.Concerns;

/// <summary>What rules need of a VM's baseline.</summary>
/// <param name="CollectedAt">When it ended, UTC.</param>
/// <param name="Window">First to last sample.</param>
/// <param name="Coverage">Share (0…1) of the window that has samples, of the worst disk.</param>
/// <param name="WriteBytesPerSecond">Mean over the window, all disks together; null when not measured.</param>
/// <param name="PeakIops">The highest 20 s mean of reads and writes of one disk; null when not measured.</param>
/// <param name="WorstLatencyUs">95th percentile of 20 s means of the slowest disk; null when not measured.</param>
/// <param name="MissingCounters">Counters that the server does not have or does not fill.</param>
public sealed record BaselineFacts(
    DateTime CollectedAt, TimeSpan Window, double Coverage, double? WriteBytesPerSecond, double? PeakIops, double? WorstLatencyUs, IReadOnlyList<string> MissingCounters);
