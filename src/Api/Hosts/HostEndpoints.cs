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
            return TypedResults.Created($"/api/v1/hosts/{host.Name}", register.ViewOf(host));
        }).WithName("AddHost").WithSummary("Adds a KVM host after probing it.").ProducesProblem(409).ProducesProblem(422).ProducesProblem(502);

        hosts.MapGet("", async ([AsParameters] Paging paging, IDbContextFactory<MigrateDb> databases, HostRegister register, CancellationToken cancellationToken) =>
        {
            await using var db = await databases.CreateDbContextAsync(cancellationToken);
            var page = await db.KvmHosts.AsNoTracking().OrderBy(h => h.Name).Skip(paging.Skip).Take(paging.Size).ToListAsync(cancellationToken);
            return new Page<HostView>([.. page.Select(register.ViewOf)], paging.Number, paging.Size, await db.KvmHosts.LongCountAsync(cancellationToken));
        }).WithName("ListHosts").WithSummary("KVM hosts by name.");

        hosts.MapPost("{name}/probe", async (string name, ProbeHost request, HostRegister register, CancellationToken cancellationToken) =>
            register.ViewOf(await register.ProbeAgainAsync(name, request, cancellationToken)))
            .WithName("ProbeHost").WithSummary("Probes a KVM host again.").ProducesProblem(404).ProducesProblem(502);

        hosts.MapPost("{name}/check", (string name, CheckHost request, HostRegister register, CancellationToken cancellationToken) => register.CheckAsync(name, request, cancellationToken))
            .WithName("CheckHost").WithSummary("Reads a KVM host again, tries paths and ports of a target from there, and says what is in the way.")
            .ProducesProblem(404).ProducesProblem(422).ProducesProblem(502);
    }
}
