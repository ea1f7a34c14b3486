using Migrate.Planner.Baselines.Trust;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class BaselineIdle : IConcernRule
{
    public string Id => "baseline.idle";

    public string Label => "Disk hardly used in the baseline";

    public string Finds => "Warning when a disk had I/O in too few intervals to be compared, Information when it had none at all.";

    public string Assessment => "Latencies exist only where there is I/O. A disk that was hardly used cannot be compared after the move.";

    public string Remedy => "Collect for longer.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "A comparison needs 50 intervals with I/O";

    public IEnumerable<Concern> Judge(ConcernContext context) =>
        this.FindReasons(context, Remedy, TrustCode.TooFewSamples);
}
