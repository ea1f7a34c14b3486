using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs;

/// <summary>Questions about runs. Lists are paged, and newest first unless another order is asked for; their rows are without what <see cref="FindAsync"/> alone reads.</summary>
public sealed class RunStore(IDbContextFactory<MigrateDb> databases)
{
    public const int MaxPage = 500;
    private const int FewVms = 50;

    public static readonly ListOrders<Run> Orders = new ListOrders<Run>("-createdAt").Last(x => x.Id)
        .By("createdAt", x => x.CreatedAt).By("vm", x => x.VmName).By("wave", x => x.Wave, x => x.VmName).By("phase", x => x.Phase, x => x.CreatedAt);

    /// <summary>What lists show of a run: XML, reasons and records, which are long, stay where they are.</summary>
    public static readonly Expression<Func<Run, Run>> Listed = x => new Run
    {
        Id = x.Id,
        PlanId = x.PlanId,
        PlanVmId = x.PlanVmId,
        VmKey = x.VmKey,
        VmName = x.VmName,
        Wave = x.Wave,
        Phase = x.Phase,
        ResumePhase = x.ResumePhase,
        Request = x.Request,
        Attempt = x.Attempt,
        TransientFailures = x.TransientFailures,
        CreatedAt = x.CreatedAt,
        StartedAt = x.StartedAt,
        FinishedAt = x.FinishedAt,
        DueAt = x.DueAt,
        LeaseOwner = x.LeaseOwner,
        LeaseTakenAt = x.LeaseTakenAt,
        LeaseExpiresAt = x.LeaseExpiresAt,
        ErrorCode = x.ErrorCode,
        Error = x.Error,
        Remedy = x.Remedy,
        DomainName = x.DomainName,
        ReadyAt = x.ReadyAt,
        CutOverAt = x.CutOverAt,
        Outcome = x.Outcome,
    };

    private readonly RecentCounts _counts = new(TimeProvider.System);

    public async Task<Page<Run>> ListAsync(RunQuery query, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var runs = db.Runs.AsNoTracking();
        if (query.PlanId is { } planId)
        {
            runs = runs.Where(x => x.PlanId == planId);
        }

        if (query.PlanVmIds is { } vms)
        {
            runs = runs.Where(x => vms.Contains(x.PlanVmId));
        }

        if (query.Wave is { } wave)
        {
            runs = runs.Where(x => x.Wave == wave);
        }

        if (query.Phase is { } phase)
        {
            runs = runs.Where(x => x.Phase == phase);
        }

        if (query.Over is { } over)
        {
            runs = runs.Where(x => RunPhases.Final.Contains(x.Phase) == over);
        }

        var list = $"{query.PlanId} {string.Join(' ', query.PlanVmIds ?? [])} {query.Wave} {query.Phase} {query.Over} {query.VmName}";
        // Of a long list many VMs have the name, which need not be asked again.
        if ((_counts.IsLong(list) ? runs.Named(x => x.VmName, query.VmName) : await NamedAsync(db, runs, query.VmName, query.PlanId, cancellationToken)) is not { } named)
        {
            return new Page<Run>([], 0);
        }

        var total = await _counts.OfAsync(list, () => named.CountAsync(cancellationToken));
        // The ids are found in an index alone; of the rows, which are wide, only the page's are read.
        var ids = await Orders.PageAsync(named, query.Sort, x => x.Id, Math.Max(0, query.Skip), Math.Clamp(query.Take, 1, MaxPage), total, cancellationToken);
        return new Page<Run>(await RowsAsync(db, ids, cancellationToken), total);
    }

    /// <summary>
    /// Those of VMs with <paramref name="part"/> in their names; null when no VM has. There are far fewer VMs than runs: when few have it, their runs are found by an index,
    /// and when many have it, a page of them is found soon.
    /// </summary>
    public static async Task<IQueryable<Run>?> NamedAsync(MigrateDb db, IQueryable<Run> runs, string? part, Guid? planId, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(part))
        {
            return runs;
        }

        var vms = await db.PlanVms.Where(x => planId == null || x.PlanId == planId).Named(x => x.VmName, part).Select(x => x.Id).Take(FewVms + 1).ToListAsync(cancellationToken);
        return vms.Count switch
        {
            0 => null,
            <= FewVms => runs.Where(x => vms.Contains(x.PlanVmId)).Named(x => x.VmName, part),
            _ => runs.Named(x => x.VmName, part),
        };
    }

    /// <summary>The rows of a page in its order, with what lists show of them; one that was removed meanwhile is left out.</summary>
    public static async Task<IReadOnlyList<Run>> RowsAsync(MigrateDb db, IReadOnlyList<Guid> ids, CancellationToken cancellationToken)
    {
        var rows = await db.Runs.AsNoTracking().Where(x => ids.Contains(x.Id)).Select(Listed).ToDictionaryAsync(x => x.Id, cancellationToken);
        return [.. ids.Where(rows.ContainsKey).Select(x => rows[x])];
    }

    public async Task<Run?> FindAsync(Guid runId, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        return await db.Runs.AsNoTracking().SingleOrDefaultAsync(x => x.Id == runId, cancellationToken);
    }

    public async Task<IReadOnlyList<RunDisk>> DisksAsync(Guid runId, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        return await db.RunDisks.AsNoTracking().Where(x => x.RunId == runId).OrderBy(x => x.DiskKey).ToListAsync(cancellationToken);
    }

    /// <summary>Lines of the run's log after line <paramref name="afterId"/> (0: from the first), oldest first.</summary>
    public async Task<IReadOnlyList<RunEvent>> EventsAsync(Guid runId, long afterId, int take, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        return await db.RunEvents.AsNoTracking()
            .Where(x => x.RunId == runId && x.Id > afterId)
            .OrderBy(x => x.Id).Take(Math.Clamp(take, 1, MaxPage))
            .ToListAsync(cancellationToken);
    }
}

/// <summary>Which runs; what is null does not limit.</summary>
public sealed record RunQuery
{
    public Guid? PlanId { get; init; }
    /// <summary>Of these rows of plans.</summary>
    public IReadOnlyList<Guid>? PlanVmIds { get; init; }
    public int? Wave { get; init; }
    public RunPhase? Phase { get; init; }
    /// <summary>Completed or rolled back, or neither.</summary>
    public bool? Over { get; init; }
    /// <summary>Part of the VM's name.</summary>
    public string? VmName { get; init; }
    /// <summary>One of <see cref="RunStore.Orders"/>; null: newest first.</summary>
    public string? Sort { get; init; }
    public int Skip { get; init; }
    public int Take { get; init; } = 100;
}
