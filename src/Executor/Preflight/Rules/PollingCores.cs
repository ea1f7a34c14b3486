using Migrate.Planner.Concerns;

namespace Migrate.Executor.Preflight.Rules;

internal sealed class PollingCores : IPreflightRule
{
    public string Id => "kvm.iothread-polling";

    public string Label => "No free cores for IOThreads to poll on";

    public string Finds => "Information when vCPUs and IOThreads of the VMs together are more than the host's CPUs.";

    public string Assessment => "An IOThread polls for up to 32 microseconds after each event (QEMU's default) before it sleeps. Without a free core it polls in the time of a vCPU: longer polling must not be set there, and on dense hosts poll max='0' is better.";

    public string Remedy => "Keep QEMU's default, or switch polling off (iothread, poll max='0') for domains that need no low latency; raise it only where a core is free for each IOThread.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "QEMU iothread.c, IOTHREAD_POLL_MAX_NS_DEFAULT; libvirt formatdomain, IOThreads allocation";

    public IEnumerable<Concern> Judge(PreflightContext context)
    {
        var wanted = context.Vms.Sum(one => one.Vm.CpuCount + 1);
        if (context.Facts.Cpus > 0 && wanted > context.Facts.Cpus)
        {
            yield return this.Find(ConcernSeverity.Information, context.Host, $"The VMs have {wanted} vCPUs and IOThreads (one each), and {context.Host} has {context.Facts.Cpus} CPUs.");
        }
    }
}
