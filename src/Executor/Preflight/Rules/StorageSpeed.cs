using Migrate.Planner.Concerns;

namespace Migrate.Executor.Preflight.Rules;

internal sealed class StorageSpeed : IPreflightRule
{
    public string Id => "net.speed";

    public string Label => "Storage network is slow";

    public string Finds => "Warning when an interface that carries storage traffic has less than 10 Gbit/s or half duplex.";

    public string Assessment => "10 Gbit/s carry about 1.1 GB/s: less than one NVMe drive. Copies and disks of all VMs on the host share it.";

    public string Remedy => "Use an interface of 10 Gbit/s or more for storage; look at cable and switch port where one has less than it could.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "Linux, /sys/class/net/*/speed and duplex";

    public IEnumerable<Concern> Judge(PreflightContext context)
    {
        foreach (var nic in StorageNics.Of(context))
        {
            if (nic.SpeedMbps < TenGigabit)
            {
                yield return this.Find(ConcernSeverity.Warning, nic.Name, $"{nic.Name} of {context.Host} has {nic.SpeedMbps} Mbit/s.");
            }

            if (nic.Duplex == "half")
            {
                yield return this.Find(ConcernSeverity.Warning, nic.Name, $"{nic.Name} of {context.Host} runs half duplex.");
            }
        }
    }

    private const int TenGigabit = 10_000;
}
