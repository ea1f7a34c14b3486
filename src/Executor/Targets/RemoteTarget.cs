using System.Net;
using Migrate.Target.Admin;
using Migrate.Target.AdminApi;

namespace Migrate.Executor.Targets;

/// <summary>A target in another process or on another machine, managed by its admin API.</summary>
/// <param name="client">To its Unix socket, or to its port by TLS with a token.</param>
/// <param name="endPoint">Where this machine reaches it by NVMe/TCP; null for what it says itself, which is enough where both are on one network.</param>
public sealed class RemoteTarget(TargetClient client, IPEndPoint? endPoint) : ITargetControl, ITargetWatch
{
    public async Task<TargetPlace> PlaceAsync(CancellationToken cancellationToken)
    {
        var status = await client.GetStatusAsync(cancellationToken);
        return new TargetPlace(endPoint ?? status.Ports.First(x => !x.DiscoveryOnly).EndPoint, status.DefaultSubsystemNqn, status.Directory, status.FreeBytes);
    }

    public Task<NamespaceInfo?> FindNamespaceAsync(Guid uuid, CancellationToken cancellationToken) => client.FindNamespaceAsync(uuid, cancellationToken);

    public Task<IReadOnlyList<NamespaceInfo>> ListNamespacesAsync(CancellationToken cancellationToken) => client.ListNamespacesAsync(cancellationToken);

    public Task<NamespaceInfo> CreateNamespaceAsync(NamespaceSpec spec, CancellationToken cancellationToken) => client.CreateNamespaceAsync(spec, cancellationToken);

    public Task DeleteNamespaceAsync(Guid uuid, bool deleteBacking, CancellationToken cancellationToken) =>
        client.DeleteNamespaceAsync(uuid, deleteBacking, cancellationToken);

    public Task GrantAsync(Guid uuid, string hostNqn, long epoch, CancellationToken cancellationToken) => client.GrantAsync(uuid, hostNqn, epoch, cancellationToken);

    public Task<DataMap> FindDataAsync(Guid uuid, long from, CancellationToken cancellationToken) => client.FindDataAsync(uuid, from, cancellationToken);

    public Task TakeOfflineAsync(Guid uuid, CancellationToken cancellationToken) => client.TakeOfflineAsync(uuid, cancellationToken);

    public Task BringOnlineAsync(Guid uuid, CancellationToken cancellationToken) => client.BringOnlineAsync(uuid, cancellationToken);

    public async Task<IReadOnlyDictionary<Guid, NamespaceTimes>> TimesAsync(CancellationToken cancellationToken) =>
        (await client.GetStatisticsAsync(cancellationToken)).Namespaces.ToDictionary(x => x.Key, x =>
        {
            var (read, write) = (x.Value.Classes.GetValueOrDefault("read"), x.Value.Classes.GetValueOrDefault("write"));
            return new NamespaceTimes(read?.Commands ?? 0, read?.Seconds ?? 0, write?.Commands ?? 0, write?.Seconds ?? 0);
        });

    public Task<IReadOnlyList<SubsystemInfo>> ListSubsystemsAsync(CancellationToken cancellationToken) => client.ListSubsystemsAsync(cancellationToken);

    public Task<IReadOnlyList<HostInfo>> ListHostsAsync(CancellationToken cancellationToken) => client.ListHostsAsync(cancellationToken);

    public Task<StatisticsViews> ReadStatisticsAsync(CancellationToken cancellationToken) => client.GetStatisticsAsync(cancellationToken);
}
