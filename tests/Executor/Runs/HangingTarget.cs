using Migrate.Executor.Targets;
using Migrate.Target.Admin;

namespace Migrate.Executor.Tests.Runs;

/// <summary>A target that never answers what it is asked for one namespace, not even to who gives up.</summary>
internal sealed class HangingTarget(ITargetControl target) : PassingTarget(target)
{
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Asked => _asked.Task;

    public override async Task<NamespaceInfo?> FindNamespaceAsync(Guid uuid, CancellationToken cancellationToken)
    {
        _asked.TrySetResult();
        await Task.Delay(Timeout.Infinite, CancellationToken.None);
        return null;
    }
}
