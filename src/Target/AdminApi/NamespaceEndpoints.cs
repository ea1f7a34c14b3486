using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Migrate.Target.Admin;

namespace Migrate.Target.AdminApi;

/// <summary>The namespaces of a subsystem. A UUID that is in another subsystem is not there.</summary>
internal static class NamespaceEndpoints
{
    public static void Map(RouteGroupBuilder group, NvmeTarget target)
    {
        group.MapGet("", (string nqn) => target.FindSubsystem(AdminEndpoints.Name(nqn)) is { } subsystem
            ? Results.Ok<IReadOnlyList<NamespaceInfo>>([.. target.ListNamespaces().Where(n => n.SubsystemNqn == subsystem.Nqn)])
            : throw AdminEndpoints.NoSubsystem(AdminEndpoints.Name(nqn)));
        group.MapGet("/{uuid:guid}", (string nqn, Guid uuid) => Need(target, nqn, uuid));
        group.MapPut("/{uuid:guid}", (string nqn, Guid uuid, NamespaceBody body, CancellationToken cancel) => target.CreateNamespaceAsync(
            new NamespaceSpec(uuid, body.CapacityBytes, body.BlockSize)
            {
                SubsystemNqn = AdminEndpoints.Name(nqn),
                Nsid = body.Nsid,
                AnaGroup = body.AnaGroup,
                BackingPath = body.BackingPath,
                Direct = body.Direct,
                Preallocate = body.Preallocate,
            }, cancel));
        group.MapDelete("/{uuid:guid}", (string nqn, Guid uuid, bool? deleteBacking, CancellationToken cancel) =>
            target.FindNamespace(uuid)?.SubsystemNqn == AdminEndpoints.Name(nqn)
                ? AdminEndpoints.DoneAsync(target.DeleteNamespaceAsync(uuid, deleteBacking ?? false, cancel))
                : Task.FromResult(Results.NoContent()));

        group.MapGet("/{uuid:guid}/data", (string nqn, Guid uuid, long? from) => target.FindData(Need(target, nqn, uuid).Uuid, from ?? 0));
        group.MapPut("/{uuid:guid}/size", (string nqn, Guid uuid, SizeBody body, CancellationToken cancel) =>
            target.ResizeNamespaceAsync(Need(target, nqn, uuid).Uuid, body.CapacityBytes, body.AllowDataLoss, cancel));
        group.MapPut("/{uuid:guid}/online", (string nqn, Guid uuid, CancellationToken cancel) =>
            AdminEndpoints.DoneAsync(target.BringOnlineAsync(Need(target, nqn, uuid).Uuid, cancel)));
        group.MapDelete("/{uuid:guid}/online", (string nqn, Guid uuid, CancellationToken cancel) =>
            AdminEndpoints.DoneAsync(target.TakeOfflineAsync(Need(target, nqn, uuid).Uuid, cancel)));
        group.MapPut("/{uuid:guid}/grant", (string nqn, Guid uuid, GrantBody body, CancellationToken cancel) =>
            AdminEndpoints.DoneAsync(body.Epoch is { } epoch
                ? target.GrantAsync(Need(target, nqn, uuid).Uuid, body.HostNqn, epoch, cancel)
                : target.GrantAsync(Need(target, nqn, uuid).Uuid, body.HostNqn, cancel)));
        group.MapDelete("/{uuid:guid}/grant", (string nqn, Guid uuid, CancellationToken cancel) =>
            AdminEndpoints.DoneAsync(target.GrantAsync(Need(target, nqn, uuid).Uuid, null, cancel)));
    }

    public static TargetException NoNamespace(Guid uuid) =>
        new("target.no-such-namespace", $"The target has no namespace {uuid}.", "Create it first; the list of namespaces shows what there is.");

    private static NamespaceInfo Need(NvmeTarget target, string nqn, Guid uuid) =>
        target.FindNamespace(uuid) is { } found && found.SubsystemNqn == AdminEndpoints.Name(nqn)
            ? found
            : throw new TargetException("target.no-such-namespace", $"Subsystem {AdminEndpoints.Name(nqn)} has no namespace {uuid}.",
                "Create it first; the list of namespaces shows what there is.");
}
