using Migrate.Planner.Inventory;
using Migrate.Planner.Plans;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class SlowCopy : IConcernRule
{
    public string Id => "disk.slow-copy";

    public string Label => "Copy takes more than a day";

    public string Finds => "Warning for a disk that its reader is expected to need more than 24 hours for.";

    public string Assessment => "By the rate that is expected of its reader a copy takes more than a day when every block is read, and the VM is off so long in a cold plan.";

    public string Remedy => "Plan the window for it, or shrink the disk, or move its data by the application's own means.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "Published rates of NFC exports (18 to 30 MB/s) and of ESXi's HTTPS server";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (VirtualDisk disk in context.Vm.Disks)
        {
            ReaderChoice choice = context.ReaderOf(disk);
            if (choice.ExpectedBytesPerSecond > 0 && disk.CapacityBytes / choice.ExpectedBytesPerSecond is > SecondsOfDay and long seconds)
            {
                yield return this.Find(ConcernSeverity.Warning, disk.Label,
                    $"{disk.Label} has {disk.CapacityBytes >> 30} GiB. By {choice.Reader} a copy takes about {seconds / 3600} hours when every block is read, and the VM is off so long in a cold plan.",
                    Remedy);
            }
        }
    }

    private const long SecondsOfDay = 24 * 3600;
}
