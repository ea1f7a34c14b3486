namespace Migrate.Executor.Runs;

/// <summary>Reports on the caller's thread: Progress of the framework would reorder reports through the thread pool.</summary>
internal sealed class Reporting<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}
