using Migrate.Planner.Baselines.Trust;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class BaselineInconsistent : IConcernRule
{
    public string Id => "baseline.inconsistent";

    public string Label => "Baseline's counters contradict one another";

    public string Finds => "Information when IOPS times latency and the I/Os under way are more than a tenth apart.";

    public string Assessment => "IOPS times latency must be the number of I/Os under way (Little's law). Where that does not hold, one of the counters is wrong or too coarse.";

    public string Remedy => "Compare with histograms of vscsiStats.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "Little's law";

    public IEnumerable<Concern> Judge(ConcernContext context) =>
        this.FindReasons(context, Remedy, TrustCode.LittlesLaw);
}
