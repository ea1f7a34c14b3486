using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Executor.Jobs;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Workers;

internal static class WorkerEndpoints
{
    public static void MapWorkers(this RouteGroupBuilder api) => api.MapGroup("workers").WithTags("Workers")
        .MapGet("", ListAsync).WithName("ListWorkers").WithSummary("The server and its workers by name, with what they do now.");

    private static async Task<Page<WorkerView>> ListAsync(
        [AsParameters] Paging paging, IDbContextFactory<MigrateDb> databases, TimeProvider time, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var total = await db.Workers.CountAsync(cancellationToken);
        var workers = await db.Workers.AsNoTracking().OrderBy(x => x.Name).ThenBy(x => x.StartedAt).ThenBy(x => x.Id).Skip(paging.Skip).Take(paging.Size).ToListAsync(cancellationToken);
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
