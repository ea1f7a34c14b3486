using System.Diagnostics;
using Migrate.Target.Admin;
using Migrate.Target.AdminApi;
using Migrate.Target.Statistics;

namespace Migrate.Executor.Targets;

/// <summary>The target that <c>migrate serve</c> has in its own process.</summary>
public sealed class InProcessTarget(NvmeTarget target) : ITargetControl, ITargetWatch
{
    public NvmeTarget? Local => target;

    public Task<TargetPlace> PlaceAsync(CancellationToken cancellationToken) => Task.FromResult(
        new TargetPlace(target.EndPoint, target.SubsystemNqn, target.Directory, new DriveInfo(target.Directory).AvailableFreeSpace));

    public Task<NamespaceInfo?> FindNamespaceAsync(Guid uuid, CancellationToken cancellationToken) => Task.FromResult(target.FindNamespace(uuid));

    public Task<IReadOnlyList<NamespaceInfo>> ListNamespacesAsync(CancellationToken cancellationToken) => Task.FromResult(target.ListNamespaces());

    public Task<NamespaceInfo> CreateNamespaceAsync(NamespaceSpec spec, CancellationToken cancellationToken) =>
        TracedAsync("create namespace", spec.Uuid, () => target.CreateNamespaceAsync(spec, cancellationToken));

    public Task DeleteNamespaceAsync(Guid uuid, bool deleteBacking, CancellationToken cancellationToken) =>
        TracedAsync("delete namespace", uuid, () => target.DeleteNamespaceAsync(uuid, deleteBacking, cancellationToken));

    public Task GrantAsync(Guid uuid, string hostNqn, long epoch, CancellationToken cancellationToken) =>
        TracedAsync("grant namespace", uuid, () => target.GrantAsync(uuid, hostNqn, epoch, cancellationToken));

    public Task<DataMap> FindDataAsync(Guid uuid, long from, CancellationToken cancellationToken) => Task.Run(() => target.FindData(uuid, from), cancellationToken);

    public Task TakeOfflineAsync(Guid uuid, CancellationToken cancellationToken) =>
        TracedAsync("take namespace offline", uuid, () => target.TakeOfflineAsync(uuid, cancellationToken));

    public Task BringOnlineAsync(Guid uuid, CancellationToken cancellationToken) =>
        TracedAsync("bring namespace online", uuid, () => target.BringOnlineAsync(uuid, cancellationToken));

    public Task<IReadOnlyDictionary<Guid, NamespaceTimes>> TimesAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyDictionary<Guid, NamespaceTimes>>(
        target.ReadStatistics().Namespaces.ToDictionary(x => x.Key, x => new NamespaceTimes(
            x.Value.Commands(CommandClass.Read), x.Value.Time(CommandClass.Read).TotalSeconds, x.Value.Commands(CommandClass.Write), x.Value.Time(CommandClass.Write).TotalSeconds)));

    public Task<IReadOnlyList<SubsystemInfo>> ListSubsystemsAsync(CancellationToken cancellationToken) => Task.FromResult(target.ListSubsystems());

    public Task<IReadOnlyList<HostInfo>> ListHostsAsync(CancellationToken cancellationToken) => Task.FromResult(target.ListHosts());

    public Task<StatisticsViews> ReadStatisticsAsync(CancellationToken cancellationToken) => Task.FromResult(StatisticsViews.Of(target.ReadStatistics()));

    /// <summary>As a call to a target elsewhere would be seen: what is asked of the target is a part of the step's trace.</summary>
    private static async Task TracedAsync(string what, Guid uuid, Func<Task> call)
    {
        using var activity = ExecutorTelemetry.Activities.StartActivity($"target: {what}", ActivityKind.Client)?.SetTag("migrate.namespace", uuid);
        await call();
    }

    private static async Task<T> TracedAsync<T>(string what, Guid uuid, Func<Task<T>> call)
    {
        using var activity = ExecutorTelemetry.Activities.StartActivity($"target: {what}", ActivityKind.Client)?.SetTag("migrate.namespace", uuid);
        return await call();
    }
}
