using Migrate.Planner.Concerns;

namespace Migrate.Executor.Preflight.Rules;

internal sealed class LvmFilter : IPreflightRule
{
    public string Id => "kvm.lvm-filter";

    public string Label => "Host takes guests' volume groups for its own";

    public string Finds => "Warning when the host attaches namespaces by NVMe/TCP and LVM there has neither a filter nor a devices file.";

    public string Assessment => "A namespace with a guest's LVM inside is scanned by the host: two owners activate and write one volume group.";

    public string Remedy => "Set use_devicesfile = 1 in lvm.conf (lvmdevices --adddev for the host's own), or a global_filter that rejects /dev/disk/by-id/nvme-uuid.*.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "lvm.conf(5): global_filter, use_devicesfile; lvmdevices(8)";

    public IEnumerable<Concern> Judge(PreflightContext context)
    {
        if (context.AttachesByNetwork && context.Facts.Tuning is { LvmFilter: null, LvmDevicesFile: false })
        {
            yield return this.Find(ConcernSeverity.Warning, context.Host, $"LVM on {context.Host} looks at every device.");
        }
    }
}
