using Migrate.Planner.Concerns;

namespace Migrate.Executor.Preflight.Rules;

internal sealed class NvmeTcpModule : IPreflightRule
{
    public string Id => "nvme.tcp-module";

    public string Label => "No NVMe/TCP initiator in the kernel";

    public string Finds => "Critical when the host attaches namespaces by NVMe/TCP and its kernel has no nvme-tcp module, Information when the module is there and not loaded, or not needed.";

    public string Assessment => "Without the module the host cannot attach a namespace; one that is not loaded when the host starts cannot attach them then.";

    public string Remedy => "Install the kernel's modules (linux-modules-extra on Ubuntu), modprobe nvme-tcp, and name it in /etc/modules-load.d/nvme-tcp.conf.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "Linux, CONFIG_NVME_TCP (since 5.0); modules-load.d(5)";

    public IEnumerable<Concern> Judge(PreflightContext context)
    {
        if (context.Facts.Software is { NvmeTcp: "missing" })
        {
            yield return this.Find(context.AttachesByNetwork ? ConcernSeverity.Critical : ConcernSeverity.Information, context.Host, $"The kernel {context.Facts.Kernel} of {context.Host} has no nvme-tcp{(context.AttachesByNetwork ? "" : "; it is not needed while the host opens the target's files")}.");
        }
        else if (context.AttachesByNetwork && context.Facts.Software is { NvmeTcp: "available" })
        {
            yield return this.Find(ConcernSeverity.Information, context.Host, $"nvme-tcp is not loaded on {context.Host}.");
        }
    }
}
