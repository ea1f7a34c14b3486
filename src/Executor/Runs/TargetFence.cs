using Migrate.Executor.Jobs;
using Migrate.Executor.Targets;
using Migrate.Target.Admin;

namespace Migrate.Executor.Runs;

/// <summary>
/// Gives the right to write to a namespace to the newest worker of its run. The target itself refuses every other host, and every epoch
/// that is not newer: a worker that was overtaken, in whatever process, cannot grant the namespace back to itself.
/// </summary>
public sealed class TargetFence(ITargetControl target)
{
    /// <summary>Returns when only the lease's own host can write and no other host's write is under way.</summary>
    public async Task GrantAsync(Lease lease, Guid namespaceUuid, CancellationToken cancellationToken)
    {
        await lease.EnsureHeldAsync(cancellationToken);
        try
        {
            await target.GrantAsync(namespaceUuid, lease.HostNqn, lease.Epoch, cancellationToken);
        }
        catch (TargetException e) when (e.Code == "target.epoch-stale")
        {
            await lease.EnsureHeldAsync(cancellationToken); // Overtaken in between, as a rule.
            throw;
        }
    }
}
