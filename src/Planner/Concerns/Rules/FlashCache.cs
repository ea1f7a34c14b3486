using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class FlashCache : IConcernRule
{
    public string Id => "disk.flash-cache";

    public string Label => "Reserved flash cache";

    public string Finds => "Information for a disk with a reserved flash read cache, which the domain does not have.";

    public string Assessment => "Reads were served from flash of the ESXi host, and the baseline shows it. On KVM they come from the namespace.";

    public string Remedy => "Compare read latency after the move with the baseline.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "vSphere Flash Read Cache (removed in vSphere 7.0)";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (VirtualDisk disk in context.Vm.Disks.Where(disk => disk.FlashCacheBytes > 0))
        {
            yield return this.Find(ConcernSeverity.Information, disk.Label,
                $"{disk.Label} has {disk.FlashCacheBytes >> 20} MiB of flash read cache. Reads that it served come from the namespace on KVM.",
                Remedy);
        }
    }
}
