namespace Migrate.Executor.Sources;

/// <summary>A reader that can tell what its reads wait for.</summary>
public interface ITimedReader
{
    ReadTimes Times { get; }
}

/// <summary>Sums over all reads since the reader was opened; reads at once count each.</summary>
/// <param name="Limited">For a place in the source's budget.</param>
/// <param name="Answering">From the request to the first byte: the source reads its own disk.</param>
/// <param name="Transferring">For the bytes after it: the way from the source, and taking them off it (TLS).</param>
public readonly record struct ReadTimes(TimeSpan Limited, TimeSpan Answering, TimeSpan Transferring);
