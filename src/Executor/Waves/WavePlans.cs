using System.Data;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner;
using Migrate.Planner.Persistence;
using Migrate.Planner.Waves;

namespace Migrate.Executor.Waves;

/// <summary>Plans the waves of plans, keeps what was planned in versions, and lets an approved version decide when runs begin and cut over.</summary>
public sealed class WavePlans(IDbContextFactory<MigrateDb> databases, WaveInputs inputs, TimeProvider time)
{
    private const int LongestReason = 1000;
    private const string Pinned = "pinned";
    private const int MostTries = 10;
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(5);

    /// <summary>What has begun keeps its time, and what the rules keep.</summary>
    public async Task<WavePlan> PreviewAsync(Guid planId, WaveRules rules, CancellationToken cancellationToken)
    {
        var input = await InputAsync(planId, rules, cancellationToken);
        var schedule = await Task.Run(
            () => WavePlanner.Plan(input.Request, null, time, cancellationToken), cancellationToken);
        return new WavePlan(rules, input.Assumptions, schedule, input.Order);
    }

    /// <summary>Refuses what can be refused before a schedule is looked for, which is what takes long.</summary>
    /// <exception cref="MigrateException">wave.rules-invalid, wave.impossible, each with all that is wrong; what else its input lacks.</exception>
    public async Task RefuseAsync(Guid planId, WaveRules rules, CancellationToken cancellationToken)
    {
        var input = await InputAsync(planId, rules, cancellationToken);
        await Task.Run(() => WavePlanner.Check(input.Request), cancellationToken);
    }

    private async Task<WaveInput> InputAsync(Guid planId, WaveRules rules, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var plan = await db.Plans.AsNoTracking().SingleOrDefaultAsync(x => x.Id == planId, cancellationToken)
            ?? throw Removed();
        var approved = await NewestAsync(db, planId, onlyApproved: true, cancellationToken);
        var newest = rules.Keep ? await NewestAsync(db, planId, onlyApproved: false, cancellationToken) : null;
        var settled = new SettledMoves(approved is null ? [] : await MovesAsync(db, approved, cancellationToken), newest is null ? [] : await MovesAsync(db, newest, cancellationToken));
        return await inputs.BuildAsync(plan, rules, settled, cancellationToken);
    }

    /// <summary>Plans, and keeps it as the plan's next version.</summary>
    public async Task<WaveVersion> MakeAsync(Guid planId, WaveRules rules, string by, CancellationToken cancellationToken)
    {
        // From before the plan's VMs are read: what comes into the plan meanwhile is then newer than the version.
        var now = time.GetUtcNow().UtcDateTime;
        var made = await PreviewAsync(planId, rules, cancellationToken);
        // Another version, maybe of another plan, that was stored meanwhile takes a number from this one, and nothing of what was searched for.
        return await LostRaces.AgainAsync(MostTries, () => StoreAsync(planId, made, by, now, cancellationToken));
    }

    private async Task<WaveVersion> StoreAsync(Guid planId, WavePlan made, string by, DateTime madeAt, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(IsolationLevel.Serializable, cancellationToken);
        if (!await db.Plans.AnyAsync(x => x.Id == planId, cancellationToken))
        {
            throw Removed();
        }

        var version = new WaveVersion
        {
            Id = Guid.CreateVersion7(time.GetUtcNow()),
            PlanId = planId,
            Number = 1 + (await db.WaveVersions.Where(x => x.PlanId == planId).MaxAsync(x => (int?)x.Number, cancellationToken) ?? 0),
            MadeAt = madeAt,
            MadeBy = by,
            Rules = JsonSerializer.Serialize(made.Rules, PlannerJson.Default.WaveRules),
            Assumptions = JsonSerializer.Serialize(made.Assumptions, PlannerJson.Default.IReadOnlyListString),
            Schedule = JsonSerializer.Serialize(made.Schedule with { Vms = [] }, PlannerJson.Default.WaveSchedule),
            VmCount = made.Schedule.Vms.Count,
            Groups = JsonSerializer.Serialize(made.Groups, PlannerJson.Default.IReadOnlyListMoveGroup),
        };
        db.WaveVersions.Add(version);
        db.WaveMoves.AddRange(made.Schedule.Vms.Select((x, i) => new WaveMove { VersionId = version.Id, Position = i, Wave = x.Wave, Body = JsonSerializer.Serialize(x, PlannerJson.Default.VmMove) }));
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return version;
    }

    private static MigrateException Removed() => new("plan.unknown", "The plan was removed meanwhile.", "See 'migrate plan list'.");

    public static readonly ListOrders<WaveVersion> VersionOrders = new ListOrders<WaveVersion>("-number").Last(x => x.Id).By("number", x => x.Number).By("madeAt", x => x.MadeAt);

