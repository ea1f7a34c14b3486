using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class FirstClassDisk : IConcernRule
{
    public string Id => "disk.first-class";

    public string Label => "Disk of a container volume";

    public string Finds => "Warning for a first-class disk, which somebody else than its VM owns.";

    public string Assessment => "A container platform owns the disk and may attach it to another VM at any time, also in the middle of a run.";

    public string Remedy => "Move the volume by the container platform's own means, and detach it from this VM.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere API VStorageObject (first-class disks, CNS)";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (VirtualDisk disk in context.Vm.Disks.Where(disk => !string.IsNullOrEmpty(disk.FirstClassDiskId)))
        {
            yield return this.Find(ConcernSeverity.Warning, disk.Label,
                $"{disk.Label} is a first-class disk: a container platform owns it and may attach it to another VM at any time.",
                Remedy);
        }
    }
}
