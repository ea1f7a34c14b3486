namespace Migrate.Planner.Concerns.Rules;

internal sealed class ChainDepth : IConcernRule
{
    public string Id => "vm.snapshot-chain";

    public string Label => "Long chain of snapshots";

    public string Finds => "Warning when a disk's chain has three parents or more, Critical from 28 on.";

    public string Assessment => "Every read may have to look into each file of a chain, which slows the source and the copy; vSphere allows 32 files, and a run's own snapshot must fit.";

    public string Remedy => "Delete the snapshots that nobody needs, wait for the consolidation, and synchronise.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "Broadcom KB 1025279 (two to three snapshots for performance, 32 at most)";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        int depth = context.Vm.Disks.Select(disk => disk.ParentCount).DefaultIfEmpty().Max();
        if (depth >= Long)
        {
            yield return this.Find(depth >= NearTheEnd ? ConcernSeverity.Critical : ConcernSeverity.Warning, context.Vm.Name,
                $"A disk of the VM is a chain of {depth + 1} files. Every read may have to look into all of them{(depth >= NearTheEnd ? ", and vSphere allows 32: a run's own snapshot may not fit" : "")}.",
                Remedy);
        }
    }

    private const int Long = 3;
    private const int NearTheEnd = 28;
}
