using Migrate.Planner.Baselines.Trust;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class BaselineGaps : IConcernRule
{
    public string Id => "baseline.gaps";

    public string Label => "Baseline with gaps";

    public string Finds => "Warning when a disk has samples for less than 90 % of the baseline's time or none at all, Information below 99 % and when a run could not read its last hour.";

    public string Assessment => "Samples are missing in a part of the time, and what happened then is not in the figures: perhaps just the busiest hour.";

    public string Remedy => "Collect again without interruptions.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "PerformanceManager keeps 20 s samples for an hour";

    public IEnumerable<Concern> Judge(ConcernContext context) =>
        this.FindReasons(context, Remedy, TrustCode.Coverage, TrustCode.NoSamples, TrustCode.LastHourUnread);
}
