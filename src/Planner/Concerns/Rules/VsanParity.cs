using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class VsanParity : IConcernRule
{
    public string Id => "vsan.parity";

    public string Label => "vSAN object with parity";

    public string Finds => "Information for a disk whose policy is RAID-5 or RAID-6: its baseline includes the cost of parity.";

    public string Assessment => "On the original architecture a small write costs four to six I/Os, so that writes should be faster on the target, and reads came from several hosts: the baseline shows both.";

    public string Remedy => "Nothing; expect other figures than the baseline's.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "vSAN Administration guide, erasure coding: four to six I/Os per small write on OSA";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (VirtualDisk disk in context.Vm.Disks.Where(disk => disk.Policy?.Raid is { } raid && (raid.Contains('5') || raid.Contains('6'))))
        {
            yield return this.Find(ConcernSeverity.Information, disk.Label,
                $"{disk.Label} has the policy '{disk.Policy!.Name}' ({disk.Policy.Raid}). On the original architecture a small write costs four to six I/Os, so writes should be faster on the target, and reads come from several hosts.",
                Remedy);
        }
    }
}
