using System.ComponentModel;
using System.Security.Claims;
using Microsoft.EntityFrameworkCore;
using Migrate.Api.Operations;
using Migrate.Api.Security;
using Migrate.Planner;
using Migrate.Planner.Offline;
using Migrate.Api.Versions;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Inventory;

internal static class SourceEndpoints
{
    public static readonly ListOrders<Source> Orders = new ListOrders<Source>("name").Last(x => x.Id).By("name", x => x.Name).By("createdAt", x => x.CreatedAt).By("kind", x => x.Kind, x => x.Name);

    public static void MapSources(this RouteGroupBuilder api)
    {
        var sources = api.MapGroup("sources").WithTags("Sources");
        sources.MapPost("", async (AddSource request, ClaimsPrincipal user, LongActs acts, CancellationToken cancellationToken) =>
            OperationEndpoints.Answer(await acts.AddSourceAsync(request, Caller.Name(user, null), cancellationToken)))
            .Needs(Role.Admin).WithName("AddSource").WithSummary("Begins to try a source's login and certificate, which is added if they hold; the result tells which privileges its account lacks.").ProducesProblem(409).ProducesProblem(422);

        sources.MapPost("offline", async (AddOfflineSource request, ClaimsPrincipal user, LongActs acts, CancellationToken cancellationToken) =>
            OperationEndpoints.Answer(await acts.AddSourceAsync(request, Caller.Name(user, null), cancellationToken)))
            .Needs(Role.Admin).WithName("AddOfflineSource").WithSummary("Begins to read files as a source, which is added if something can be made of them.").ProducesProblem(409).ProducesProblem(422);

        sources.MapGet("", ListAsync).OrderedBy(Orders).WithName("ListSources").WithSummary("Sources.");

        sources.MapGet("{name}", async (string name, SourceRegister register, IDbContextFactory<MigrateDb> databases, CancellationToken cancellationToken) =>
            await FindAsync((await register.FindAsync(name, cancellationToken)).Name, databases, cancellationToken))
            .HasVersion(Known.Source).WithName("GetSource").WithSummary("A source.").ProducesProblem(404);

        sources.MapPatch("{name}", async (string name, UpdateSource request, ClaimsPrincipal user, LongActs acts, CancellationToken cancellationToken) =>
            OperationEndpoints.Answer(await acts.UpdateSourceAsync(name, request, Caller.Name(user, null), cancellationToken)))
            .Needs(Role.Admin).HasVersion(Known.Source).WithName("UpdateSource").WithSummary("Begins to try a source's new login or thumbprint, which is kept if it works.").ProducesProblem(404).ProducesProblem(409).ProducesProblem(422);

        sources.MapDelete("{name}", async (string name, SourceRegister register, CancellationToken cancellationToken) =>
        {
            await register.RemoveAsync(await register.FindAsync(name, cancellationToken), cancellationToken);
            return TypedResults.NoContent();
        }).Needs(Role.Admin).HasVersion(Known.Source).WithName("RemoveSource").WithSummary("Removes a source, its inventory and its baselines; refused while a plan uses it.").ProducesProblem(404).ProducesProblem(409);

        sources.MapGet("{name}/privileges", async (string name, SourceRegister register, CancellationToken cancellationToken) =>
            PrivilegesView.Of(await register.PrivilegesAsync(await register.FindAsync(name, cancellationToken), cancellationToken)))
            .WithName("CheckPrivileges").WithSummary("Asks the source what its account may not do that Migrate needs, and keeps that with the source.").ProducesProblem(404).ProducesProblem(409).ProducesProblem(502);

        sources.MapPost("{name}/sync", async (string name, ClaimsPrincipal user, LongActs acts, CancellationToken cancellationToken) =>
            OperationEndpoints.Answer(await acts.SynchroniseAsync(name, Caller.Name(user, null), cancellationToken)))
            .Needs(Role.Operator).WithName("SynchroniseSource").WithSummary("Begins to read the source's inventory into a new version; while it is being read, answers that operation.").ProducesProblem(404);
    }

    internal static Task<Page<SourceView>> ListAsync(
        [Description("Part of the name.")] string? filter, [AsParameters] Paging paging, IDbContextFactory<MigrateDb> databases, CancellationToken cancellationToken) =>
        PageAsync(paging, null, filter, databases, cancellationToken);

    /// <summary>One that is known to be there.</summary>
    internal static async Task<SourceView> FindAsync(string name, IDbContextFactory<MigrateDb> databases, CancellationToken cancellationToken) =>
        (await PageAsync(new Paging(1, 1), name, null, databases, cancellationToken)).Items[0];

    private static async Task<Page<SourceView>> PageAsync(Paging paging, string? name, string? filter, IDbContextFactory<MigrateDb> databases, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var sources = db.Sources.AsNoTracking().Where(s => name == null || s.Name == name).Named(s => s.Name, filter);
        var page = await Orders.Apply(sources, paging.Sort).Skip(paging.Skip).Take(paging.Size)
            .Select(s => new
            {
                Source = s,
                Newest = db.InventoryVersions.Where(v => v.SourceId == s.Id).OrderByDescending(v => v.Number).FirstOrDefault(),
            })
            .ToListAsync(cancellationToken);
        return new Page<SourceView>(
            [.. page.Select(x => ViewOf(x.Source, x.Newest))], paging.Number, paging.Size, await sources.LongCountAsync(cancellationToken));
    }

    internal static SourceView ViewOf(Source source, InventoryVersion? newest)
    {
        var privileges = KeptPrivileges.Of(source);
        return new SourceView(
            source.Name, source.Kind, source.Url, OfflineSources.Paths(source), source.UserName, source.Thumbprint, source.CreatedAt,
            newest?.Number, newest?.TakenAt, newest?.VmCount ?? 0, source.Privileges is null ? null : privileges.Lacks, privileges.Unchecked, source.PrivilegesAt);
    }
}
