using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Concerns;

/// <summary>
/// Operators' reasons for going on in spite of Critical concerns. An override holds for one rule on one VM of one plan and for what
/// the rule found then: other findings lift it, and so does a new plan, which begins with none.
/// </summary>
public sealed class ConcernOverrides(IDbContextFactory<MigrateDb> factory, TimeProvider time)
{
    private const int ShortestReason = 8;

    /// <summary>Records the override; one that the same rule had on the VM is lifted.</summary>
    /// <exception cref="MigrateException">
    /// concern.unknown, concern.cannot-be-overridden, concern.reason-missing, plan.vm.unknown, or concern.not-critical when the rule found
    /// nothing Critical on the VM.
    /// </exception>
    public async Task<ConcernOverride> GiveAsync(Guid planId, string vm, string concernId, string reason, string by, CancellationToken cancellationToken)
    {
        IConcernDescription rule = ConcernCatalogue.Find(concernId);
        if (!rule.CanBeOverridden)
        {
            throw new MigrateException("concern.cannot-be-overridden", $"'{rule.Label}' ({rule.Id}) cannot be overridden: going on would lose data, or copy nothing, for certain.",
                "Remedy what the concern says, and synchronise.");
        }
        if (reason.Trim().Length < ShortestReason || string.IsNullOrWhiteSpace(by))
        {
            throw new MigrateException("concern.reason-missing", "An override needs a reason and who gives it.", $"Say in {ShortestReason} characters or more why it is safe to go on; it is shown in the plan and its report.");
        }
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        Plan plan = await db.Plans.AsNoTracking().SingleAsync(plan => plan.Id == planId, cancellationToken);
        PlanVm planned = await FindVmAsync(db, plan, vm, cancellationToken);
        PlanCheck? check = await db.PlanChecks.AsNoTracking().Where(check => check.PlanId == planId).OrderByDescending(check => check.StartedAt).FirstOrDefaultAsync(cancellationToken);
        List<Concern> findings =
        [
            .. JsonSerializer.Deserialize(planned.Concerns, PlannerJson.Default.IReadOnlyListConcern)!
                .Concat(PlanChecks.Of(PlanChecks.Findings(check), planned.VmKey)).Where(concern => concern.Id == concernId && concern.Severity == ConcernSeverity.Critical),
        ];
        if (findings.Count == 0)
        {
            throw new MigrateException("concern.not-critical", $"'{rule.Label}' ({rule.Id}) is no Critical concern of '{planned.VmName}' in plan '{plan.Name}'.", $"See 'migrate concerns list --plan {plan.Name} --vm {planned.VmName}'.");
        }
        DateTime now = time.GetUtcNow().UtcDateTime;
        foreach (ConcernOverride old in await Active(db, planId).Where(old => old.VmKey == planned.VmKey && old.ConcernId == concernId).ToListAsync(cancellationToken))
        {
            Lift(old, by, "Replaced by a new reason.", now);
        }
        var given = new ConcernOverride
        {
            Id = Guid.CreateVersion7(time.GetUtcNow()),
            PlanId = planId,
            VmKey = planned.VmKey,
            VmName = planned.VmName,
            ConcernId = concernId,
            InventoryVersion = plan.InventoryVersion,
            Findings = JsonSerializer.Serialize(findings, PlannerJson.Default.IReadOnlyListConcern),
            Fingerprint = Fingerprint(findings),
            Reason = reason.Trim(),
            GivenBy = by.Trim(),
            GivenAt = now,
        };
        db.ConcernOverrides.Add(given);
        await db.SaveChangesAsync(cancellationToken);
        return given;
    }

