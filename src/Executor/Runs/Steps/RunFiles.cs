namespace Migrate.Executor.Runs.Steps;

/// <summary>Where a run's own files are, below the data directory.</summary>
public sealed class RunFiles(ExecutorOptions options)
{
    /// <summary>Written by libvirt's log daemon, which does not make directories.</summary>
    public string ConsoleOf(Guid runId) => Path.Combine(options.DataDirectory, "consoles", $"{runId:D}.log");

    public void MakeConsoleDirectory() => Directory.CreateDirectory(Path.Combine(options.DataDirectory, "consoles"));
}
