using Migrate.Planner.Baselines.Trust;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class BaselineDisturbed : IConcernRule
{
    public string Id => "baseline.disturbed";

    public string Label => "Something else than the workload is in the baseline";

    public string Finds => "Warning when disks moved to other storage within the baseline's time; Information for snapshots (backups), clones and moves between hosts, and when the source's events could not be read.";

    public string Assessment => "Snapshots, clones, moves or backups ran while the baseline was collected. Their I/O is in its figures, or the figures are those of two places.";

    public string Remedy => "Compare hours without them.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere events of tasks and moves; backups take and remove snapshots";

    public IEnumerable<Concern> Judge(ConcernContext context) =>
        this.FindReasons(context, Remedy, TrustCode.StorageMoved, TrustCode.SnapshotTaken, TrustCode.SnapshotRemoved,
            TrustCode.Cloned, TrustCode.HostMoved, TrustCode.EventsUnknown);
}
