using Migrate.Planner.Concerns;

namespace Migrate.Executor.Preflight.Rules;

internal sealed class ConverterMissing : IPreflightRule
{
    public string Id => "kvm.virt-v2v";

    public string Label => "virt-v2v is not installed";

    public string Finds => "Critical when the plan converts guests and the host has no virt-v2v-in-place, Warning when VMs move to such a host otherwise, Information when the host is judged for itself.";

    public string Assessment => "Guests without virtio drivers in what boots them cannot find their disks; virt-v2v-in-place puts the drivers in before the first start.";

    public string Remedy => "Install virt-v2v on the host (2.0 or later has virt-v2v-in-place); guests that boot on virtio already need nothing.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "virt-v2v-in-place(1)";

    public IEnumerable<Concern> Judge(PreflightContext context)
    {
        if (context.Facts.Software is { VirtV2vInPlace: null } software)
        {
            yield return this.Find(context.Vms.Count > 0 && context.Converts ? ConcernSeverity.Critical : context.Vms.Count > 0 ? ConcernSeverity.Warning : ConcernSeverity.Information, context.Host,
                software.VirtV2v is null ? $"{context.Host} has no virt-v2v." : $"virt-v2v {software.VirtV2v} of {context.Host} has no virt-v2v-in-place.");
        }
    }
}
