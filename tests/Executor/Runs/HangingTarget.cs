using Migrate.Executor.Targets;
using Migrate.Target.Admin;

namespace Migrate.Executor.Tests.Runs;

/// <summary>A target that never answers what it is asked for one namespace, not even to who gives up.</summary>
internal sealed class HangingTarget(ITargetControl target) : ITargetControl
{
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Asked => _asked.Task;

    public async Task<NamespaceInfo?> FindNamespaceAsync(Guid uuid, CancellationToken cancellationToken)
    {
        _asked.TrySetResult();
        await Task.Delay(Timeout.Infinite, CancellationToken.None);
        return null;
    }

    public Task<TargetPlace> PlaceAsync(CancellationToken cancellationToken) => target.PlaceAsync(cancellationToken);

    public Task<IReadOnlyList<NamespaceInfo>> ListNamespacesAsync(CancellationToken cancellationToken) => target.ListNamespacesAsync(cancellationToken);

    public Task<NamespaceInfo> CreateNamespaceAsync(NamespaceSpec spec, CancellationToken cancellationToken) => target.CreateNamespaceAsync(spec, cancellationToken);

    public Task DeleteNamespaceAsync(Guid uuid, bool deleteBacking, CancellationToken cancellationToken) => target.DeleteNamespaceAsync(uuid, deleteBacking, cancellationToken);

    public Task GrantAsync(Guid uuid, string hostNqn, long epoch, CancellationToken cancellationToken) => target.GrantAsync(uuid, hostNqn, epoch, cancellationToken);

    public Task<DataMap> FindDataAsync(Guid uuid, long from, CancellationToken cancellationToken) => target.FindDataAsync(uuid, from, cancellationToken);

    public Task TakeOfflineAsync(Guid uuid, CancellationToken cancellationToken) => target.TakeOfflineAsync(uuid, cancellationToken);

    public Task BringOnlineAsync(Guid uuid, CancellationToken cancellationToken) => target.BringOnlineAsync(uuid, cancellationToken);
}
