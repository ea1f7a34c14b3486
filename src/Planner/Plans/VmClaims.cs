using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Plans;

/// <summary>A run that owns a VM: its namespaces hold, or are about to hold, that VM's data.</summary>
public sealed record VmClaim(string VmKey, string VmName, Guid RunId, string PlanName, RunPhase Phase);

/// <summary>
/// Namespace UUIDs are derived from the VM, so a second run of the same VM would write over the first one's disks, under a running
/// domain if that one is completed. Every run therefore claims its VM until it is rolled back.
/// </summary>
public static class VmClaims
{
    public static async Task<IReadOnlyList<VmClaim>> FindAsync(
        MigrateDb db, Guid sourceId, IReadOnlyCollection<string> vmKeys, CancellationToken cancellationToken)
    {
        List<VmClaim> all = await (
            from run in db.Runs
            join plan in db.Plans on run.PlanId equals plan.Id
            where plan.SourceId == sourceId && run.Phase != RunPhase.RolledBack
            select new VmClaim(run.VmKey, run.VmName, run.Id, plan.Name, run.Phase)).ToListAsync(cancellationToken);
        HashSet<string> wanted = [.. vmKeys];
        return [.. all.Where(claim => wanted.Contains(claim.VmKey))];
    }
}
