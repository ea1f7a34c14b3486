using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Plans;

/// <summary>A VM that is to be moved: its key at its source, and the namespaces that its disks go to.</summary>
public sealed record ClaimedVm(string VmKey, IReadOnlyList<Guid> Namespaces);

/// <summary>A run that owns a VM: its namespaces hold, or are about to hold, that VM's data.</summary>
/// <param name="VmKey">The key of the VM that was asked for; the run's own may be another, at another source.</param>
/// <param name="VmName">The run's.</param>
/// <param name="RunId">The run.</param>
/// <param name="PlanName">The run's plan.</param>
/// <param name="OtherSource">The name of the run's source, where it is not the one that was asked for: a vCenter and its own ESXi host, or one server under two names.</param>
/// <param name="Phase">The run's.</param>
public sealed record VmClaim(string VmKey, string VmName, Guid RunId, string PlanName, string? OtherSource, RunPhase Phase)
{
    /// <summary>" of the source 'x'" where it is another one, for messages.</summary>
    public string Whose => OtherSource is null ? "" : $" of the source '{OtherSource}', which has the same VM";
}

/// <summary>
/// Namespace UUIDs are derived from the VM, so a second run of the same VM would write over the first one's disks, under a running
/// domain if that one is completed. Every run therefore claims its VM until it is rolled back, also where another source shows the same VM.
/// </summary>
public static class VmClaims
{
    public static async Task<IReadOnlyList<VmClaim>> FindAsync(
        MigrateDb db, Guid sourceId, IReadOnlyCollection<ClaimedVm> vms, CancellationToken cancellationToken)
    {
        var runs = await (
            from run in db.Runs
            join plan in db.Plans on run.PlanId equals plan.Id
            join source in db.Sources on plan.SourceId equals source.Id
            where run.Phase != RunPhase.RolledBack
            select new { run.Id, run.VmKey, run.VmName, run.Phase, PlanName = plan.Name, plan.SourceId, SourceName = source.Name }).ToListAsync(cancellationToken);
        if (runs.Count == 0)
        {
            return [];
        }

        var held = (await (
            from disk in db.RunDisks
            join run in db.Runs on disk.RunId equals run.Id
            where run.Phase != RunPhase.RolledBack
            select new { disk.NamespaceUuid, disk.RunId }).ToListAsync(cancellationToken)).ToLookup(disk => disk.NamespaceUuid, disk => disk.RunId);
        var byId = runs.ToDictionary(run => run.Id);
        var byKey = runs.Where(run => run.SourceId == sourceId).ToLookup(run => run.VmKey, run => run.Id);
        return
        [
            .. from vm in vms
               from id in byKey[vm.VmKey].Concat(vm.Namespaces.SelectMany(uuid => held[uuid])).Distinct()
               let run = byId[id]
               select new VmClaim(vm.VmKey, run.VmName, id, run.PlanName, run.SourceId == sourceId ? null : run.SourceName, run.Phase),
        ];
    }
}
