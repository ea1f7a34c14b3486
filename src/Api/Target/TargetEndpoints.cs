using Migrate.Target.Admin;

namespace Migrate.Api.Target;

internal static class TargetEndpoints
{
    public static void MapTarget(this RouteGroupBuilder api)
    {
        var group = api.MapGroup("target").WithTags("Target");
        group.MapGet("", (NvmeTarget target) =>
            new TargetView(target.EndPoint.ToString(), target.SubsystemNqn, target.Directory, target.ListNamespaces().Count))
            .WithName("GetTarget").WithSummary("The embedded NVMe/TCP target.");

        group.MapGet("namespaces", ([AsParameters] Paging paging, NvmeTarget target) =>
        {
            var all = target.ListNamespaces();
            return new Page<NamespaceView>(
                [
                    .. all.Skip(paging.Skip).Take(paging.Size).Select(n => new NamespaceView(
                        n.Uuid, n.Nsid, n.CapacityBytes, n.AllocatedBytes, n.BlockSize, n.BackingPath, n.Online, n.GrantedHostNqn)),
                ],
                paging.Number,
                paging.Size,
                all.Count);
        }).WithName("ListNamespaces").WithSummary("Namespaces by their id.");
    }
}
