namespace Migrate.Planner.Scheduling;

/// <summary>How long a schedule is searched for.</summary>
public sealed record SearchLimits
{
    /// <summary>Schedules that are made and judged; with the same seed and number the same one is found.</summary>
    public int Schedules { get; init; } = 5000;

    /// <summary>What is found by then is taken, however few schedules were made.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromMinutes(10);

    public int Seed { get; init; } = 1;
}

/// <summary>A schedule, and how good it is at worst.</summary>
/// <param name="Schedule">The best one found.</param>
/// <param name="LowerBound">Slots: none ends earlier.</param>
/// <param name="Made">Schedules that were made.</param>
/// <param name="IsCutShort">Time ran out before all were made: another search may find another schedule.</param>
public sealed record Scheduling(Schedule Schedule, int LowerBound, int Made, bool IsCutShort)
{
    /// <summary>By how much the schedule may be longer than the shortest one, as a share of the bound; 0 is proven to be the best.</summary>
    public double Gap => LowerBound == 0 ? 0 : (double)(Schedule.End - LowerBound) / LowerBound;
}

/// <summary>Finds short schedules of projects.</summary>
public static class Scheduler
{
    /// <exception cref="MigrateException">schedule.impossible, with all that is wrong; schedule.horizon-short.</exception>
    public static Scheduling Find(Project project, SearchLimits limits, TimeProvider time, CancellationToken cancellationToken) =>
        Find(ProjectNetwork.Of(project), limits, time, cancellationToken);

    internal static Scheduling Find(ProjectNetwork network, SearchLimits limits, TimeProvider time, CancellationToken cancellationToken) =>
        new BiPopulationSearch(network, limits, time).Run(cancellationToken);

    /// <summary>Slots that order and durations alone take: what published results for large projects are compared with.</summary>
    /// <exception cref="MigrateException">schedule.impossible.</exception>
    public static int CriticalPath(Project project) => new CriticalPath(ProjectNetwork.Of(project)).Length;
}
