using Migrate.Planner.Baselines.Trust;

namespace Migrate.Planner.Concerns;

/// <summary>Reasons against a baseline as concerns: what leaves it good for a look only is a Warning, what leaves a decision to a reader is Information.</summary>
internal static class TrustFindings
{
    private const int MostDisks = 3;

    /// <summary>One concern per code, however many disks it is about.</summary>
    public static IEnumerable<Concern> FindReasons(this IConcernRule rule, ConcernContext context, string otherwise, params string[] codes)
    {
        foreach (IGrouping<string, TrustReason> reasons in (context.Baseline?.Trust.Reasons ?? []).Where(reason => codes.Contains(reason.Code)).GroupBy(reason => reason.Code))
        {
            string more = reasons.Count() > MostDisks ? $" (and {reasons.Count() - MostDisks} more)" : "";
            yield return rule.Find(
                reasons.Any(reason => reason.AtMost == TrustLevel.Low) ? ConcernSeverity.Warning : ConcernSeverity.Information, context.Vm.Name,
                string.Join(' ', reasons.Select(reason => reason.Message).Take(MostDisks)) + more, Words.Or(reasons.Select(reason => reason.Remedy).First(), otherwise));
        }
    }
}
