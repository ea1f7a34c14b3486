using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs;

/// <summary>What a listener hears of a run: where it is, how far its disks are, and a line of its log when there is a new one.</summary>
public sealed record RunProgress(
    Guid RunId,
    RunPhase Phase,
    DateTimeOffset At,
    DiskProgress? Disk = null,
    RunLine? Line = null);

/// <summary>How far one disk is. <paramref name="Activity"/>: copy | verify.</summary>
public sealed record DiskProgress(
    int DiskKey,
    string Label,
    string Activity,
    long BytesDone,
    long CapacityBytes,
    double BytesPerSecond,
    TimeSpan? Eta)
{
    public const string Copy = "copy";
    public const string Verify = "verify";
}

/// <summary>A line of the run's log; <paramref name="Id"/> is where a client that comes back goes on.</summary>
public sealed record RunLine(long Id, string Level, string Message);
