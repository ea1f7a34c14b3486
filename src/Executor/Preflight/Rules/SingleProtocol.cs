using Migrate.Planner.Concerns;

namespace Migrate.Executor.Preflight.Rules;

internal sealed class SingleProtocol : IPreflightRule
{
    public string Id => "export.single-protocol";

    public string Label => "Disk's storage is exported a second time";

    public string Finds => "Critical when a file or device that disks lie on is also exported by LIO, nvmet, tgt or SCST, or is one device by two of them.";

    public string Assessment => "Two protocols keep two caches and know nothing of each other's reservations: writes through one of them destroy what the other wrote.";

    public string Remedy => "Take the storage out of the other exporter (targetcli, nvmetcli, tgtadm, scstadmin), and check again.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "Linux LIO, nvmet, tgt, SCST; VMware, Requirements and Limitations of VMware NVMe Storage: one transport per namespace";

    public bool CanBeOverridden => false;

    public IEnumerable<Concern> Judge(PreflightContext context)
    {
        foreach (var same in context.Facts.Exports.GroupBy(one => one.Path).Where(same => same.Select(one => one.By).Distinct().Count() > 1))
        {
            yield return this.Find(ConcernSeverity.Critical, same.Key, $"{same.Key} on {context.Host} is exported by {string.Join(" and by ", same.Select(one => $"{one.By} ({one.Name})"))}.");
        }

        foreach (var place in Places.Of(context).Where(place => place.IsTarget))
        {
            foreach (var other in context.Facts.Exports.Where(one => Places.IsUnder(one.Path, place.Path) || one.Path == place.Mount?.Source || one.Path == place.Device?.Path))
            {
                yield return this.Find(ConcernSeverity.Critical, other.Path, $"{other.Path} on {context.Host} holds disks of the target, and {other.By} exports it as {other.Name}.");
            }
        }
    }
}
