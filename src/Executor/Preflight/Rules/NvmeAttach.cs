using Migrate.Planner.Concerns;

namespace Migrate.Executor.Preflight.Rules;

internal sealed class NvmeAttach : IPreflightRule
{
    public string Id => "nvme.attach";

    public string Label => "Host cannot be told to attach";

    public string Finds => "Critical when the host attaches namespaces by NVMe/TCP and its login is not root's, no commands can be run on it, or it is not known at which address it reaches the target.";

    public string Assessment => "A run has the host's kernel connect to the target when it cuts over, by a login that may do so and at an address that leads there.";

    public string Remedy => "Add the host as qemu+ssh://root@host/system, let the target listen on the storage network (migrate serve --target-listen), or name its address (migrate host add --target ADDRESS[:PORT]).";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "Linux, /dev/nvme-fabrics belongs to root; nvme-connect(1)";

    public bool CanBeOverridden => false;

    public IEnumerable<Concern> Judge(PreflightContext context)
    {
        foreach (var problem in context.AttachProblems)
        {
            yield return this.Find(ConcernSeverity.Critical, context.Host, problem);
        }

        if (context.AttachesByNetwork && context.Facts.Software is { IsRoot: false })
        {
            yield return this.Find(ConcernSeverity.Critical, context.Host, $"The login on {context.Host} is not root's, and only root may connect to a target.");
        }
    }
}
