using Migrate.Planner.Baselines.Trust;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class BaselineShort : IConcernRule
{
    public string Id => "baseline.short";

    public string Label => "Short baseline";

    public string Finds => "Warning when the baseline covers less than a day, Information below seven.";

    public string Assessment => "Most services have a daily and a weekly shape. A baseline that has not seen a whole week does not know the busiest hours.";

    public string Remedy => "Go on collecting until it covers a week.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "Load of most services has a weekly shape; tiered storage needs a week to show it";

    public IEnumerable<Concern> Judge(ConcernContext context) =>
        this.FindReasons(context, Remedy, TrustCode.WindowBelowADay, TrustCode.WindowBelowAWeek);
}
