namespace Migrate.Target.Admin;

/// <summary>Where a namespace keeps something, as far as one answer goes: all between these runs reads as zeroes, since nothing is kept of it.</summary>
/// <param name="Runs">Ascending.</param>
/// <param name="Next">The byte from which nothing is said any more; the namespace's capacity at its end.</param>
public sealed record DataMap(IReadOnlyList<DataRun> Runs, long Next);

/// <summary>Bytes that take up storage.</summary>
/// <param name="Offset">In bytes.</param>
/// <param name="Length">In bytes.</param>
public readonly record struct DataRun(long Offset, long Length);
