using System.ComponentModel;
using Migrate.Executor.Targets;
using Migrate.Planner;
using Migrate.Target.Admin;

namespace Migrate.Api.Target;

internal static class TargetEndpoints
{
    public static readonly ListOrders<NamespaceInfo> Orders = new ListOrders<NamespaceInfo>("nsid").Last(x => x.Uuid)
        .By("nsid", x => x.Nsid).By("capacity", x => x.CapacityBytes).By("allocated", x => x.AllocatedBytes).By("backingPath", x => x.BackingPath);

    public static readonly ListOrders<SubsystemView> SubsystemOrders = new ListOrders<SubsystemView>("name").Last(x => x.Name)
        .By("name", x => x.Name).By("namespaces", x => x.NamespaceCount).By("controllers", x => x.ControllerCount);

    public static readonly ListOrders<TargetHostView> HostOrders = new ListOrders<TargetHostView>("name").Last(x => x.Name)
        .By("name", x => x.Name).By("controllers", x => x.ControllerCount).By("queuePairs", x => x.QueuePairCount).By("activity", x => x.Iops);

    public static void MapTarget(this RouteGroupBuilder api)
    {
        var group = api.MapGroup("target").WithTags("Target");
        group.MapGet("", (NvmeTarget target) =>
            new TargetView(target.EndPoint.ToString(), target.SubsystemNqn, target.Directory, target.ListNamespaces().Count))
            .WithName("GetTarget").WithSummary("The embedded NVMe/TCP target.");

        group.MapGet("namespaces", ([Description("Part of the UUID or of the file.")] string? filter, [AsParameters] Paging paging, NvmeTarget target) =>
        {
            NamespaceInfo[] all = [.. target.ListNamespaces().Where(x => filter is null || x.Uuid.ToString().Contains(filter, StringComparison.OrdinalIgnoreCase) || x.BackingPath.Contains(filter, StringComparison.OrdinalIgnoreCase))];
            return new Page<NamespaceView>(
                [
                    .. Orders.Apply(all, paging.Sort).Skip(paging.Skip).Take(paging.Size).Select(n => new NamespaceView(
                        n.Uuid, n.Nsid, n.CapacityBytes, n.AllocatedBytes, n.BlockSize, n.BackingPath, n.Online, n.GrantedHostNqn)),
                ],
                paging.Number,
                paging.Size,
                all.Length);
        }).OrderedBy(Orders).WithName("ListNamespaces").WithSummary("Namespaces.");
        group.MapGet("subsystems", async ([Description("Part of the NQN.")] string? filter, [AsParameters] Paging paging, ITargetWatch target, CancellationToken cancellationToken) =>
            PageOf(SubsystemOrders, await SubsystemsAsync(target, cancellationToken), x => x.Name, filter, paging))
            .OrderedBy(SubsystemOrders).WithName("ListSubsystems").WithSummary("Subsystems of the target, with who may connect.");
        group.MapGet("hosts", async ([Description("Part of the NQN.")] string? filter, [AsParameters] Paging paging, ITargetWatch target, TargetSampler sampler, CancellationToken cancellationToken) =>
            PageOf(HostOrders, await HostsAsync(target, sampler, cancellationToken), x => x.Name, filter, paging))
            .OrderedBy(HostOrders).WithName("ListTargetHosts").WithSummary("Hosts that are connected to the target, may connect or are drained, with their controllers and queue pairs.");
        group.MapGet("statistics", (TargetSampler sampler) => sampler.Read())
            .WithName("GetTargetStatistics").WithSummary("What hosts do at the target: commands, bytes and latencies of its last few seconds, of each namespace and of all, and errors by status.");
    }

    internal static async Task<IReadOnlyList<SubsystemView>> SubsystemsAsync(ITargetWatch target, CancellationToken cancellationToken) =>
    [
        .. (await target.ListSubsystemsAsync(cancellationToken)).Select(x => new SubsystemView(
            x.Nqn, x.SerialNumber, x.IsDefault, x.AllowAnyHost, x.AllowedHosts, x.Ports is { } ports ? [.. ports.Select(y => (int)y)] : null, x.Namespaces, x.Controllers,
            [.. x.AnaStates.Select(y => new AccessStateView(y.Port, y.Group, y.State.ToString()))])),
    ];

    internal static async Task<IReadOnlyList<TargetHostView>> HostsAsync(ITargetWatch target, TargetSampler sampler, CancellationToken cancellationToken)
    {
        var activity = sampler.ReadHosts();
        return
        [
            .. (await target.ListHostsAsync(cancellationToken)).Select(x => new TargetHostView(
                x.Nqn, x.Drained, x.AllowedBy, x.Controllers.Count, x.Controllers.Sum(y => y.Connections.Count(z => z.QueueId > 0)),
                activity.GetValueOrDefault(x.Nqn)?.Iops ?? 0, activity.GetValueOrDefault(x.Nqn)?.BytesPerSecond ?? 0,
                [
                    .. x.Controllers.Select(y => new TargetControllerView(
                        y.SubsystemNqn, y.Id, y.Port, y.HostId, y.KeepAlive.TotalSeconds,
                        [.. y.Connections.Select(z => new TargetConnectionView(z.QueueId, z.Remote.ToString(), z.Local.ToString()))])),
                ])),
        ];
    }

    private static Page<T> PageOf<T>(ListOrders<T> orders, IReadOnlyList<T> all, Func<T, string> name, string? filter, Paging paging)
    {
        List<T> found = [.. all.Where(x => filter is null || name(x).Contains(filter, StringComparison.OrdinalIgnoreCase))];
        return new Page<T>([.. orders.Apply(found, paging.Sort).Skip(paging.Skip).Take(paging.Size)], paging.Number, paging.Size, found.Count);
    }
}
