using Migrate.Planner.Baselines.Trust;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class BaselineConditions : IConcernRule
{
    public string Id => "baseline.conditions";

    public string Label => "Baseline under conditions that the target does not have";

    public string Finds => "Warning when a disk ran against its limit of IOPS; Information for a limit that was not met, Storage I/O Control, tiered storage seen for less than a week, and clocks that differ.";

    public string Assessment => "Something held the source back that the target does not have (a limit, Storage I/O Control), or speeded it up for a part of the time (a cache, a tier): its figures are not those of the workload alone.";

    public string Remedy => "Read the baseline with this in mind.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere Storage I/O Control, limits of disks and storage policies, caches and tiers";

    public IEnumerable<Concern> Judge(ConcernContext context) =>
        this.FindReasons(context, Remedy, TrustCode.IopsLimit, TrustCode.IoControl, TrustCode.TieredMedia, TrustCode.ClockSkew);
}
