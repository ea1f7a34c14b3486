using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Persistence;
using Migrate.Planner.VSphere.ChangeTracking;

namespace Migrate.Planner.Baselines.Profiles;

/// <summary>
/// What change tracking named as changed of a disk between two moments at which it held still, in extents of 1 MiB. A block that is written
/// often counts once, and the more so the longer the time between the two: over hours this is less than over the same hours in parts.
/// </summary>
public sealed record MeasuredChange(int DiskKey, DateTime From, DateTime To, long Bytes)
{
    public TimeSpan Span => To - From;

    /// <summary>
    /// From the passes of the VM's warm runs that ended since <paramref name="since"/>. Nothing else measures it: asking what changed needs a
    /// snapshot, which a baseline does not take.
    /// </summary>
    internal static async Task<IReadOnlyList<MeasuredChange>> LoadAsync(MigrateDb db, Guid sourceId, string vmKey, DateTime since, CancellationToken cancellationToken)
    {
        var runs = db.Runs.Where(run => run.VmKey == vmKey && db.Plans.Any(plan => plan.Id == run.PlanId && plan.SourceId == sourceId)).Select(run => run.Id);
        var passes = await db.RunPasses.AsNoTracking().Where(pass => runs.Contains(pass.RunId) && pass.Outcome == PassOutcome.Completed && pass.FrozenAt >= since)
            .OrderBy(pass => pass.RunId).ThenBy(pass => pass.Number).ToListAsync(cancellationToken);
        // A pass asks for what changed since the last one that was completed; a self-test that failed says that the answer was wrong.
        var pairs = passes.Zip(passes.Skip(1)).Where(pair => pair.First.RunId == pair.Second.RunId).ToDictionary(pair => pair.Second.Id, pair => (From: pair.First.FrozenAt!.Value, To: pair.Second.FrozenAt!.Value));
        var ids = pairs.Keys.ToList();
        var disks = await db.RunPassDisks.AsNoTracking()
            .Where(disk => ids.Contains(disk.PassId) && disk.Basis == PassBasis.Changes && disk.FinishedAt != null && disk.WrongExtents == 0).ToListAsync(cancellationToken);
        return [.. disks.Select(disk => new MeasuredChange(disk.DiskKey, pairs[disk.PassId].From, pairs[disk.PassId].To, disk.BytesNamed)).Where(change => change.Span > TimeSpan.Zero).OrderBy(change => change.From)];
    }
}
