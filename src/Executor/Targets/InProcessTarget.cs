using Migrate.Target.Admin;
using Migrate.Target.Statistics;

namespace Migrate.Executor.Targets;

/// <summary>The target that <c>migrate serve</c> has in its own process.</summary>
public sealed class InProcessTarget(NvmeTarget target) : ITargetControl
{
    public NvmeTarget? Local => target;

    public Task<TargetPlace> PlaceAsync(CancellationToken cancellationToken) => Task.FromResult(
        new TargetPlace(target.EndPoint, target.SubsystemNqn, target.Directory, new DriveInfo(target.Directory).AvailableFreeSpace));

    public Task<NamespaceInfo?> FindNamespaceAsync(Guid uuid, CancellationToken cancellationToken) => Task.FromResult(target.FindNamespace(uuid));

    public Task<IReadOnlyList<NamespaceInfo>> ListNamespacesAsync(CancellationToken cancellationToken) => Task.FromResult(target.ListNamespaces());

    public Task<NamespaceInfo> CreateNamespaceAsync(NamespaceSpec spec, CancellationToken cancellationToken) => target.CreateNamespaceAsync(spec, cancellationToken);

    public Task DeleteNamespaceAsync(Guid uuid, bool deleteBacking, CancellationToken cancellationToken) =>
        target.DeleteNamespaceAsync(uuid, deleteBacking, cancellationToken);

    public Task GrantAsync(Guid uuid, string hostNqn, long epoch, CancellationToken cancellationToken) => target.GrantAsync(uuid, hostNqn, epoch, cancellationToken);

    public Task<DataMap> FindDataAsync(Guid uuid, long from, CancellationToken cancellationToken) => Task.Run(() => target.FindData(uuid, from), cancellationToken);

    public Task TakeOfflineAsync(Guid uuid, CancellationToken cancellationToken) => target.TakeOfflineAsync(uuid, cancellationToken);

    public Task BringOnlineAsync(Guid uuid, CancellationToken cancellationToken) => target.BringOnlineAsync(uuid, cancellationToken);

    public Task<IReadOnlyDictionary<Guid, NamespaceTimes>> TimesAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyDictionary<Guid, NamespaceTimes>>(
        target.ReadStatistics().Namespaces.ToDictionary(x => x.Key, x => new NamespaceTimes(
            x.Value.Commands(CommandClass.Read), x.Value.Time(CommandClass.Read).TotalSeconds, x.Value.Commands(CommandClass.Write), x.Value.Time(CommandClass.Write).TotalSeconds)));
}
