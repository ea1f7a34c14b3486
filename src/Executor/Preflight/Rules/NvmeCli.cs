using Migrate.Planner.Concerns;

namespace Migrate.Executor.Preflight.Rules;

internal sealed class NvmeCli : IPreflightRule
{
    public string Id => "nvme.cli";

    public string Label => "nvme-cli is not installed";

    public string Finds => "Critical when the host attaches namespaces by NVMe/TCP and has no nvme-cli, Information when it opens the target's files.";

    public string Assessment => "The kernel's initiator is told by nvme-cli what to connect.";

    public string Remedy => "Install nvme-cli on the host.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "nvme-cli, nvme-connect(1)";

    public IEnumerable<Concern> Judge(PreflightContext context)
    {
        if (context.Facts.Software is { NvmeCli: null })
        {
            yield return this.Find(context.AttachesByNetwork ? ConcernSeverity.Critical : ConcernSeverity.Information, context.Host, $"{context.Host} has no nvme-cli{(context.AttachesByNetwork ? "" : "; it is not needed while it opens the target's files")}.");
        }
    }
}
