using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Migrate.Target.Admin;
using Migrate.Target.Controllers;
using Migrate.Target.Statistics;

namespace Migrate.Target.AdminApi;

/// <summary>The routes of the admin API. PUT and DELETE say how things should be: repeating them changes nothing.</summary>
internal static class AdminEndpoints
{
    public static void MapAdmin(this IEndpointRouteBuilder app, NvmeTarget target)
    {
        // The process lives: nothing else, or a supervisor would restart it because of one missing disk.
        app.MapGet("/healthz", () => Results.Text("ok\n"));
        app.MapGet("/metrics", () => Results.Text(PrometheusText.Of(target), PrometheusText.ContentType));

        var v1 = app.MapGroup("/v1").AddEndpointFilter(AdminProblems.FilterAsync);
        v1.MapGet("", () => StatusOf(target));
        v1.MapGet("/ports", () => target.ListPorts());
        v1.MapGet("/statistics", () => StatisticsViews.Of(target.ReadStatistics()));
        MapSubsystems(v1.MapGroup("/subsystems"), target);
        MapHosts(v1.MapGroup("/hosts"), target);
        v1.MapGet("/namespaces", () => target.ListNamespaces());
        v1.MapGet("/namespaces/{uuid:guid}", (Guid uuid) => target.FindNamespace(uuid) ?? throw NamespaceEndpoints.NoNamespace(uuid));
        NamespaceEndpoints.Map(v1.MapGroup("/subsystems/{nqn}/namespaces"), target);
    }

    private static void MapSubsystems(RouteGroupBuilder group, NvmeTarget target)
    {
        group.MapGet("", () => target.ListSubsystems());
        group.MapGet("/{nqn}", (string nqn) => target.FindSubsystem(Name(nqn)) is { } found ? Results.Ok(found) : throw NoSubsystem(Name(nqn)));
        group.MapPut("/{nqn}", (string nqn, SubsystemBody body, CancellationToken cancel) => target.PutSubsystemAsync(
            new SubsystemSpec(Name(nqn)) { AllowAnyHost = body.AllowAnyHost, AllowedHosts = body.AllowedHosts ?? [], Ports = body.Ports, SerialNumber = body.SerialNumber }, cancel));
        group.MapDelete("/{nqn}", (string nqn, CancellationToken cancel) => DoneAsync(target.DeleteSubsystemAsync(Name(nqn), cancel)));
        group.MapPut("/{nqn}/hosts/{host}", (string nqn, string host, CancellationToken cancel) => DoneAsync(target.AllowHostAsync(Name(nqn), Name(host), cancel)));
        group.MapDelete("/{nqn}/hosts/{host}", (string nqn, string host, CancellationToken cancel) => DoneAsync(target.DisallowHostAsync(Name(nqn), Name(host), cancel)));
        group.MapPut("/{nqn}/ports/{port}/ana/{ana}", (string nqn, ushort port, uint ana, AnaBody body, CancellationToken cancel) =>
            DoneAsync(target.SetAnaStateAsync(Name(nqn), port, ana, body.State, cancel)));
    }

    private static void MapHosts(RouteGroupBuilder group, NvmeTarget target)
    {
        group.MapGet("", () => target.ListHosts());
        group.MapPut("/{host}/drain", async (string host, DrainBody body, CancellationToken cancel) => body.PatienceSeconds is >= 0 and <= 86400
            ? new DrainResult(await target.DrainHostAsync(Name(host), TimeSpan.FromSeconds(body.PatienceSeconds), cancel))
            : throw new TargetException("target.invalid-request", $"A patience of {body.PatienceSeconds} s cannot be.", "Give 0 to 86400 seconds."));
        group.MapDelete("/{host}/drain", (string host, CancellationToken cancel) => DoneAsync(target.ResumeHostAsync(Name(host), cancel)));
    }

    /// <summary>A name in a path: ASP.NET leaves an escaped slash as it is, and NQNs may have one.</summary>
    public static string Name(string segment) => segment.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    public static TargetException NoSubsystem(string nqn) =>
        new("target.no-such-subsystem", $"The target has no subsystem {nqn}.", "Create it first; the list of subsystems shows what there is.");

    public static async Task<IResult> DoneAsync(Task work)
    {
        await work;
        return Results.NoContent();
    }

    private static TargetStatus StatusOf(NvmeTarget target)
    {
        var namespaces = target.ListNamespaces();
        return new TargetStatus(
            IdentifyController.FirmwareRevision,
            target.Directory, target.SubsystemNqn, target.ListPorts(), target.ListSubsystems().Count, namespaces.Count,
            namespaces.Count(n => n.Problem is not null), target.ListHosts().Count(h => h.Controllers.Count > 0),
            new DriveInfo(target.Directory).AvailableFreeSpace);
    }
}
