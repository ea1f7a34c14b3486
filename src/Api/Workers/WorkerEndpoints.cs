using System.ComponentModel;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Executor.Jobs;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Workers;

internal static class WorkerEndpoints
{
    public static readonly ListOrders<Worker> Orders = new ListOrders<Worker>("name").Last(x => x.Id).By("name", x => x.Name, x => x.StartedAt).By("startedAt", x => x.StartedAt).By("lastSeenAt", x => x.LastSeenAt);

    public static void MapWorkers(this RouteGroupBuilder api) => api.MapGroup("workers").WithTags("Workers")
        .MapGet("", ListAsync).OrderedBy(Orders).WithName("ListWorkers").WithSummary("The server and its workers, with what they do now.");

    internal static async Task<Page<WorkerView>> ListAsync(
        [Description("Part of the name.")] string? filter, [AsParameters] Paging paging, IDbContextFactory<MigrateDb> databases, TimeProvider time, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var all = db.Workers.AsNoTracking().Named(x => x.Name, filter);
        var total = await all.CountAsync(cancellationToken);
        var workers = await Orders.Apply(all, paging.Sort).Skip(paging.Skip).Take(paging.Size).ToListAsync(cancellationToken);
        var held = await db.Runs.Where(x => x.LeaseOwner != null && x.LeaseExpiresAt > now)
            .Select(x => new { x.Id, x.VmName, x.Phase, x.LeaseOwner }).ToListAsync(cancellationToken);
        var runs = held.ToLookup(x => x.LeaseOwner![..Math.Max(0, x.LeaseOwner!.LastIndexOf('/'))]);
        return new Page<WorkerView>(
            [
                .. workers.Select(x => new WorkerView(
                    x.Id, x.Name, x.Machine, x.ProcessId, x.Version, JsonSerializer.Deserialize<Dictionary<string, int>>(x.Queues)!, x.StartedAt, x.LastSeenAt,
                    now - x.LastSeenAt > WorkerRegistry.SilentAfter ? "silent" : runs[x.Owner].Any() ? "working" : "idle",
                    [.. runs[x.Owner].OrderBy(r => r.VmName, StringComparer.Ordinal).Select(r => new WorkerRunView(r.Id, r.VmName, r.Phase))])),
            ],
            paging.Number, paging.Size, total);
    }
}
