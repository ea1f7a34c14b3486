namespace Migrate.Planner.Concerns;

internal static class Words
{
    /// <summary>A finding that carries the rule's own id and label.</summary>
    public static Concern Find(this IConcernRule rule, ConcernSeverity severity, string subject, string assessment, string remedy) =>
        new(rule.Id, severity, rule.Label, subject, assessment, remedy);

    public static string Count(int number, string one) => number == 1 ? $"1 {one}" : $"{number} {one}s";

    public static string Or(string text, string otherwise) => string.IsNullOrWhiteSpace(text) ? otherwise : text;
}
