using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Offline;
using Migrate.Planner.Persistence;
using Migrate.Planner.VSphere.Privileges;

namespace Migrate.Api.Inventory;

internal static class SourceEndpoints
{
    public static void MapSources(this RouteGroupBuilder api)
    {
        var sources = api.MapGroup("sources").WithTags("Sources");
        sources.MapPost("", async (AddSource request, SourceRegister register, CancellationToken cancellationToken) =>
        {
            var (source, privileges) = await register.AddAsync(request, cancellationToken);
            return TypedResults.Created($"/api/v1/sources/{source.Name}", ViewOf(source, null, privileges));
        }).WithName("AddSource").WithSummary("Adds a source after trying its login and certificate, and tells which privileges its account lacks.").ProducesProblem(409).ProducesProblem(422).ProducesProblem(502);

        sources.MapPost("offline", async (AddOfflineSource request, SourceRegister register, CancellationToken cancellationToken) =>
        {
            var source = await register.AddAsync(request, cancellationToken);
            return TypedResults.Created($"/api/v1/sources/{source.Name}", ViewOf(source, null));
        }).WithName("AddOfflineSource").WithSummary("Adds a source of files after reading them.").ProducesProblem(409).ProducesProblem(422);

        sources.MapGet("", ListAsync).WithName("ListSources").WithSummary("Sources by name.");

        sources.MapPatch("{name}", async (string name, UpdateSource request, SourceRegister register, IDbContextFactory<MigrateDb> databases, CancellationToken cancellationToken) =>
        {
            var (source, privileges) = await register.UpdateAsync(name, request, cancellationToken);
            await using var db = await databases.CreateDbContextAsync(cancellationToken);
            var newest = await db.InventoryVersions.AsNoTracking().Where(v => v.SourceId == source.Id).OrderByDescending(v => v.Number).FirstOrDefaultAsync(cancellationToken);
            return ViewOf(source, newest, privileges);
        }).WithName("UpdateSource").WithSummary("Changes a source's login or thumbprint after trying it.").ProducesProblem(404).ProducesProblem(422).ProducesProblem(502);

        sources.MapDelete("{name}", async (string name, SourceRegister register, CancellationToken cancellationToken) =>
        {
            await register.RemoveAsync(await register.FindAsync(name, cancellationToken), cancellationToken);
            return TypedResults.NoContent();
        }).WithName("RemoveSource").WithSummary("Removes a source, its inventory and its baselines; refused while a plan uses it.").ProducesProblem(404).ProducesProblem(409);

        sources.MapGet("{name}/privileges", async (string name, SourceRegister register, CancellationToken cancellationToken) =>
            PrivilegesView.Of(await register.PrivilegesAsync(await register.FindAsync(name, cancellationToken), cancellationToken)))
            .WithName("CheckPrivileges").WithSummary("What the source's account may not do that Migrate needs.").ProducesProblem(404).ProducesProblem(409).ProducesProblem(502);

        sources.MapPost("{name}/sync", async (string name, SourceRegister register, CancellationToken cancellationToken) =>
            InventoryReader.ViewOf(await register.SynchroniseAsync(await register.FindAsync(name, cancellationToken), cancellationToken)))
            .WithName("SynchroniseSource").WithSummary("Reads the source's inventory into a new version.").ProducesProblem(404).ProducesProblem(502);
    }

    private static async Task<Page<SourceView>> ListAsync([AsParameters] Paging paging, IDbContextFactory<MigrateDb> databases, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var page = await db.Sources.AsNoTracking().OrderBy(s => s.Name).Skip(paging.Skip).Take(paging.Size)
            .Select(s => new
            {
                Source = s,
                Newest = db.InventoryVersions.Where(v => v.SourceId == s.Id).OrderByDescending(v => v.Number).FirstOrDefault(),
            })
            .ToListAsync(cancellationToken);
        return new Page<SourceView>(
            [.. page.Select(x => ViewOf(x.Source, x.Newest))], paging.Number, paging.Size, await db.Sources.LongCountAsync(cancellationToken));
    }

    private static SourceView ViewOf(Source source, InventoryVersion? newest, PrivilegeReport? privileges = null) => new(
        source.Name, source.Kind, source.Url, OfflineSources.Paths(source), source.UserName, source.Thumbprint, source.CreatedAt,
        newest?.Number, newest?.TakenAt, newest?.VmCount ?? 0, privileges is null ? null : LackedPrivilege.Of(privileges), privileges?.Unchecked);
}
