namespace Migrate.Planner.Convergence;

/// <summary>What one pass that came to its end tells about the next ones; all disks of the VM together.</summary>
/// <param name="FrozenAt">The moment of which it copied the disks, UTC.</param>
/// <param name="ChangedBytes">What changed since the pass before; null where it did not ask for changes (a seed, a pass that compared everything).</param>
/// <param name="ReadBytes">Read from the source, the self-test's sample included.</param>
/// <param name="SampleBytes">Of these, the self-test's sample.</param>
/// <param name="CopySeconds">From its first read to its last flush.</param>
/// <param name="OverheadSeconds">Taking the snapshot, removing and merging it.</param>
public sealed record ObservedPass(DateTime FrozenAt, long? ChangedBytes, long ReadBytes, long SampleBytes, double CopySeconds, double OverheadSeconds);
