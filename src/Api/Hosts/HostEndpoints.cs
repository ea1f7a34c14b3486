using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Hosts;

internal static class HostEndpoints
{
    public static void MapHosts(this RouteGroupBuilder api)
    {
        var hosts = api.MapGroup("hosts").WithTags("KVM hosts");
        hosts.MapPost("", async (AddHost request, HostRegister register, CancellationToken cancellationToken) =>
        {
            var host = await register.AddAsync(request, cancellationToken);
            return TypedResults.Created($"/api/v1/hosts/{host.Name}", HostRegister.ViewOf(host));
        }).WithName("AddHost").WithSummary("Adds a KVM host after probing it.").ProducesProblem(409).ProducesProblem(422).ProducesProblem(502);

        hosts.MapGet("", async ([AsParameters] Paging paging, IDbContextFactory<MigrateDb> databases, CancellationToken cancellationToken) =>
        {
            await using var db = await databases.CreateDbContextAsync(cancellationToken);
            var page = await db.KvmHosts.AsNoTracking().OrderBy(h => h.Name).Skip(paging.Skip).Take(paging.Size).ToListAsync(cancellationToken);
            return new Page<HostView>([.. page.Select(HostRegister.ViewOf)], paging.Number, paging.Size, await db.KvmHosts.LongCountAsync(cancellationToken));
        }).WithName("ListHosts").WithSummary("KVM hosts by name.");

        hosts.MapPost("{name}/probe", async (string name, ProbeHost request, HostRegister register, CancellationToken cancellationToken) =>
            HostRegister.ViewOf(await register.ProbeAgainAsync(name, request.ProbeKernel, cancellationToken)))
            .WithName("ProbeHost").WithSummary("Probes a KVM host again.").ProducesProblem(404).ProducesProblem(502);
    }
}
