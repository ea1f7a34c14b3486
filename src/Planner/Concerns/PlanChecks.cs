using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Concerns;

/// <summary>What the active probes of plans found, with when.</summary>
public sealed class PlanChecks(IDbContextFactory<MigrateDb> factory)
{
    public async Task<PlanCheck> SaveAsync(
        Guid planId, DateTime startedAt, DateTime finishedAt, int tried, IReadOnlyList<ProbeFinding> findings, CancellationToken cancellationToken)
    {
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        var check = new PlanCheck
        {
            Id = Guid.CreateVersion7(startedAt),
            PlanId = planId,
            StartedAt = startedAt,
            FinishedAt = finishedAt,
            Tried = tried,
            CriticalCount = findings.Count(finding => finding.Concern.Severity == ConcernSeverity.Critical),
            WarningCount = findings.Count(finding => finding.Concern.Severity == ConcernSeverity.Warning),
            InformationCount = findings.Count(finding => finding.Concern.Severity == ConcernSeverity.Information),
            Findings = JsonSerializer.Serialize(findings, PlannerJson.Default.IReadOnlyListProbeFinding),
        };
        db.PlanChecks.Add(check);
        await db.SaveChangesAsync(cancellationToken);
        return check;
    }

    /// <summary>The newest check of the plan; null when none was made.</summary>
    public async Task<PlanCheck?> LatestAsync(Guid planId, CancellationToken cancellationToken)
    {
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        return await db.PlanChecks.AsNoTracking().Where(check => check.PlanId == planId)
            .OrderByDescending(check => check.StartedAt).ThenByDescending(check => check.Id).FirstOrDefaultAsync(cancellationToken);
    }

    public static IReadOnlyList<ProbeFinding> Findings(PlanCheck? check) =>
        check is null ? [] : JsonSerializer.Deserialize(check.Findings, PlannerJson.Default.IReadOnlyListProbeFinding)!;

    /// <summary>What the check found on one VM: what is about it alone and what concerns all.</summary>
    public static IEnumerable<Concern> Of(IReadOnlyList<ProbeFinding> findings, string vmKey) =>
        findings.Where(finding => finding.VmKey is null || finding.VmKey == vmKey).Select(finding => finding.Concern);
}
