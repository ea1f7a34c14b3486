using System.ComponentModel;
using System.Security.Claims;
using Microsoft.EntityFrameworkCore;
using Migrate.Api.Operations;
using Migrate.Api.Security;
using Migrate.Api.Versions;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Hosts;

internal static class HostEndpoints
{
    public static readonly ListOrders<KvmHost> Orders = new ListOrders<KvmHost>("name").Last(x => x.Id).By("name", x => x.Name).By("uri", x => x.Uri);

    public static void MapHosts(this RouteGroupBuilder api)
    {
        var hosts = api.MapGroup("hosts").WithTags("KVM hosts");
        hosts.MapPost("", async (AddHost request, ClaimsPrincipal user, LongActs acts, CancellationToken cancellationToken) =>
            OperationEndpoints.Answer(await acts.AddHostAsync(request, Caller.Name(user, null), cancellationToken)))
            .Needs(Role.Admin).WithName("AddHost").WithSummary("Begins to probe a KVM host, which is added if it answers.").ProducesProblem(409).ProducesProblem(422);

        hosts.MapGet("", ListAsync).OrderedBy(Orders).WithName("ListHosts").WithSummary("KVM hosts.");

        hosts.MapGet("{name}", (string name, HostRegister register, CancellationToken cancellationToken) => register.FindViewAsync(name, cancellationToken))
            .HasVersion(Known.Host).WithName("GetHost").WithSummary("A KVM host, what was read of it, and what rules say of that.").ProducesProblem(404);

        hosts.MapPatch("{name}", async (string name, UpdateHost request, ClaimsPrincipal user, LongActs acts, CancellationToken cancellationToken) =>
            OperationEndpoints.Answer(await acts.UpdateHostAsync(name, request, Caller.Name(user, null), cancellationToken)))
            .Needs(Role.Admin).HasVersion(Known.Host).WithName("UpdateHost").WithSummary("Begins to probe a KVM host with a change, which is kept if it answers; refused while runs to it are not over, and where it is while any was not rolled back.")
            .ProducesProblem(404).ProducesProblem(409).ProducesProblem(422);

        hosts.MapDelete("{name}", async (string name, HostRegister register, CancellationToken cancellationToken) =>
        {
            await register.RemoveAsync(name, cancellationToken);
            return TypedResults.NoContent();
        }).Needs(Role.Admin).HasVersion(Known.Host).WithName("RemoveHost").WithSummary("Removes a KVM host, of which nothing on it takes notice; refused while a plan uses it.").ProducesProblem(404).ProducesProblem(409);

        hosts.MapPost("{name}/probe", async (string name, ProbeHost request, ClaimsPrincipal user, LongActs acts, CancellationToken cancellationToken) =>
            OperationEndpoints.Answer(await acts.ProbeHostAsync(name, request, Caller.Name(user, null), cancellationToken)))
            .Needs(Role.Operator).WithName("ProbeHost").WithSummary("Begins to probe a KVM host again.").ProducesProblem(404).ProducesProblem(409).ProducesProblem(422);

        hosts.MapPost("{name}/check", async (string name, CheckHost request, ClaimsPrincipal user, LongActs acts, CancellationToken cancellationToken) =>
            OperationEndpoints.Answer(await acts.CheckHostAsync(name, request, Caller.Name(user, null), cancellationToken)))
            .Needs(Role.Operator).WithName("CheckHost").WithSummary("Begins to read a KVM host again, to try paths and ports of a target from there, and to find what is in the way.")
            .ProducesProblem(404).ProducesProblem(409).ProducesProblem(422);
    }

    internal static async Task<Page<HostView>> ListAsync(
        [Description("Part of the name.")] string? filter, [AsParameters] Paging paging, IDbContextFactory<MigrateDb> databases, HostRegister register, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var hosts = db.KvmHosts.AsNoTracking().Named(h => h.Name, filter);
        var page = await Orders.Apply(hosts, paging.Sort).Skip(paging.Skip).Take(paging.Size).ToListAsync(cancellationToken);
        return new Page<HostView>([.. page.Select(register.ViewOf)], paging.Number, paging.Size, await hosts.LongCountAsync(cancellationToken));
    }
}
