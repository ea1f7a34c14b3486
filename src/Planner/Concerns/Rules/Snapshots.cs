using Migrate.Planner.Inventory;
using Migrate.Planner.Plans;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class Snapshots : IConcernRule
{
    public string Id => "vm.snapshots";

    public string Label => "Snapshots";

    public string Finds => "Information when the VM has snapshots: only the current state is moved.";

    public string Assessment => "Only the current state is moved; the snapshots stay with the source. Chains may have to be read by an export, which is slower.";

    public string Remedy => "Delete the snapshots (all of them consolidate) before the move, if nobody needs to go back to one; the source keeps them.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "Broadcom KB 1025279 (best practices for snapshots); Forklift vmware.snapshot.detected";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (!Has(context.Vm))
        {
            yield break;
        }
        bool exported = context.Vm.Disks.Any(disk => context.ReaderOf(disk).Reader == ReaderChoice.ExportLease);
        yield return this.Find(ConcernSeverity.Information, context.Vm.Name,
            $"The VM has {Words.Count(context.Vm.SnapshotCount, "snapshot")} and disk chains of up to {Words.Count(Depth(context.Vm), "parent")}. Only the current state is moved" +
                (exported ? "; the chains must be read by an export, which is slower." : "."),
            Remedy);
    }

    /// <summary>Also disks that are chains although no snapshot is listed.</summary>
    internal static bool Has(Vm vm) => vm.SnapshotCount > 0 || Depth(vm) > 0;

    private static int Depth(Vm vm) => vm.Disks.Select(disk => disk.ParentCount).DefaultIfEmpty().Max();
}
