namespace Migrate.Planner.Plans;

/// <summary>Hours in which cutovers of a plan may begin, UTC; <paramref name="To"/> is no longer one of them.</summary>
public sealed record CutoverWindow(DateTime From, DateTime To)
{
    public bool Contains(DateTime at) => From <= at && at < To;
}
