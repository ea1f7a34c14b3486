using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Operations;

/// <summary>Reads operations.</summary>
internal sealed class OperationViews(IDbContextFactory<MigrateDb> databases, OperationRunner runner, TimeProvider time)
{
    public static readonly ListOrders<Operation> Orders = new ListOrders<Operation>("-createdAt").Last(x => x.Id)
        .By("createdAt", x => x.CreatedAt).By("kind", x => x.Kind, x => x.CreatedAt).By("subject", x => x.Subject, x => x.CreatedAt).By("state", x => x.State, x => x.CreatedAt);

    /// <summary>For how long a page shows what went wrong.</summary>
    private static readonly TimeSpan ToldFor = TimeSpan.FromDays(1);

    private const int MostLooked = 100;

    public async Task<Page<OperationView>> ListAsync(OperationState? state, OperationKind? kind, string? subject, Paging paging, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var all = db.Operations.AsNoTracking().Where(x => (state == null || x.State == state) && (kind == null || x.Kind == kind)).Named(x => x.Subject, subject);
        var total = await all.LongCountAsync(cancellationToken);
        // Without results: some are large, and a list is not where they are looked for.
        var page = await Orders.Apply(all, paging.Sort).Skip(paging.Skip).Take(paging.Size).Select(x => new Operation
        {
            Id = x.Id,
            Kind = x.Kind,
            Subject = x.Subject,
            State = x.State,
            StartedBy = x.StartedBy,
            CreatedAt = x.CreatedAt,
            StartedAt = x.StartedAt,
            FinishedAt = x.FinishedAt,
            Problem = x.Problem,
        }).ToListAsync(cancellationToken);
        List<OperationView> views = [];
        foreach (var row in page)
        {
            views.Add(await ViewAsync(row, cancellationToken));
        }

        return new Page<OperationView>(views, paging.Number, paging.Size, total);
    }

    /// <exception cref="MigrateException">operation.unknown.</exception>
    public async Task<OperationView> FindAsync(Guid id, CancellationToken cancellationToken) => await SeekAsync(id, cancellationToken)
        ?? throw new MigrateException("operation.unknown", $"There is no operation {id}.", "See 'migrate operation list'; they are kept for a month after their end.");

    /// <summary>Null when there is none.</summary>
    public async Task<OperationView?> SeekAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        return await db.Operations.AsNoTracking().SingleOrDefaultAsync(x => x.Id == id, cancellationToken) is { } row ? await ViewAsync(row, cancellationToken) : null;
    }

    /// <summary>
    /// What a page of a subject, and of what is part of it, tells: the operation that it was led here for, all that are under way, and of each kind and subject the newest one that ended
    /// lately, unless that went well. Newest first.
    /// </summary>
    public async Task<IReadOnlyList<OperationView>> ToldAsync(string subject, Guid? id, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var since = time.GetUtcNow().UtcDateTime - ToldFor;
        var part = subject + "/";
        var of = db.Operations.AsNoTracking().Where(x => x.Subject == subject || x.Subject.StartsWith(part));
        // Their results are read of those alone that may be told.
        var lately = await of.Where(x => x.Id == id || x.FinishedAt == null || x.FinishedAt > since).OrderByDescending(x => x.CreatedAt).ThenByDescending(x => x.Id)
            .Select(x => new { x.Id, x.Kind, x.Subject, IsOver = x.FinishedAt != null }).Take(MostLooked).ToListAsync(cancellationToken);
        var newest = lately.Where(x => x.IsOver).DistinctBy(x => (x.Kind, x.Subject)).Select(x => x.Id);
        var chosen = lately.Where(x => !x.IsOver || x.Id == id).Select(x => x.Id).Union(newest).ToList();
        var rows = await of.Where(x => chosen.Contains(x.Id)).OrderByDescending(x => x.CreatedAt).ThenByDescending(x => x.Id).ToListAsync(cancellationToken);
        List<OperationView> told = [];
        foreach (var row in rows)
        {
            var view = await ViewAsync(row, cancellationToken);
            if (view.Id == id || view.IsUnderWay || (view.State != OperationState.Cancelled && !OperationWords.WentWell(view)))
            {
                told.Add(view);
            }
        }

        return told;
    }

    private async Task<OperationView> ViewAsync(Operation row, CancellationToken cancellationToken)
    {
        var progress = row.State == OperationState.Running ? await runner.ProgressOfAsync(row.Id, cancellationToken) : null;
        return new OperationView(
            row.Id, row.Kind, row.Subject, row.State, progress, row.StartedBy, row.CreatedAt, row.StartedAt, row.FinishedAt, Read<OperationResult>(row.Result), Read<OperationProblem>(row.Problem));
    }

    /// <summary>Null also for what another release wrote and this one cannot read.</summary>
    private static T? Read<T>(string? stored)
        where T : class
    {
        try
        {
            return stored is null ? null : JsonSerializer.Deserialize<T>(stored, Json.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
