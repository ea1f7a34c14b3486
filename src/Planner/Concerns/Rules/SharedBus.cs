using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class SharedBus : IConcernRule
{
    public string Id => "controller.shared-bus";

    public string Label => "Shared SCSI bus";

    public string Finds => "Critical when a disk controller shares its bus with other VMs (a cluster of guests).";

    public string Assessment => "Other VMs may write to the same disks while they are copied, and SCSI reservations of the cluster are not carried over.";

    public string Remedy => "Move the cluster by its own means (a new member on KVM), or take it apart and set the bus to noSharing.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "vSphere setup guide for Windows Server Failover Clustering; QEMU pr-manager documentation";

    public bool CanBeOverridden => false;

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (DiskController controller in context.Vm.Controllers.Where(IsShared))
        {
            yield return this.Find(ConcernSeverity.Critical, $"controller {controller.Key}",
                $"{controller.Type} {controller.BusNumber} shares its bus ({controller.SharedBus}): other VMs may write to the same disks while they are copied, and SCSI reservations of the cluster are not carried over.",
                Remedy);
        }
    }

    internal static bool IsShared(DiskController controller) => controller.SharedBus is "virtualSharing" or "physicalSharing";
}
