namespace Migrate.Executor.Runs;

/// <summary>What is done with a disk while its progress is reported.</summary>
public enum DiskActivity
{
    Copy,
    Verify,
}
