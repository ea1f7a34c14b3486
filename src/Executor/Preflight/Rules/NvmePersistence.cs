using Migrate.Planner.Concerns;

namespace Migrate.Executor.Preflight.Rules;

internal sealed class NvmePersistence : IPreflightRule
{
    public string Id => "nvme.autoconnect";

    public string Label => "Namespaces are gone after a restart";

    public string Finds => "Warning when the host attaches namespaces by NVMe/TCP and nvmf-autoconnect is not enabled, or native multipath is off.";

    public string Assessment => "nvme connect holds until the host restarts, whatever it is called elsewhere; nvmf-autoconnect makes the connections again before libvirt starts domains. Several paths to a namespace are joined by the kernel itself, not by dm-multipath.";

    public string Remedy => "systemctl enable nvmf-autoconnect, with the subsystem in /etc/nvme/config.json; leave nvme_core.multipath at Y.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "nvme-cli, nvmf-autoconnect.service; Red Hat, dm-multipath is not supported with NVMe/TCP";

    public IEnumerable<Concern> Judge(PreflightContext context)
    {
        if (context.AttachesByNetwork && context.Facts.Software is { } software)
        {
            if (software.NvmeAutoconnect is not ("enabled" or "enabled-runtime" or "static"))
            {
                yield return this.Find(ConcernSeverity.Warning, context.Host, $"nvmf-autoconnect on {context.Host} is {software.NvmeAutoconnect ?? "not there"}.");
            }

            if (software.NvmeMultipath == false)
            {
                yield return this.Find(ConcernSeverity.Warning, context.Host, $"nvme_core.multipath is off on {context.Host}.");
            }
        }
    }
}
