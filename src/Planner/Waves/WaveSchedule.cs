using Migrate.Planner.Convergence;

namespace Migrate.Planner.Waves;

/// <summary>When and where each VM moves, and why then. Times are UTC.</summary>
public sealed record WaveSchedule
{
    public required DateTime Start { get; init; }

    /// <summary>When the last VM serves at its destination.</summary>
    public required DateTime End { get; init; }

    /// <summary>No schedule ends before.</summary>
    public required DateTime BoundEnd { get; init; }

    /// <summary>By how much the schedule may be longer than the shortest one, as a share of the bound's length; 0 is proven to be the best.</summary>
    public required double Gap { get; init; }

    /// <summary>Times are multiples of it.</summary>
    public required int SlotMinutes { get; init; }

    /// <summary>Schedules that were made and judged.</summary>
    public required int Made { get; init; }

    /// <summary>Time ran out: the same request may give another schedule on another machine.</summary>
    public required bool IsCutShort { get; init; }

    public required IReadOnlyList<PlannedWave> Waves { get; init; }

    /// <summary>By the begin of their cutovers.</summary>
    public required IReadOnlyList<VmMove> Vms { get; init; }
}

/// <summary>The VMs that are cut over in one opening of a window.</summary>
/// <param name="Number">By time; those of waves that are under way are not given again.</param>
/// <param name="Windows">Name of the windows; null where VMs may be off at any time, of which a wave is a day.</param>
/// <param name="CopyStart">When its first copy begins.</param>
/// <param name="Opens">When the window opens.</param>
/// <param name="Closes">When it closes.</param>
/// <param name="FirstCutover">When its first VM goes down.</param>
/// <param name="LastCutover">When its last VM serves.</param>
/// <param name="VmCount">VMs.</param>
/// <param name="CopyBytes">What is copied for it at first.</param>
public sealed record PlannedWave(
    int Number, string? Windows, DateTime CopyStart, DateTime Opens, DateTime Closes, DateTime FirstCutover, DateTime LastCutover, int VmCount, long CopyBytes);

/// <summary>When one VM moves.</summary>
public sealed record VmMove
{
    public required string Key { get; init; }

    public required string Name { get; init; }

    public required int Wave { get; init; }

    /// <summary>KVM host.</summary>
    public required string Host { get; init; }

    /// <summary>Null where it moves for itself.</summary>
    public string? Group { get; init; }

    public required DateTime CopyStart { get; init; }

    public required DateTime CopyEnd { get; init; }

    /// <summary>At which it is planned to be copied.</summary>
    public required double BytesPerSecond { get; init; }

    public required long CopyBytes { get; init; }

    /// <summary>When it goes down.</summary>
    public required DateTime CutoverStart { get; init; }

    /// <summary>By when it should serve and have been looked at.</summary>
    public required DateTime CutoverEnd { get; init; }

    /// <summary>Seconds for which it is off.</summary>
    public required Band DowntimeSeconds { get; init; }

    /// <summary>Why it moves then and not earlier.</summary>
    public required WaveReason Why { get; init; }
}

/// <summary>What binds a VM to its time.</summary>
/// <param name="Constraint">none | start | copy | window | capacity | dependency | pinned.</param>
/// <param name="Subject">The capacity, window or group; empty where there is none.</param>
/// <param name="Text">For people.</param>
public sealed record WaveReason(string Constraint, string Subject, string Text);
