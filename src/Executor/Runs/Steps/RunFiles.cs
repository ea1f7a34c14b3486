namespace Migrate.Executor.Runs.Steps;

/// <summary>Where a run's own files are, below the data directory.</summary>
public sealed class RunFiles(ExecutorOptions options)
{
    public string JournalOf(Guid runId, int diskKey) => Path.Combine(options.DataDirectory, "journals", runId.ToString("D"), $"disk-{diskKey}.journal");

    /// <summary>Written by libvirt's log daemon, which does not make directories.</summary>
    public string ConsoleOf(Guid runId) => Path.Combine(options.DataDirectory, "consoles", $"{runId:D}.log");

    public void MakeConsoleDirectory() => Directory.CreateDirectory(Path.Combine(options.DataDirectory, "consoles"));

    public void DeleteJournals(Guid runId)
    {
        var directory = Path.Combine(options.DataDirectory, "journals", runId.ToString("D"));
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    public void DeleteJournal(Guid runId, int diskKey)
    {
        var path = JournalOf(runId, diskKey);
        if (File.Exists(path)) // File.Delete forgives a missing file, but not a missing directory.
        {
            File.Delete(path);
        }
    }
}