    /// <summary>The positions of a version's VMs are in the order of their cutovers.</summary>
    public static readonly ListOrders<WaveMove> MoveOrders = new ListOrders<WaveMove>("cutoverStart").Last(x => x.Position).By("cutoverStart", x => x.Position).By("wave", x => x.Wave);

    /// <summary>Newest first, unless another order is asked for.</summary>
    public async Task<Page<WaveVersion>> ListAsync(Guid planId, string? sort, int skip, int take, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var all = db.WaveVersions.AsNoTracking().Where(x => x.PlanId == planId);
        return new Page<WaveVersion>(await VersionOrders.Apply(all, sort).Skip(skip).Take(take).ToListAsync(cancellationToken), await all.CountAsync(cancellationToken));
    }

    /// <param name="planId">The plan.</param>
    /// <param name="number">Null: the newest one.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <exception cref="MigrateException">wave.version.unknown.</exception>
    public async Task<WaveVersion> FindAsync(Guid planId, int? number, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        return (number is { } wanted ? await db.WaveVersions.AsNoTracking().SingleOrDefaultAsync(x => x.PlanId == planId && x.Number == wanted, cancellationToken)
            : await NewestAsync(db, planId, onlyApproved: false, cancellationToken))
            ?? throw new MigrateException(
                "wave.version.unknown", number is null ? "The waves of this plan were not planned yet." : $"The waves of this plan have no version {number}.", "See 'migrate wave plans PLAN'; make one with 'migrate wave plan PLAN'.");
    }

    /// <summary>VMs of a version by the begin of their cutovers.</summary>
    public async Task<Page<VmMove>> VmsAsync(Guid versionId, int? wave, string? sort, int skip, int take, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var all = db.WaveMoves.AsNoTracking().Where(x => x.VersionId == versionId && (wave == null || x.Wave == wave));
        var page = await MoveOrders.Apply(all, sort).Skip(skip).Take(take).Select(x => x.Body).ToListAsync(cancellationToken);
        return new Page<VmMove>([.. page.Select(Read)], await all.CountAsync(cancellationToken));
    }

    /// <summary>From now on its times count: waves are numbered by it, runs begin and cut over by it. Runs that were started keep theirs.</summary>
    /// <exception cref="MigrateException">wave.version.unknown, wave.version.blocked, wave.reason-missing.</exception>
    public async Task<WaveVersion> ApproveAsync(Guid planId, int number, string by, string reason, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(reason) || reason.Length > LongestReason)
        {
            throw new MigrateException("wave.reason-missing", $"Waves are approved with a reason of up to {LongestReason} characters.", "Say why, or by whose word.");
        }

        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(IsolationLevel.Serializable, cancellationToken);
        var version = await db.WaveVersions.SingleOrDefaultAsync(x => x.PlanId == planId && x.Number == number, cancellationToken)
            ?? throw new MigrateException("wave.version.unknown", $"The waves of this plan have no version {number}.", "See 'migrate wave plans PLAN'.");
        var newest = await db.WaveVersions.Where(x => x.PlanId == planId).MaxAsync(x => x.Number, cancellationToken);
        if (newest != number)
        {
            throw new MigrateException("wave.version.blocked", $"Version {number} is not the newest: version {newest} was made since.", $"Approve version {newest}, or plan the waves once more.");
        }

        if (await db.Plans.Where(x => x.Id == planId).Select(x => x.VmsChangedAt).SingleAsync(cancellationToken) is { } changed && version.MadeAt <= changed)
        {
            throw new MigrateException(
                "wave.version.blocked", $"VMs came into the plan or were taken out on {changed:u}, after version {number} was made.", "Plan the waves once more: migrate wave plan. What is to stay where it is stays with \"keep\": true.");
        }

        if (version.Groups is null && PlannerJson.Read(version.Rules, PlannerJson.Default.WaveRules) is { } made && (made.Groups is { Count: > 0 } || made.GroupBy is { Count: > 0 }))
        {
            throw new MigrateException(
                "wave.version.blocked", $"Version {number} was made by an earlier program, which did not keep the order of its groups.", "Plan the waves once more: migrate wave plan. What is to stay where it is stays with \"keep\": true.");
        }

        var moves = (await MovesAsync(db, version, cancellationToken)).ToDictionary(x => x.Key);
        var waves = PlannerJson.Read(version.Schedule, PlannerJson.Default.WaveSchedule).Waves.ToDictionary(x => x.Number);
        var begun = await db.Runs.Where(x => x.PlanId == planId && x.Phase != RunPhase.RolledBack).Select(x => x.VmKey).ToListAsync(cancellationToken);
        var now = time.GetUtcNow().UtcDateTime;
        // What is pinned beside others of its group that are under way was taken back: it has its time no more, and the gate "window" asks for an operator's word.
        if (moves.Values.Where(x => !begun.Contains(x.Key) && x.Why.Constraint != Pinned).MinBy(x => x.CutoverStart) is { } first && first.CutoverStart < now)
        {
            throw new MigrateException(
                "wave.version.blocked", $"By version {number} {first.Name} goes down on {first.CutoverStart:u}, which is over.", $"Plan the waves once more: migrate wave plan. What is to stay where it is stays with \"keep\": true.");
        }

