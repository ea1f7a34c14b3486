namespace Migrate.Planner.Concerns;

public static class ConcernJudge
{
    /// <summary>Every finding of every rule on one VM, the most severe first.</summary>
    public static IReadOnlyList<Concern> Judge(ConcernContext context) =>
        [.. ConcernRules.All.SelectMany(rule => rule.Judge(context)).OrderByDescending(concern => concern.Severity)];
}
