using System.ComponentModel;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Security.Audit;

internal static class AuditEndpoints
{
    /// <summary>Lines are numbered in the order of their times.</summary>
    public static readonly ListOrders<AuditEntry> Orders = new ListOrders<AuditEntry>("-at").Last(x => x.Sequence).By("at", x => x.Sequence);

    public static void MapAudit(this RouteGroupBuilder api)
    {
        var audit = api.MapGroup("audit").WithTags("Audit").Needs(Role.Approver);
        audit.MapGet("", ListAsync).OrderedBy(Orders).WithName("ListAudit").WithSummary("Lines of the audit log, newest first unless another order is asked for.");
        audit.MapGet("export", (HttpResponse response, AuditTrail trail, CancellationToken cancellationToken) => ExportAsync(response, trail, cancellationToken))
            .WithName("ExportAudit").WithSummary("The whole audit log as JSON lines, oldest first; 'migrate audit verify --file' checks it anywhere.").Produces<string>(200, "application/x-ndjson");
        audit.MapGet("verify", (AuditTrail trail, CancellationToken cancellationToken) => trail.CheckAsync(cancellationToken))
            .WithName("VerifyAudit").WithSummary("Whether every line follows from the one before, is signed by this installation, and none is missing.");
    }

    internal static async Task<Page<AuditView>> ListAsync(
        [Description("An account's name.")] string? who,
        [Description("Name of an operation.")] string? action,
        [Description("Begin of what it was done to, e.g. plans/first.")] string? target,
        [Description("Not before, UTC.")] DateTime? from,
        [Description("Before, UTC.")] DateTime? until,
        [AsParameters] Paging paging,
        IDbContextFactory<MigrateDb> databases,
        CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var query = db.Audit.AsNoTracking();
        query = who is null ? query : query.Where(x => x.Who == who);
        query = action is null ? query : query.Where(x => x.Action == action);
        query = target is null ? query : query.Where(x => x.Target.StartsWith(target));
        query = from is { } begin ? query.Where(x => x.At >= begin.ToUniversalTime()) : query;
        query = until is { } end ? query.Where(x => x.At < end.ToUniversalTime()) : query;
        var total = await query.LongCountAsync(cancellationToken);
        var items = await Orders.Apply(query, paging.Sort).Skip(paging.Skip).Take(paging.Size).ToListAsync(cancellationToken);
        return new Page<AuditView>([.. items.Select(AuditView.Of)], paging.Number, paging.Size, total);
    }

    private static async Task ExportAsync(HttpResponse response, AuditTrail trail, CancellationToken cancellationToken)
    {
        response.ContentType = "application/x-ndjson";
        await foreach (var entry in trail.ReadAsync(cancellationToken))
        {
            await JsonSerializer.SerializeAsync(response.Body, AuditView.Of(entry), Json.Options, cancellationToken);
            await response.Body.WriteAsync("\n"u8.ToArray(), cancellationToken);
        }
    }
}