    /// <summary>Takes the override back; the concern blocks again.</summary>
    /// <exception cref="MigrateException">override.not-found when there is none.</exception>
    public async Task<ConcernOverride> LiftAsync(Guid planId, string vm, string concernId, string by, string because, CancellationToken cancellationToken)
    {
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        ConcernOverride active = await Active(db, planId).FirstOrDefaultAsync(one => (one.VmName == vm || one.VmKey == vm) && one.ConcernId == concernId, cancellationToken)
            ?? throw new MigrateException("override.not-found", $"'{concernId}' is not overridden for '{vm}' in this plan.", "See the plan's overrides with 'migrate plan show'.");
        Lift(active, by, because, time.GetUtcNow().UtcDateTime);
        await db.SaveChangesAsync(cancellationToken);
        return active;
    }

    /// <summary>
    /// Of the plan's overrides those that hold for what is found now, by VM key and concern id; those that were given for other findings are lifted.
    /// </summary>
    public async Task<IReadOnlyDictionary<(string VmKey, string ConcernId), ConcernOverride>> HoldingAsync(
        Guid planId, IReadOnlyDictionary<string, IReadOnlyList<Concern>> found, CancellationToken cancellationToken)
    {
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        var holding = new Dictionary<(string, string), ConcernOverride>();
        foreach (ConcernOverride one in await Active(db, planId).ToListAsync(cancellationToken))
        {
            List<Concern> now = [.. found.GetValueOrDefault(one.VmKey, []).Where(concern => concern.Id == one.ConcernId && concern.Severity == ConcernSeverity.Critical)];
            if (now.Count > 0 && Fingerprint(now) != one.Fingerprint)
            {
                Lift(one, "migrate", $"The findings are others now: {string.Join("; ", now.Select(concern => concern.Assessment))}", time.GetUtcNow().UtcDateTime);
            }
            else if (ConcernCatalogue.CanBeOverridden(one.ConcernId))
            {
                holding[(one.VmKey, one.ConcernId)] = one;
            }
        }
        await db.SaveChangesAsync(cancellationToken);
        return holding;
    }

    public static readonly ListOrders<ConcernOverride> Orders = new ListOrders<ConcernOverride>("-givenAt").Last(one => one.Id)
        .By("givenAt", one => one.GivenAt).By("vm", one => one.VmName).By("concern", one => one.ConcernId);

    /// <summary>All overrides of a plan, lifted ones too, newest first unless another order is asked for.</summary>
    public async Task<Page<ConcernOverride>> ListAsync(Guid planId, string? search, string? sort, int offset, int limit, CancellationToken cancellationToken)
    {
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        IQueryable<ConcernOverride> all = db.ConcernOverrides.AsNoTracking().Where(one => one.PlanId == planId).Named(one => one.VmName, search);
        return new Page<ConcernOverride>(
            await Orders.Apply(all, sort).Skip(offset).Take(limit).ToListAsync(cancellationToken), await all.CountAsync(cancellationToken));
    }

    /// <summary>Equal for findings on the same things that read alike but for their numbers: what is 4.2 % free now and 4.1 % later is the same finding.</summary>
    public static string Fingerprint(IEnumerable<Concern> findings)
    {
        IEnumerable<string> lines = findings.Select(finding => $"{finding.Id}\n{finding.Subject}\n{string.Concat(finding.Assessment.Where(c => !char.IsDigit(c)))}").Order(StringComparer.Ordinal);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines))));
    }

    private static IQueryable<ConcernOverride> Active(MigrateDb db, Guid planId) => db.ConcernOverrides.Where(one => one.PlanId == planId && one.LiftedAt == null);

    private static void Lift(ConcernOverride one, string by, string because, DateTime now)
    {
        one.LiftedAt = now;
        one.LiftedBy = by;
        one.LiftedBecause = because;
    }

    private static async Task<PlanVm> FindVmAsync(MigrateDb db, Plan plan, string vm, CancellationToken cancellationToken) =>
        await db.PlanVms.AsNoTracking().Where(planned => planned.PlanId == plan.Id && (planned.VmName == vm || planned.VmKey == vm)).OrderBy(planned => planned.Position).FirstOrDefaultAsync(cancellationToken)
            ?? throw new MigrateException("plan.vm.unknown", $"Plan '{plan.Name}' has no VM '{vm}'.", $"See 'migrate plan show {plan.Name}'.");
}
