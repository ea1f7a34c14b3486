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
    public Task GrantAsync(Lease lease, Guid namespaceUuid, CancellationToken cancellationToken) => GrantAsync(lease, namespaceUuid, lease.HostNqn, cancellationToken);

    /// <summary>The same for the initiator of a KVM host. The lease's epoch is the host's from then on: only a later lease can take it back.</summary>
    public async Task GrantAsync(Lease lease, Guid namespaceUuid, string hostNqn, CancellationToken cancellationToken)
    {
        await lease.EnsureHeldAsync(cancellationToken);
        try
        {
            await target.GrantAsync(namespaceUuid, hostNqn, lease.Epoch, cancellationToken);
        }
        catch (TargetException e) when (e.Code == "target.epoch-stale")
        {
            await lease.EnsureHeldAsync(cancellationToken); // Overtaken in between, as a rule.
            throw;
        }
    }
}
