using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Versions;

/// <summary>What the tags of the API's resources are made of.</summary>
internal static class Known
{
    /// <summary>By <c>{id}</c>; with what its plan makes of it, by which it is approved.</summary>
    public static async Task<string?> Run(HttpContext http)
    {
        if (!Guid.TryParse(http.Request.RouteValues["id"] as string, out var id))
        {
            return null;
        }

        await using var db = await DatabaseAsync(http);
        var run = await db.Runs.AsNoTracking().Where(x => x.Id == id)
            .Select(x => new { x.Phase, x.ResumePhase, x.Request, x.CutOverAt, x.CutOverForced, x.Approval, x.Outcome, x.VerdictAcceptance, x.DomainName, Policy = db.Plans.Where(plan => plan.Id == x.PlanId).Select(plan => plan.Policy).FirstOrDefault() })
            .SingleOrDefaultAsync(http.RequestAborted);
        return run is null ? null : JsonSerializer.Serialize(run);
    }

    /// <summary>By <c>{name}</c>, which may be its id: which VMs it has, how they move, and which of its waves' versions was approved last. What becomes of them is their runs'.</summary>
    public static async Task<string?> Plan(HttpContext http)
    {
        var name = http.Request.RouteValues["name"] as string;
        var id = Guid.TryParse(name, out var given) ? given : Guid.Empty;
        await using var db = await DatabaseAsync(http);
        var plan = await db.Plans.AsNoTracking().Where(x => x.Name == name || x.Id == id)
            .Select(x => new { x.Id, x.InventoryVersion, x.Policy, x.VmsChangedAt, Approved = db.WaveVersions.Where(version => version.PlanId == x.Id && version.ApprovedAt != null).Max(version => (int?)version.Number) })
            .FirstOrDefaultAsync(http.RequestAborted);
        return plan is null ? null : JsonSerializer.Serialize(plan);
    }

    /// <summary>By <c>{name}</c>.</summary>
    public static async Task<string?> Source(HttpContext http)
    {
        var name = http.Request.RouteValues["name"] as string;
        await using var db = await DatabaseAsync(http);
        var source = await db.Sources.AsNoTracking().Where(x => x.Name == name)
            .Select(x => new { x.Id, x.Url, x.UserName, x.ProtectedPassword, x.Thumbprint }).SingleOrDefaultAsync(http.RequestAborted);
        return source is null ? null : JsonSerializer.Serialize(source);
    }

    /// <summary>By <c>{name}</c>: what it was told; what is read of it changes by itself.</summary>
    public static async Task<string?> Host(HttpContext http)
    {
        var name = http.Request.RouteValues["name"] as string;
        await using var db = await DatabaseAsync(http);
        var host = await db.KvmHosts.AsNoTracking().Where(x => x.Name == name)
            .Select(x => new { x.Id, x.Uri, x.DomainType, x.Attachment, x.TargetAddresses }).SingleOrDefaultAsync(http.RequestAborted);
        return host is null ? null : JsonSerializer.Serialize(host);
    }

    /// <summary>By <c>{name}</c>.</summary>
    public static async Task<string?> User(HttpContext http)
    {
        var name = (http.Request.RouteValues["name"] as string)?.ToLowerInvariant();
        await using var db = await DatabaseAsync(http);
        return await db.Users.AsNoTracking().Where(x => x.Name == name).Select(x => x.Stamp).SingleOrDefaultAsync(http.RequestAborted);
    }

    /// <summary>All limits together, as they are set together.</summary>
    public static async Task<string?> Limits(HttpContext http)
    {
        await using var db = await DatabaseAsync(http);
        return JsonSerializer.Serialize(await db.CopyLimits.AsNoTracking().OrderBy(x => x.Key).Select(x => new { x.Key, x.Limits }).ToListAsync(http.RequestAborted));
    }

    private static Task<MigrateDb> DatabaseAsync(HttpContext http) =>
        http.RequestServices.GetRequiredService<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(http.RequestAborted);
}
