using Migrate.Planner.Concerns;

namespace Migrate.Executor.Preflight.Rules;

internal sealed class VcpuLimit : IPreflightRule
{
    public string Id => "kvm.vcpu-limit";

    public string Label => "More vCPUs than a domain can have";

    public string Finds => "Critical when a VM has more vCPUs than libvirt allows a q35 domain of the host.";

    public string Assessment => "libvirt refuses the domain when it is defined, after everything was copied.";

    public string Remedy => "Give the VM fewer vCPUs, or choose a host with a newer QEMU.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "libvirt domain capabilities, vcpu max";

    public bool CanBeOverridden => false;

    public IEnumerable<Concern> Judge(PreflightContext context)
    {
        return context.Vms.Where(one => one.Vm.CpuCount > context.Facts.Cpu.MaxVcpus)
            .Select(one => this.Find(ConcernSeverity.Critical, one.Vm.Name, $"{one.Vm.Name} has {one.Vm.CpuCount} vCPUs, and a domain on {context.Host} can have {context.Facts.Cpu.MaxVcpus}."));
    }
}
