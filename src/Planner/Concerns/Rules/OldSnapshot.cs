using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class OldSnapshot : IConcernRule
{
    public string Id => "vm.old-snapshot";

    public string Label => "Old snapshot";

    public string Finds => "Warning when a snapshot is older than 72 hours: deleting it takes long and stuns the VM.";

    public string Assessment => "What was written since the snapshot has to be merged when it is deleted, which takes long and stuns the VM.";

    public string Remedy => "Delete it in a quiet hour well before the wave.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "Broadcom KB 1025279 (no snapshot for more than 72 hours)";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        Snapshot? oldest = context.Vm.Snapshots.Where(snapshot => snapshot.CreatedAt > DateTime.UnixEpoch).MinBy(snapshot => snapshot.CreatedAt);
        if (oldest is not null && context.Now - oldest.CreatedAt > TimeSpan.FromHours(72))
        {
            yield return this.Find(ConcernSeverity.Warning, oldest.Name,
                $"The snapshot '{oldest.Name}' is {(context.Now - oldest.CreatedAt).TotalDays:0} days old. What was written since has to be merged when it is deleted, which stuns the VM.",
                Remedy);
        }
    }
}
