using Microsoft.EntityFrameworkCore;
using Migrate.Planner;
using Migrate.Planner.Persistence;
using Migrate.Planner.Waves;

namespace Migrate.Api.Reports;

/// <summary>The runs of a plan, or of one wave of it, with what hangs on them: a question per table, whatever their number.</summary>
internal sealed class PlanRuns
{
    public required PlanOfReport Plan { get; init; }
    /// <summary>Null: of all waves.</summary>
    public required int? Wave { get; init; }
    /// <summary>By wave and the operator's order.</summary>
    public required IReadOnlyList<PlanVm> Vms { get; init; }
    /// <summary>The newest one of each VM, by the VM's row.</summary>
    public required IReadOnlyDictionary<Guid, Run> Newest { get; init; }
    public required ILookup<Guid, RunDisk> Disks { get; init; }

    /// <exception cref="MigrateException">plan.unknown, wave.unknown.</exception>
    public static async Task<PlanRuns> LoadAsync(MigrateDb db, string plan, int? wave, CancellationToken cancellationToken)
    {
        var found = await PlanOfReport.FindAsync(db, plan, cancellationToken);
        var runs = await OfWave(db, found.Plan.Id, wave).AsNoTracking().ToListAsync(cancellationToken);
        var ran = runs.Select(x => x.PlanVmId).ToHashSet();
        // A VM whose run was of another wave is in that wave's report.
        var vms = (await db.PlanVms.AsNoTracking().Where(x => x.PlanId == found.Plan.Id).OrderBy(x => x.Wave).ThenBy(x => x.Position).ThenBy(x => x.Id).ToListAsync(cancellationToken))
            .Where(x => wave is null || x.Wave == wave || ran.Contains(x.Id)).ToList();
        if (vms.Count == 0)
        {
            throw new MigrateException("wave.unknown", $"Plan '{plan}' has no VM in wave {wave}.", "Show the plan to see its waves: migrate plan show.");
        }

        var disks = await OfWave(db, found.Plan.Id, wave).Join(db.RunDisks.AsNoTracking(), run => run.Id, disk => disk.RunId, (_, disk) => disk).OrderBy(x => x.DiskKey).ToListAsync(cancellationToken);
        return new PlanRuns
        {
            Plan = found,
            Wave = wave,
            Vms = vms,
            Newest = runs.GroupBy(x => x.PlanVmId).ToDictionary(x => x.Key, x => x.MaxBy(y => y.CreatedAt)!),
            Disks = disks.ToLookup(x => x.RunId),
        };
    }

    public static IQueryable<Run> OfWave(MigrateDb db, Guid plan, int? wave) => db.Runs.Where(x => x.PlanId == plan && (wave == null || x.Wave == wave));

    /// <summary>Times of the newest approved version of the waves, by VM key: what was promised.</summary>
    public static async Task<IReadOnlyDictionary<string, VmMove>> PromisedAsync(MigrateDb db, Guid plan, CancellationToken cancellationToken)
    {
        var bodies = await db.WaveMoves.AsNoTracking()
            .Where(x => x.VersionId == db.WaveVersions.Where(y => y.PlanId == plan && y.ApprovedAt != null).OrderByDescending(y => y.Number).Select(y => y.Id).FirstOrDefault())
            .Select(x => x.Body).ToListAsync(cancellationToken);
        return bodies.Select(x => PlannerJson.Read(x, PlannerJson.Default.VmMove)).ToDictionary(x => x.Key);
    }

    /// <summary>How the report is headed.</summary>
    public string Title => Wave is null ? $"Plan {Plan.Plan.Name}" : $"Wave {Wave} of plan {Plan.Plan.Name}";
}
