using Migrate.Executor.Jobs;
using Migrate.Target.Admin;

namespace Migrate.Executor.Runs;

/// <summary>
/// Gives the right to write to a namespace to the newest worker of its run. The target refuses every other host; this refuses
/// a worker that was overtaken and would grant the namespace back to itself.
/// </summary>
public sealed class TargetFence(NvmeTarget target) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Dictionary<Guid, long> _newest = [];

    public void Dispose() => _turn.Dispose();

    /// <summary>A new epoch of the run began: workers of earlier ones get nothing any more.</summary>
    public void Raise(Guid runId, long epoch)
    {
        lock (_newest)
        {
            _newest[runId] = Math.Max(epoch, _newest.GetValueOrDefault(runId));
        }
    }

    /// <summary>Returns when only <paramref name="hostNqn"/> can write and no other host's write is under way.</summary>
    public async Task GrantAsync(Lease lease, Guid namespaceUuid, string hostNqn, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            lock (_newest)
            {
                if (lease.Epoch < _newest.GetValueOrDefault(lease.RunId))
                {
                    throw new LeaseLostException(lease.RunId, lease.Epoch);
                }
            }

            await lease.EnsureHeldAsync(cancellationToken);
            await target.GrantAsync(namespaceUuid, hostNqn, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }
}