        var rules = PlannerJson.Read(version.Rules, PlannerJson.Default.WaveRules).InUtc();
        var order = MoveOrder.Of(version.Groups is null ? [] : PlannerJson.Read(version.Groups, PlannerJson.Default.IReadOnlyListMoveGroup));
        foreach (var vm in await db.PlanVms.Where(x => x.PlanId == planId).ToListAsync(cancellationToken))
        {
            (vm.MoveGroup, vm.MoveTier, vm.MoveAfter) = order.GetValueOrDefault(vm.VmKey);
            if (begun.Contains(vm.VmKey))
            {
                continue; // It keeps its times.
            }

            // One that the inventory no longer has is in no wave.
            (vm.Wave, vm.BeginAt, vm.CutOverAt, vm.CutOverUntil) = (0, null, null, null);
            if (moves.TryGetValue(vm.VmKey, out var move))
            {
                (vm.Wave, vm.BeginAt, vm.CutOverAt) = (move.Wave, move.CopyStart, move.CutoverStart);
                vm.CutOverUntil = Until(waves[move.Wave], move, rules.Blackouts);
            }
        }

        (version.ApprovedAt, version.ApprovedBy, version.ApprovedBecause) = (time.GetUtcNow().UtcDateTime, by, reason.Trim());
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return version;
    }

    /// <summary>VMs of an approved version that are in no wave: what their networks become was changed since, and they wait until it is approved again.</summary>
    public async Task<IReadOnlyList<string>> WithoutTimesAsync(WaveVersion version, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        // What came in since the version was made is not what it means.
        var waiting = version.ApprovedAt is null || await db.Plans.AnyAsync(x => x.Id == version.PlanId && x.VmsChangedAt >= version.MadeAt, cancellationToken) ? []
            : await db.PlanVms.Where(x => x.PlanId == version.PlanId && x.Wave == 0).Select(x => new { x.VmKey, x.VmName }).ToListAsync(cancellationToken);
        if (waiting.Count == 0)
        {
            return [];
        }

        var planned = (await MovesAsync(db, version, cancellationToken)).Select(x => x.Key).ToHashSet();
        return [.. waiting.Where(x => planned.Contains(x.VmKey)).Select(x => x.VmName).Order(StringComparer.Ordinal)];
    }

    /// <summary>Late, it still goes down as long as its window is likely to be open when it is over, or no blackout has begun.</summary>
    private static DateTime? Until(PlannedWave wave, VmMove move, IReadOnlyList<Blackout> blackouts)
    {
        var end = wave.Windows is not null ? wave.Closes : blackouts.Where(x => x.From >= move.CutoverEnd).Min(x => (DateTime?)x.From);
        var until = end?.AddSeconds(-Math.Min(move.DowntimeSeconds.Likely, (move.CutoverEnd - move.CutoverStart).TotalSeconds));
        // What is planned to end with its window has some minutes all the same.
        return until < move.CutoverStart + Grace ? move.CutoverStart + Grace : until;
    }

    private static Task<WaveVersion?> NewestAsync(MigrateDb db, Guid planId, bool onlyApproved, CancellationToken cancellationToken) =>
        db.WaveVersions.AsNoTracking().Where(x => x.PlanId == planId && (!onlyApproved || x.ApprovedAt != null)).OrderByDescending(x => x.Number).FirstOrDefaultAsync(cancellationToken);

    private static async Task<IReadOnlyList<VmMove>> MovesAsync(MigrateDb db, WaveVersion version, CancellationToken cancellationToken)
    {
        var moves = await db.WaveMoves.AsNoTracking().Where(x => x.VersionId == version.Id).OrderBy(x => x.Position).Select(x => x.Body).ToListAsync(cancellationToken);
        return moves.ConvertAll(Read);
    }

    private static VmMove Read(string body) => PlannerJson.Read(body, PlannerJson.Default.VmMove);
}

/// <summary>Waves that were planned and are not kept.</summary>
/// <param name="Rules">Of the operator.</param>
/// <param name="Assumptions">What was taken for granted since nothing told.</param>
/// <param name="Schedule">What came out.</param>
/// <param name="Groups">What moves together, and in which order: of all VMs of the plan.</param>
public sealed record WavePlan(WaveRules Rules, IReadOnlyList<string> Assumptions, WaveSchedule Schedule, IReadOnlyList<MoveGroup> Groups);
