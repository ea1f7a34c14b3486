using Microsoft.EntityFrameworkCore;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Reports;

/// <summary>The plan that a report is about, with what it names.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Source">Name of its source.</param>
/// <param name="Host">Its KVM host.</param>
internal sealed record PlanOfReport(Plan Plan, string Source, KvmHost Host)
{
    /// <param name="db">The database.</param>
    /// <param name="nameOrId">Of the plan.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <exception cref="MigrateException">plan.unknown.</exception>
    public static async Task<PlanOfReport> FindAsync(MigrateDb db, string nameOrId, CancellationToken cancellationToken)
    {
        var id = Guid.TryParse(nameOrId, out var given) ? given : Guid.Empty;
        var plan = await db.Plans.AsNoTracking().Where(x => x.Name == nameOrId || x.Id == id).OrderByDescending(x => x.Name == nameOrId).FirstOrDefaultAsync(cancellationToken)
            ?? throw new MigrateException("plan.unknown", $"There is no plan named '{nameOrId}'.", "See 'migrate plan list'.");
        var source = await db.Sources.Where(x => x.Id == plan.SourceId).Select(x => x.Name).SingleOrDefaultAsync(cancellationToken) ?? "(removed)";
        var host = await db.KvmHosts.AsNoTracking().SingleOrDefaultAsync(x => x.Id == plan.KvmHostId, cancellationToken) ?? new KvmHost { Name = "(removed)", Uri = "" };
        return new PlanOfReport(plan, source, host);
    }
}
