using Migrate.Executor.Targets;
using Migrate.Target.Admin;

namespace Migrate.Executor.Tests.Runs;

/// <summary>Passes everything on to another target, for those that change one thing.</summary>
internal abstract class PassingTarget(ITargetControl target) : ITargetControl
{
    public virtual Task<TargetPlace> PlaceAsync(CancellationToken cancellationToken) => target.PlaceAsync(cancellationToken);

    public virtual Task<NamespaceInfo?> FindNamespaceAsync(Guid uuid, CancellationToken cancellationToken) => target.FindNamespaceAsync(uuid, cancellationToken);

    public Task<IReadOnlyList<NamespaceInfo>> ListNamespacesAsync(CancellationToken cancellationToken) => target.ListNamespacesAsync(cancellationToken);

    public Task<NamespaceInfo> CreateNamespaceAsync(NamespaceSpec spec, CancellationToken cancellationToken) => target.CreateNamespaceAsync(spec, cancellationToken);

    public Task DeleteNamespaceAsync(Guid uuid, bool deleteBacking, CancellationToken cancellationToken) => target.DeleteNamespaceAsync(uuid, deleteBacking, cancellationToken);

    public Task GrantAsync(Guid uuid, string hostNqn, long epoch, CancellationToken cancellationToken) => target.GrantAsync(uuid, hostNqn, epoch, cancellationToken);

    public Task<DataMap> FindDataAsync(Guid uuid, long from, CancellationToken cancellationToken) => target.FindDataAsync(uuid, from, cancellationToken);

    public Task TakeOfflineAsync(Guid uuid, CancellationToken cancellationToken) => target.TakeOfflineAsync(uuid, cancellationToken);

    public Task BringOnlineAsync(Guid uuid, CancellationToken cancellationToken) => target.BringOnlineAsync(uuid, cancellationToken);
}
