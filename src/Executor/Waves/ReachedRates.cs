using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Waves;

/// <summary>How what copies of a source have reached compares with what was expected of them: the forecasts that follow learn from it.</summary>
public sealed class ReachedRates(IDbContextFactory<MigrateDb> databases)
{
    private const int NewestDisks = 200;
    private const int FewestDisks = 3;
    private const double Least = 0.05;
    private const double Most = 4;

    // A disk that is copied in no time measures how long it takes to begin.
    private const long LeastBytes = 256L << 20;

    /// <summary>The median of the newest disks that were copied cold, or as the first pass; 1 where there are not enough of them.</summary>
    public async Task<(double Factor, string From)> FactorAsync(Guid sourceId, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var disks = await (
            from disk in db.RunDisks.AsNoTracking()
            join run in db.Runs on disk.RunId equals run.Id
            join vm in db.PlanVms on run.PlanVmId equals vm.Id
            where disk.CopyFinishedAt != null && disk.CopyStartedAt != null && disk.BytesRead >= LeastBytes && db.Plans.Any(x => x.Id == run.PlanId && x.SourceId == sourceId)
                && !db.RunPasses.Any(x => x.RunId == run.Id)
            orderby disk.CopyFinishedAt descending
            select new { disk.DiskKey, disk.BytesRead, Started = disk.CopyStartedAt!.Value, Finished = disk.CopyFinishedAt!.Value, vm.Disks }).Take(NewestDisks).ToListAsync(cancellationToken);
        // Of what moves warm, the first pass: later ones read little, and wait for snapshots more than for the source.
        var passed = await (
            from disk in db.RunPassDisks.AsNoTracking()
            join pass in db.RunPasses on disk.PassId equals pass.Id
            join run in db.Runs on pass.RunId equals run.Id
            join vm in db.PlanVms on run.PlanVmId equals vm.Id
            where pass.Number == 1 && disk.FinishedAt != null && disk.BytesRead >= LeastBytes && db.Plans.Any(x => x.Id == run.PlanId && x.SourceId == sourceId)
            orderby disk.FinishedAt descending
            select new { disk.DiskKey, disk.BytesRead, Started = disk.StartedAt, Finished = disk.FinishedAt!.Value, vm.Disks }).Take(NewestDisks).ToListAsync(cancellationToken);
        List<double> ratios = [];
        foreach (var disk in disks.Concat(passed).OrderByDescending(x => x.Finished).Take(NewestDisks))
        {
            var expected = JsonSerializer.Deserialize(disk.Disks, PlannerJson.Default.IReadOnlyListPlannedDisk)!.FirstOrDefault(x => x.Key == disk.DiskKey)?.ExpectedBytesPerSecond ?? 0;
            var seconds = (disk.Finished - disk.Started).TotalSeconds;
            if (expected > 0 && seconds > 0)
            {
                ratios.Add(disk.BytesRead / seconds / expected);
            }
        }

        ratios.Sort();
        return ratios.Count < FewestDisks ? (1, "") : (Math.Clamp(ratios[ratios.Count / 2], Least, Most), $"{ratios.Count} disks of this source that were copied");
    }
}
