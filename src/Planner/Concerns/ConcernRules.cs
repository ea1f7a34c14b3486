namespace Migrate.Planner.Concerns;

/// <summary>All rules, by name: what is not in this list is not judged.</summary>
public static class ConcernRules
{
    public static IReadOnlyList<IConcernRule> All { get; } = [];
}
