using Migrate.Planner.Concerns;

namespace Migrate.Executor.Preflight.Rules;

internal sealed class MemoryAvailable : IPreflightRule
{
    public string Id => "kvm.memory-free";

    public string Label => "Too little free memory";

    public string Finds => "Warning when the VMs need more memory than the host has free or can free.";

    public string Assessment => "The host would swap, or refuse to start a domain, while its guest is down.";

    public string Remedy => "Stop domains that are not needed, add memory, or move the VM to another host.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "Linux, /proc/meminfo: MemAvailable";

    public IEnumerable<Concern> Judge(PreflightContext context)
    {
        var needed = context.Vms.Sum(one => one.Vm.MemoryBytes);
        if (context.Facts.AvailableBytes is { } free && needed > free)
        {
            yield return this.Find(ConcernSeverity.Warning, context.Host, $"The VMs have {needed >> 20} MiB of memory, and {context.Host} has {free >> 20} MiB free now.");
        }
    }
}
